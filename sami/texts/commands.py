"""What an agent's text does to their own switches, tasks and leads, and what it is answered with.

A command carries no name: it reaches the sender's own row and no other, and gives leads to nobody else (S5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami import logs
from sami.agents.misses_and_rests import switches_of
from sami.agents.switches import change_switches
from sami.domain.agents import availability, misses_and_rests
from sami.domain.agents.availability import DutyState, state_at
from sami.domain.agents.duty import away_until, read_off_until
from sami.domain.agents.gates import AgentFacts
from sami.domain.agents.switches import Switches
from sami.domain.language.actor import agent_by_text
from sami.domain.language.hours import Days, Schedule, end_of_plain_off, next_shifts
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.language.trace import Finding
from sami.domain.language.when import read_when
from sami.domain.messages import staff_keywords
from sami.domain.messages.wording import staff
from sami.domain.messages.wording.staff import LENGTH_AIM, TaskLine
from sami.domain.organisation.sentences import caller_name, cut
from sami.leads.by_text import describe_pond, take_lead
from sami.leads.resuming import resume_by_text
from sami.notices.preferences import list_notices, wish_channels, wish_quiet
from sami.outcomes import tasks
from sami.outcomes.by_text import attempt_by_text, report_by_text
from sami.outcomes.suggestions import accept_by_text
from sami.store.facts import Directory, agent_facts
from sami.store.senders import last_offered_at, last_passed_by
from sami.store.work import lock_task, open_tasks_of

SHIFTS_SHOWN = 3
TASKS_SHOWN = 3
NAME_LENGTH_MAX = 40

_TRACE = TypeAdapter(tuple[Finding, ...])
_log = logs.logger(__name__)

StaffCommand = (
    staff_keywords.SwitchOn
    | staff_keywords.SwitchOff
    | staff_keywords.LeadsOn
    | staff_keywords.LeadsOff
    | staff_keywords.Ready
    | staff_keywords.Status
    | staff_keywords.Why
    | staff_keywords.Next
    | staff_keywords.Tasks
    | staff_keywords.Words
    | staff_keywords.Done
    | staff_keywords.Take
    | staff_keywords.Snooze
    | staff_keywords.Result
    | staff_keywords.Attempt
    | staff_keywords.Accept
    | staff_keywords.Resume
    | staff_keywords.Notices
    | staff_keywords.WishChannels
    | staff_keywords.WishQuiet
    | staff_keywords.Unknown
)


@dataclass(frozen=True, slots=True)
class Sender:
    """The agent who texts, and all that an answer needs to know of them."""

    facts: AgentFacts
    schedule: Schedule
    clock: Clock
    absences: tuple[Days, ...] = ()

    @property
    def away_until(self) -> datetime | None:
        return away_until(self.facts, self.schedule)


def obey(db: Connection, *, agent: Row[Any], command: StaffCommand, directory: Directory, now: datetime) -> str:
    """Do what the text asks; the answer. `agent` must be locked, or of two texts at once one would be lost."""
    schedule = directory.schedule_of(agent.key)
    sender = Sender(
        agent_facts(agent, directory, now), schedule, Clock(now, schedule.time_zone), _absences(agent.key, directory)
    )
    before = switches_of(agent)
    if off_until(command, schedule, now) == now:
        return staff.when_is_past()
    after = move_switches(before, command, schedule, now)
    change_switches(db, agent, before, after, by=agent_by_text(agent.key), now=now)
    _log.info("A staff text was obeyed.", agent=agent.key, command=type(command).__name__, changed=before != after)
    return _answer(db, command, after, sender, directory)


def stop(db: Connection, *, agent: Row[Any], now: datetime) -> bool:
    """The agent texted STOP: off until ON. False where they already were."""
    before = switches_of(agent)
    after = availability.opt_out(before)
    change_switches(db, agent, before, after, by=agent_by_text(agent.key), now=now)
    _log.info("An agent texted STOP.", agent=agent.key)
    return not before.opted_out


def move_switches(switches: Switches, command: StaffCommand, schedule: Schedule, now: datetime) -> Switches:
    """The switches after a command. Every word that was understood shows that somebody holds the phone."""
    match command:
        case staff_keywords.SwitchOn():
            return availability.switch_on(switches)
        case staff_keywords.SwitchOff() if command.is_plain:
            return availability.switch_off_plainly(switches, end_of_plain_off(schedule, now), now)
        case staff_keywords.SwitchOff():
            return availability.switch_off(switches, off_until(command, schedule, now))
        case staff_keywords.LeadsOn():
            return availability.leads_on(switches)
        case staff_keywords.LeadsOff():
            return availability.leads_off(switches, off_until(command, schedule, now))
        case staff_keywords.Ready():
            return misses_and_rests.ready(switches)
        case staff_keywords.Unknown():
            return switches
        case _:
            return misses_and_rests.reset_misses(switches)


def off_until(command: StaffCommand, schedule: Schedule, now: datetime) -> datetime | None:
    """When an off with a time ends, `now` where that is past; None: there is no time in it."""
    if not isinstance(command, staff_keywords.Off) or command.is_plain:
        return None
    if command.for_s is not None:
        return now + timedelta(seconds=command.for_s)
    return read_off_until(command.until or "", schedule, now) or now


def _absences(key: str, directory: Directory) -> tuple[Days, ...]:
    stated = directory.agents.get(key)
    return () if stated is None else tuple((absence.from_, absence.to) for absence in stated.out_of_office)


def _answer(  # noqa: C901 - a table.
    db: Connection, command: StaffCommand, switches: Switches, sender: Sender, directory: Directory
) -> str:
    clock, agent_id = sender.clock, sender.facts.id
    state = state_at(switches, sender.schedule, clock.now, sender.away_until)
    match command:
        case staff_keywords.SwitchOn():
            said = staff.now_on(state, clock)
            return said if sender.facts.verified else staff.not_verified(said)
        case staff_keywords.SwitchOff():
            return staff.now_off(state, clock)
        case staff_keywords.LeadsOn():
            return staff.leads_now_on()
        case staff_keywords.LeadsOff():
            return staff.leads_now_off(state.leads_off_until, clock)
        case staff_keywords.Ready():
            return staff.now_ready(state, clock)
        case staff_keywords.Status():
            return _status(state, sender)
        case staff_keywords.Why():
            return _why(db, sender)
        case staff_keywords.Next():
            shifts = next_shifts(sender.schedule, clock.now, SHIFTS_SHOWN, sender.absences)
            return staff.next_shifts(shifts, sender.schedule.hours is not None, state.away_until, clock)
        case staff_keywords.Tasks():
            return _tasks(db, agent_id, clock)
        case staff_keywords.Done(number):
            return _done(db, number, sender)
        case staff_keywords.Snooze(number, when):
            return _snooze(db, number, when, sender)
        case staff_keywords.Result(number, said):
            return report_by_text(db, number, said, sender.facts, directory, clock)
        case staff_keywords.Attempt():
            return attempt_by_text(db, command, sender.facts, directory, clock)
        case staff_keywords.Accept(number):
            return accept_by_text(db, number, sender.facts, directory, clock)
        case staff_keywords.Resume(number):
            return resume_by_text(db, number, sender.facts, directory, clock.now)
        case staff_keywords.Notices():
            return list_notices(db, agent_id, clock.now)
        case staff_keywords.WishChannels(channels):
            return staff.wishes_now(wish_channels(db, sender.facts, channels, clock.now))
        case staff_keywords.WishQuiet(quiet):
            return staff.wishes_now(wish_quiet(db, sender.facts, quiet, clock.now))
        case staff_keywords.Take(number):
            return describe_pond(db, clock.now) if number is None else take_lead(db, number, sender.facts, clock.now)
        case staff_keywords.Words():
            return staff.words(directory.organisation.synonyms)
        case staff_keywords.Unknown():
            return staff.unknown_word(command.hint, directory.organisation.synonyms)
        case _:
            assert_never(command)


def _status(state: DutyState, sender: Sender) -> str:
    facts = sender.facts
    said = staff.status(state, sender.clock)
    if not facts.verified:
        return staff.not_verified(said)
    if facts.reserved_until is None or facts.reserved_until <= sender.clock.now:
        return said
    return f"You are {'on a call' if facts.bridged else 'being offered a call'}. {said}"


def _why(db: Connection, sender: Sender) -> str:
    """The last call that did not ring this phone, and whether one has rung since."""
    facts, clock = sender.facts, sender.clock
    call = last_passed_by(db, agent_id=facts.id, agent_key=facts.key)
    if call is None:
        return staff.nothing_missed()
    refused = (found for found in _TRACE.validate_json(call.trace) if found.subject == facts.key and not found.passed)
    reasons = tuple(dict.fromkeys(found.reason for found in refused))
    caller = caller_name(cut(call.lead_name or "", NAME_LENGTH_MAX), E164(call.caller) if call.caller else None)
    said = staff.why_not_rung(reasons, caller, call.arrived_at, clock)
    rang_at = last_offered_at(db, agent_id=facts.id)
    return said if rang_at is None or rang_at < call.arrived_at else f"{said} A call rang you {clock.say(rang_at)}."


def _tasks(db: Connection, agent_id: int, clock: Clock) -> str:
    """As many tasks as one text holds, and at least the next."""
    mine = [TaskLine(row.id, cut(row.title, NAME_LENGTH_MAX), row.due_at) for row in open_tasks_of(db, agent_id)]
    said = ""
    for shown in range(min(TASKS_SHOWN, len(mine)), 0, -1):
        said = staff.tasks(mine[:shown], len(mine) - shown, clock)
        if len(said) <= LENGTH_AIM:
            break
    return said or staff.tasks((), 0, clock)


def _done(db: Connection, number: int, sender: Sender) -> str:
    task = _own_task(db, number, sender)
    if task is None:
        return staff.no_such_task(number)
    tasks.finish(db, task, by=agent_by_text(sender.facts.key), now=sender.clock.now)
    return staff.done(number, cut(task.title, NAME_LENGTH_MAX))


def _snooze(db: Connection, number: int, when: str, sender: Sender) -> str:
    task, clock = _own_task(db, number, sender), sender.clock
    if task is None:
        return staff.no_such_task(number)
    until = read_when(when, clock.zone, clock.now)
    try:
        if until is None:
            raise tasks.SnoozeRefused
        tasks.snooze(db, task, until=until, by=agent_by_text(sender.facts.key), now=clock.now)
    except tasks.SnoozeRefused:
        return staff.when_not_understood()
    return staff.snoozed_task(number, cut(task.title, NAME_LENGTH_MAX), until, clock)


def _own_task(db: Connection, number: int, sender: Sender) -> Row[Any] | None:
    """Locked; None where they have no such open task."""
    task = lock_task(db, number)
    return task if task is not None and task.owner_id == sender.facts.id and task.state == "open" else None
