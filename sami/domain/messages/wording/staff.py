"""What do we text to staff? One short text each: the new state, and when it ends on the agent's own clock.

Plain letters only: one sign outside GSM-7 makes a text cost double. Names are sent as they are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sami.domain.agents.availability import DutyState
from sami.domain.agents.switches import Rest
from sami.domain.language.hours import Shift, clock_time
from sami.domain.language.local_time import Clock
from sami.domain.language.trace import SENTENCES, Reason
from sami.domain.messages.notices import Wishes

LENGTH_AIM = 160
_NO_SYNONYMS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TaskLine:
    number: int
    title: str
    due_at: datetime | None


# --- Switches.


def now_on(state: DutyState, clock: Clock) -> str:
    """After ON; outside hours the opening is named, for ON never rings outside them."""
    if state.reason is Reason.PASSED:
        return "You are ON." if state.until is None else f"You are ON. Your hours end {clock.say(state.until)}."
    return f"You are ON, but {_but(state, clock)}"


def not_verified(said: str) -> str:
    return f"{said} No call rings your phone before a test ring has verified it: ask an admin for one."


def now_off(state: DutyState, clock: Clock) -> str:
    """After OFF; an out-of-office that lasts besides is named too."""
    if state.until is None:
        return f"You are OFF until you text ON{_and_away(state, clock)}."
    return f"You are OFF {clock.until(state.until)}{_and_away(state, clock)}. Text ON to end it sooner."


def snoozed(until: datetime, clock: Clock) -> str:
    return f"You passed on a call and are OFF {clock.until(until)}. Text ON to end it sooner."


def leads_now_on() -> str:
    return "New leads are ON for you."


def leads_now_off(until: datetime | None, clock: Clock) -> str:
    end = "until you text LEADS ON" if until is None else clock.until(until)
    return f"New leads are OFF for you {end}. Calls are as before."


def now_ready(state: DutyState, clock: Clock) -> str:
    """After READY, which does not end an off."""
    if state.reason is Reason.PASSED:
        return "You are ready for the next call."
    return f"Your rest is over, but {_but(state, clock)}"


def status(state: DutyState, clock: Clock) -> str:
    return f"{_calls(state, clock)} {_opening(state, clock)}{_leads(state, clock)}"


def off_ended(state: DutyState, clock: Clock) -> str:
    """An off ended by itself."""
    if state.reason is Reason.PASSED:
        end = "" if state.until is None else f" Your hours end {clock.say(state.until)}."
        return f"Your OFF is over: calls may ring you now.{end}"
    return f"Your OFF is over, but {_but(state, clock)}"


def leads_off_ended() -> str:
    return "Your LEADS OFF is over: you may be given new leads again."


def pause_ended(state: DutyState, clock: Clock) -> str:
    if state.reason is Reason.PASSED:
        return "Your pause is over: calls may ring you now."
    return f"Your pause is over, but {_but(state, clock)}"


def pause_taken_back(state: DutyState, clock: Clock) -> str:
    """They were told of a pause, and one of its misses was no fault of theirs."""
    if state.reason is Reason.PASSED:
        return "We paused you by a fault of ours. The pause is over: calls may ring you now."
    return f"We paused you by a fault of ours. The pause is over, but {_but(state, clock)}"


def paused_after_misses(missed_at: Sequence[datetime], until: datetime, clock: Clock) -> str:
    times = ", ".join(clock.say(at) for at in missed_at)
    missed = f"You missed {len(missed_at)} calls in a row ({times})" if missed_at else "You missed calls in a row"
    return f"{missed}, so you are paused {clock.until(until)}. Text ON to end it now."


# --- Answers to questions.


def words(synonyms: Mapping[str, str] = _NO_SYNONYMS) -> str:
    """All of them; `synonyms` are the admin's own."""
    own = ", ".join(f"{word.upper()} ({command.upper()})" for word, command in synonyms.items())
    return (
        "ON, OFF, OFF 2H, OFF TIL 3PM, OFF TODAY, LEADS ON, LEADS OFF, READY, STATUS, WHY, NEXT, "
        "TASKS, DONE T12, SNOOZE T12 2H, TAKE, TAKE L12, RESULT C12 NO, RESULT C12 UNDO, NO ANSWER C12, "
        "LEFT MESSAGE C12, CALL L12, OK L12, RESUME L12, "
        f"NOTICES, NOTICES EMAIL, QUIET 10PM-7AM, WORDS{f', and {own}' if own else ''}"
    )


def wishes_now(wishes: Wishes) -> str:
    how = " and ".join(wishes.channels) or "whatever your admins chose"
    quiet = wishes.quiet
    when = "at any hour" if quiet is None else f"not from {clock_time(quiet.from_)} to {clock_time(quiet.to)}"
    return f"What can wait comes by {how}, {when}. Urgent notices always come."


def notices(bodies: Sequence[str], more: int) -> str:
    if not bodies:
        return "You have no unread notices. To choose how you are told, text NOTICES EMAIL APP or NOTICES ANY."
    return "\n".join((*bodies, *((f"And {more} more: text NOTICES again.",) if more else ())))


def unknown_word(hint: str | None = None, synonyms: Mapping[str, str] = _NO_SYNONYMS) -> str:
    return f"Not understood. {hint}" if hint is not None else f"Not understood. Text {words(synonyms)}"


def last_answer() -> str:
    return "You asked a lot: no more answers for up to ten minutes, but what you text is obeyed all the same."


def not_staff_line(line: str | None) -> str:
    """`line`: a phone of ours on which staff may text; None where there is none."""
    where = "Ask an admin for one that does." if line is None else f"Text it to {line}."
    return f"This number does not take staff texts. {where}"


def next_shifts(shifts: Sequence[Shift], has_hours: bool, away_until: datetime | None, clock: Clock) -> str:
    """`away_until`: the end of the out-of-office that lasts now, after which the shifts are."""
    away = "" if away_until is None else f"You are out of office {clock.until(away_until)}. "
    if not has_hours:
        return f"{away}You have no set hours: calls may ring you whenever you are ON."
    if not shifts:
        return f"{away}Your hours open no shift in sight. An admin can change them."
    return f"{away}Your shifts: {'; '.join(_shift(shift, clock) for shift in shifts)}"


def why_not_rung(reasons: Sequence[Reason], caller: str, called_at: datetime, clock: Clock) -> str:
    """WHY: the last call that did not ring this phone, with every gate that said no, to whom it is about."""
    said = " and ".join(_TO_YOU.get(reason) or f"your phone {SENTENCES[reason]}" for reason in reasons)
    return f"The {clock.say(called_at)} call from {caller} did not ring you: {said}."


_TO_YOU = {
    Reason.INACTIVE: "you were no active agent any more",
    Reason.UNVERIFIED: "your phone had not been verified by a test ring",
    Reason.CALLS_OFF: "you were off duty",
    Reason.OUT_OF_OFFICE: "you were out of office",
    Reason.OUTSIDE_HOURS: "it was outside your hours",
    Reason.ON_CALL: "you were on a call",
    Reason.RESERVED: "you were being offered another call",
    Reason.RESTING: "you were resting",
    Reason.OPTED_OUT: "you had texted STOP",
    Reason.LACKS_SKILL: "the caller asked for a skill that you are not listed with",
    Reason.ALREADY_TRIED: "you had been rung in that call before",
    Reason.NO_TIME: "the caller could not wait long enough",
    Reason.MAX_RING: "enough other phones rang at once",
    Reason.SAME_NUMBER: "it came from your own phone",
}
"""What kept a call away, said to whom it was kept from."""


def nothing_missed() -> str:
    return "No recent call passed you by."


def tasks(open_tasks: Sequence[TaskLine], more: int, clock: Clock) -> str:
    if not open_tasks:
        return "You have no open tasks."
    lines = "; ".join(f"T{task.number} {task.title}{_due(task.due_at, clock)}" for task in open_tasks)
    rest = f"; and {more} more" if more else ""
    return f"{lines}{rest}. Text DONE T{open_tasks[0].number} when done."


def done(number: int, title: str) -> str:
    return f"Task T{number} is done: {title}."


def no_such_task(number: int) -> str:
    return f"You have no open task T{number}. Text TASKS for the list."


def snoozed_task(number: int, title: str, due_at: datetime, clock: Clock) -> str:
    return f"Task T{number} is put off until {clock.say(due_at)}: {title}."


def when_not_understood() -> str:
    return "Time not understood. Say it like 2H, TOMORROW 10AM or FRI 3PM."


def when_is_past() -> str:
    return "Nothing changed: that time is past, or over a year ahead. Text it like OFF TIL 3PM, OFF TIL FRI or OFF 2H."


def task_due(number: int, title: str) -> str:
    return f"Task T{number} is due: {title}. Text DONE T{number} when done, or SNOOZE T{number} 1H."


def task_overdue(number: int, title: str, owner: str | None, late: str) -> str:
    whose = "of the admins' queue" if owner is None else f"of {owner}"
    return f"Task T{number} {whose} is {late} overdue: {title}."


# --- Notices to whoever runs the team.


def nobody_on_duty(team: str, opens_at: datetime | None, clock: Clock) -> str:
    then = "" if opens_at is None else f" The next shift begins {clock.say(opens_at)}."
    return f"Nobody is left on duty in {team}: calls go to the fallback numbers.{then}"


def agent_opted_out(name: str) -> str:
    """STOP also blocks every text from us to that phone, so only a person can tell the agent."""
    return f"{name} texted STOP: off duty until ON, and unreachable by text until START. Please tell them."


# --- Parts of sentences.


def _but(state: DutyState, clock: Clock) -> str:
    """What still keeps calls away, as the second half of a sentence."""
    match state.reason:
        case Reason.OUTSIDE_HOURS:
            return "outside your hours: " + (
                "no opening is in sight." if state.until is None else f"calls ring from {clock.say(state.until)}."
            )
        case Reason.OUT_OF_OFFICE:
            return f"you are out of office {_until(state.until, clock)}."
        case Reason.CALLS_OFF:
            return f"you are OFF {_until(state.until, clock)}{_and_away(state, clock)}."
        case Reason.OPTED_OUT:
            return "you texted STOP: text ON to take calls."
        case _:
            return f"you are {_rest(state)} {_until(state.until, clock)}."


def _calls(state: DutyState, clock: Clock) -> str:
    if state.reason is Reason.PASSED:
        return "ON." if state.until is None else f"ON {clock.until(state.until)}."
    if state.reason is Reason.CALLS_OFF:
        return f"OFF {_until(state.until, clock)}{_and_away(state, clock)}."
    if state.reason is Reason.OPTED_OUT:
        return f"OFF until you text ON, because you texted STOP{_and_away(state, clock)}."
    return f"ON, but {_but(state, clock)}"


def _opening(state: DutyState, clock: Clock) -> str:
    """What opens next, where it says more than the end of the present state."""
    if state.opens_at is None or state.opens_at == state.until:
        return ""
    return f"Next hours begin {clock.say(state.opens_at)}. "


def _leads(state: DutyState, clock: Clock) -> str:
    if state.leads_on:
        return "Leads ON."
    return "Leads OFF." if state.leads_off_until is None else f"Leads OFF {clock.until(state.leads_off_until)}."


def _until(until: datetime | None, clock: Clock) -> str:
    return "until you text ON" if until is None else clock.until(until)


def _and_away(state: DutyState, clock: Clock) -> str:
    return "" if state.away_until is None else f", and out of office {clock.until(state.away_until)}"


def _rest(state: DutyState) -> str:
    return {
        Rest.WRAP_UP: "in wrap-up",
        Rest.BUSY: "resting after a busy line",
        Rest.RANG_OUT: "resting after a missed call",
        Rest.PAUSED: "paused after missed calls",
    }.get(Rest(state.resting_why) if state.resting_why else Rest.WRAP_UP, "resting")


def _shift(shift: Shift, clock: Clock) -> str:
    start = "now" if shift.starts_at == clock.now else clock.say(shift.starts_at)
    return f"{start} on" if shift.ends_at is None else f"{start} to {clock.say(shift.ends_at)}"


def _due(due_at: datetime | None, clock: Clock) -> str:
    return "" if due_at is None else f" (due {clock.say(due_at)})"
