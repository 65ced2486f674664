"""Somebody says what a call came to: kept as reported, acted on, and never in place of how a transfer went."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.actions import carry_out, carry_out_planned, occasion_of
from sami.apply import apply
from sami.bad_numbers import learn_bad_number
from sami.domain.actions import asks_the_policy, gives_an_owner
from sami.domain.announced import call_outcome
from sami.domain.concerned import TASK_DUE_AFTER
from sami.domain.effects import WriteTimeline
from sami.domain.gates import AgentFacts
from sami.domain.organisation import Bot, Trigger
from sami.domain.outcomes import REPORTABLE, CallFacts, Outcome, Planned, actions_of, consequences, replaced_by
from sami.domain.phone import E164
from sami.errors import SamiError
from sami.leads import note_response
from sami.store import calls, leads, work
from sami.store.concerned import concerned_among
from sami.store.facts import Directory, read_directory, read_roster
from sami.store.outcomes import insert_report
from sami.workflows import run_for_changes, run_workflows

LATER_UNLESS_SAID = timedelta(days=1)
LATEST = timedelta(days=366)
_TIMED = frozenset({Outcome.NEEDS_FOLLOW_UP, Outcome.CONTACT_LATER})

_log = logs.logger(__name__)


class OutcomeNotReportable(SamiError):
    """How a transfer went is known from the call alone: nobody can report it."""

    code = "outcome_not_reportable"
    status = 422


class LaterRefused(SamiError):
    """The time for contact must lie in the year to come, and only two outcomes have one."""

    code = "outcome_time_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Report:
    """`later_at`: when the caller wants to be contacted; None: a day on, inside working hours. `by`: "agent ana"."""

    outcome: Outcome
    by: str
    note: str = ""
    later_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """`outcome` is now the call's, None while it lasts; `later_at` when contact is due, if it has a time."""

    outcome: Outcome | None
    later_at: datetime | None


def report_outcome(db: Connection, call: Row[Any], report: Report, now: datetime) -> Reported:
    """`call` is locked. Raises OutcomeNotReportable and LaterRefused, before anything is written."""
    _check(report, now)
    leads.lock_ownership(db)
    directory = read_directory(db, call.version)
    roster = read_roster(db, read_directory(db), now)
    facts = _facts(db, call, report, directory, roster, now)
    number = insert_report(
        db,
        call_id=call.id,
        outcome=report.outcome.value,
        note=report.note,
        later_at=facts.later_at,
        by=report.by,
        at=now,
    )
    facts = replace(facts, key=f"/report/{number}", has_task=_moves_task(db, call, facts))
    before = None if call.outcome is None else Outcome(call.outcome)
    outcome = replaced_by(before, report.outcome, is_over=call.ended_at is not None)
    calls.update_call(db, call.id, reported=report.outcome.value, outcome=None if outcome is None else outcome.value)
    _tell(db, call, report, facts, now)
    _act(db, call, report.outcome, directory, roster, facts, now)
    said = call_outcome(
        call.sid, report.outcome, lead_id=call.lead_id, by=report.by, at=now, number=number, note=report.note
    )
    apply(db, [said], now)
    _log.info("An outcome was reported.", call_sid=call.sid, outcome=report.outcome.value, by=report.by)
    return Reported(outcome, facts.later_at)


def _check(report: Report, now: datetime) -> None:
    if report.outcome not in REPORTABLE:
        raise OutcomeNotReportable(report.outcome.value)
    if report.later_at is None:
        return
    if report.outcome not in _TIMED or not now < report.later_at <= now + LATEST:
        raise LaterRefused(report.outcome.value)


def _facts(
    db: Connection,
    call: Row[Any],
    report: Report,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    now: datetime,
) -> CallFacts:
    lead = None if call.lead_id is None else leads.find_lead(db, call.lead_id)
    owner = next((agent.key for agent in roster if lead is not None and agent.id == lead.owner_id), None)
    concerned = concerned_among(roster, owner=owner, directory=directory, now=now)
    line = directory.lines.get(call.line)
    later_at = report.later_at
    if later_at is None and report.outcome in _TIMED:
        later_at = now + LATER_UNLESS_SAID
        later_at = concerned.owner.due_after(now, LATER_UNLESS_SAID) if concerned.owner else later_at
    return CallFacts(
        sid=call.sid,
        at=now,
        arrived_at=call.arrived_at,
        line=E164(call.line),
        line_name=line.name if line else "",
        organisation=directory.organisation.name,
        queue_due_at=now + TASK_DUE_AFTER,
        caller=None if call.caller is None else E164(call.caller),
        lead_id=call.lead_id,
        lead_name="" if lead is None else lead.name,
        owner=concerned.owner,
        account_owner=concerned.account_owner,
        managers=concerned.managers,
        admins=concerned.admins,
        people=concerned.people,
        recording_url=call.recording_url,
        later_at=later_at,
        reported_by=report.by,
    )


def _moves_task(db: Connection, call: Row[Any], facts: CallFacts) -> bool:
    """The call's one follow-up task is there already: it is due when the caller asked for it (R10)."""
    return facts.later_at is not None and work.move_due(
        db, dedupe_keys=(f"missed/{call.sid}", f"message/{call.sid}"), due_at=facts.later_at
    )


def _tell(db: Connection, call: Row[Any], report: Report, facts: CallFacts, now: datetime) -> None:
    if call.lead_id is None:
        return
    note = f": {report.note}" if report.note else ""
    said = f"{report.outcome.value.replace('_', ' ').capitalize()}, reported by {report.by}{note}"
    apply(db, [WriteTimeline(call.lead_id, "outcome", said, call.sid)], now)
    note_response(db, lead_id=call.lead_id, at=now, how=f"{report.by} reported what a call came to")
    if report.outcome is Outcome.BAD_NUMBER and facts.caller is not None:
        learn_bad_number(db, facts.caller, 0, now)


def _act(
    db: Connection,
    call: Row[Any],
    outcome: Outcome,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    facts: CallFacts,
    now: datetime,
) -> None:
    """Whoever gets the lead gets it first, so that tasks and notices reach them."""
    bot = directory.bots.get(call.bot or "")
    before = None if call.lead_id is None else leads.find_lead(db, call.lead_id)
    if before is not None:
        facts = _assign(db, outcome, bot, directory, roster, facts, now)
    came_to = consequences(outcome, bot, facts)
    carry_out_planned(db, _planned(came_to.actions, gives=True), now)
    apply(db, came_to.fixed, now)
    carry_out_planned(db, _planned(came_to.actions, gives=False), now)
    if before is not None:
        current = read_directory(db)
        run_for_changes(db, before=before, directory=current, now=now, roster=roster)
        run_workflows(
            db,
            trigger=Trigger.OUTCOME_RECORDED,
            lead_id=before.id,
            directory=current,
            now=now,
            outcome=outcome.value,
            roster=roster,
            line=facts.line,
        )


def _assign(
    db: Connection,
    outcome: Outcome,
    bot: Bot | None,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    facts: CallFacts,
    now: datetime,
) -> CallFacts:
    """The facts after the part that the policy decides from what is stored."""
    for number, action in enumerate(filter(asks_the_policy, actions_of(outcome, bot, facts))):
        occasion = occasion_of(consequences(outcome, bot, facts).actions[0].facts)
        carry_out(db, occasion, action, -100 - number, directory=directory, now=now, roster=roster)
        lead = leads.find_lead(db, facts.lead_id or 0)
        owner_id = None if lead is None else lead.owner_id
        facts = replace(facts, owner=next((p for p in facts.people.values() if p.id == owner_id), None))
    return facts


def _planned(actions: tuple[Planned, ...], *, gives: bool) -> list[Planned]:
    return [planned for planned in actions if gives_an_owner(planned.action) is gives]
