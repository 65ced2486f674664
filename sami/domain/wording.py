"""What do we text to staff? One short text each: the new state, and when it ends on the agent's own clock.

Plain letters only: one sign outside GSM-7 makes a text cost double. Names are sent as they are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sami.domain.availability import DutyState, Rest
from sami.domain.hours import Shift, to_local
from sami.domain.notices import Wishes
from sami.domain.trace import SENTENCES, Reason

LENGTH_AIM = 160
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, and where the reader lives: all that a time needs to be said."""

    now: datetime
    zone: str

    def say(self, at: datetime) -> str:
        """3:00 PM today, Tue 9:00 AM within a week, Tue Dec 29 9:00 AM beyond."""
        local, today = to_local(at, self.zone), to_local(self.now, self.zone).date()
        clock = f"{(local.hour - 1) % 12 + 1}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
        days = (local.date() - today).days
        if days == 0:
            return clock
        weekday = _WEEKDAYS[local.weekday()]
        if -1 <= days < 7:
            return f"{weekday} {clock}"
        return f"{weekday} {_MONTHS[local.month - 1]} {local.day} {clock}"


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


def now_off(until: datetime | None, clock: Clock) -> str:
    if until is None:
        return "You are OFF until you text ON."
    return f"You are OFF until {clock.say(until)}. Text ON to end it sooner."


def snoozed(until: datetime, clock: Clock) -> str:
    return f"You passed on a call and are OFF until {clock.say(until)}. Text ON to end it sooner."


def leads_now_on() -> str:
    return "New leads are ON for you."


def leads_now_off(until: datetime | None, clock: Clock) -> str:
    end = "you text LEADS ON" if until is None else clock.say(until)
    return f"New leads are OFF for you until {end}. Calls are as before."


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


def paused_after_misses(missed_at: Sequence[datetime], until: datetime, clock: Clock) -> str:
    times = ", ".join(clock.say(at) for at in missed_at)
    missed = f"You missed {len(missed_at)} calls in a row ({times})" if missed_at else "You missed calls in a row"
    return f"{missed}, so you are paused until {clock.say(until)}. Text ON to end it now."


# --- Answers to questions.


def words() -> str:
    return (
        "ON, OFF, OFF 30, OFF 2H, OFF TIL 3PM, LEADS ON, LEADS OFF, READY, STATUS, WHY, NEXT, TASKS, "
        "DONE 12, SNOOZE 12, RESULT 12, TAKE 12, WORDS"
    )


def wishes_now(wishes: Wishes) -> str:
    how = " and ".join(wishes.channels) or "whatever your admins chose"
    quiet = wishes.quiet
    when = "at any hour" if quiet is None else f"not from {quiet.from_:%H:%M} to {quiet.to:%H:%M}"
    return f"What can wait comes by {how}, {when}. Urgent notices always come."


def unknown_word(hint: str | None = None) -> str:
    return f"Not understood. {hint}" if hint is not None else f"Not understood. Text {words()}"


def not_staff_line(line: str | None) -> str:
    """`line`: a phone of ours on which staff may text; None where there is none."""
    where = "Ask an admin for one that does." if line is None else f"Text it to {line}."
    return f"This number does not take staff texts. {where}"


def next_shifts(shifts: Sequence[Shift], has_hours: bool, clock: Clock) -> str:
    if not has_hours:
        return "You have no set hours: calls may ring you whenever you are ON."
    if not shifts:
        return "Your hours open no shift in sight. An admin can change them."
    return f"Your shifts: {'; '.join(_shift(shift, clock) for shift in shifts)}"


def why_not_rung(name: str, reasons: Sequence[Reason], caller: str, called_at: datetime, clock: Clock) -> str:
    """WHY: the last call that did not ring this phone, with every gate that said no."""
    said = " and ".join(SENTENCES[reason] for reason in reasons)
    return f"The {clock.say(called_at)} call from {caller} did not ring you: {name} {said}."


def nothing_missed() -> str:
    return "No recent call passed you by."


def tasks(open_tasks: Sequence[TaskLine], more: int, clock: Clock) -> str:
    if not open_tasks:
        return "You have no open tasks."
    lines = "; ".join(f"{task.number} {task.title}{_due(task.due_at, clock)}" for task in open_tasks)
    rest = f"; and {more} more" if more else ""
    return f"{lines}{rest}. Text DONE {open_tasks[0].number} when done."


def done(number: int, title: str) -> str:
    return f"Task {number} is done: {title}."


def no_such_task(number: int) -> str:
    return f"You have no open task {number}. Text TASKS for the list."


def snoozed_task(number: int, title: str, due_at: datetime, clock: Clock) -> str:
    return f"Task {number} is put off until {clock.say(due_at)}: {title}."


def when_not_understood() -> str:
    return "Time not understood. Say it like 2H, TOMORROW 10AM or FRI 3PM."


def task_due(number: int, title: str) -> str:
    return f"Task {number} is due: {title}. Text DONE {number} when done, or SNOOZE {number} 1H."


def task_overdue(number: int, title: str, owner: str | None, late: str) -> str:
    whose = "of the admins' queue" if owner is None else f"of {owner}"
    return f"Task {number} {whose} is {late} overdue: {title}."


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
            return f"you are out of office until {_until(state.until, clock)}."
        case Reason.CALLS_OFF:
            return f"you are OFF until {_until(state.until, clock)}."
        case Reason.OPTED_OUT:
            return "you texted STOP: text ON to take calls."
        case _:
            return f"you are {_rest(state)} until {_until(state.until, clock)}."


def _calls(state: DutyState, clock: Clock) -> str:
    if state.reason is Reason.PASSED:
        return "ON." if state.until is None else f"ON until {clock.say(state.until)}."
    if state.reason is Reason.CALLS_OFF:
        return f"OFF until {_until(state.until, clock)}."
    if state.reason is Reason.OPTED_OUT:
        return "OFF until you text ON, because you texted STOP."
    return f"ON, but {_but(state, clock)}"


def _opening(state: DutyState, clock: Clock) -> str:
    """What opens next, where it says more than the end of the present state."""
    if state.opens_at is None or state.opens_at == state.until:
        return ""
    return f"Next hours begin {clock.say(state.opens_at)}. "


def _leads(state: DutyState, clock: Clock) -> str:
    if state.leads_on:
        return "Leads ON."
    return "Leads OFF." if state.leads_off_until is None else f"Leads OFF until {clock.say(state.leads_off_until)}."


def _until(until: datetime | None, clock: Clock) -> str:
    return "you text ON" if until is None else clock.say(until)


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
