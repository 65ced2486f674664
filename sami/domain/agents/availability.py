"""Is this agent on duty, until when, and what changes it? The switches and their moves; the gates are in `gates`.

An off that is over counts as on at once; it stays written until `end_what_is_due` is stored, and that one store is what
tells the agent, so it is said exactly once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sami.domain.agents.misses_and_rests import is_resting, ready, reset_misses
from sami.domain.agents.switches import Rest, Switches
from sami.domain.language.hours import Schedule, is_open, next_closing, next_opening
from sami.domain.language.trace import Reason

SNOOZE_S = 60 * 60


class Ending(StrEnum):
    """What ended by itself and must be said; short rests end in silence."""

    CALLS_OFF = "calls_off"
    LEADS_OFF = "leads_off"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class DutyState:
    """What STATUS says. `reason` is PASSED when on duty and inside hours; `until` None: no end by itself.

    `away_until`: the end of an out-of-office, also where something else keeps calls away besides.
    """

    reason: Reason
    until: datetime | None
    opens_at: datetime | None
    resting_why: str | None
    leads_on: bool
    leads_off_until: datetime | None
    away_until: datetime | None = None

    @property
    def may_ring(self) -> bool:
        return self.reason is Reason.PASSED


def is_calls_on(switches: Switches, at: datetime) -> bool:
    return not switches.opted_out and (switches.calls_on or _is_over(switches.calls_off_until, at))


def is_leads_on(switches: Switches, at: datetime) -> bool:
    return switches.leads_on or _is_over(switches.leads_off_until, at)


def switch_on(switches: Switches) -> Switches:
    """Ends off, STOP, pause, rest and wrap-up, and has no end itself."""
    return replace(ready(switches), calls_on=True, calls_off_until=None, opted_out=False)


def switch_off(switches: Switches, until: datetime | None) -> Switches:
    return replace(reset_misses(switches), calls_on=False, calls_off_until=until)


def switch_off_plainly(switches: Switches, until: datetime, at: datetime) -> Switches:
    """OFF without a time: an off that ends later, or has no end, stays as it is."""
    if not is_calls_on(switches, at) and (switches.calls_off_until is None or switches.calls_off_until > until):
        return reset_misses(switches)
    return switch_off(switches, until)


def opt_out(switches: Switches) -> Switches:
    """STOP from an agent: consent, and off until ON."""
    return replace(switch_off(switches, None), opted_out=True)


def snooze(switches: Switches, at: datetime) -> Switches:
    """Key 3 at the offer: off for an hour; never shortens a longer off."""
    until = at + timedelta(seconds=SNOOZE_S)
    if not is_calls_on(switches, at) and (switches.calls_off_until is None or switches.calls_off_until > until):
        return switches
    return replace(switches, calls_on=False, calls_off_until=until)


def leads_on(switches: Switches) -> Switches:
    return replace(reset_misses(switches), leads_on=True, leads_off_until=None)


def leads_off(switches: Switches, until: datetime | None = None) -> Switches:
    return replace(reset_misses(switches), leads_on=False, leads_off_until=until)


def due_endings(switches: Switches, at: datetime) -> tuple[Ending, ...]:
    """What has ended by itself and was not said yet."""
    due = {
        Ending.CALLS_OFF: not switches.calls_on and not switches.opted_out and _is_over(switches.calls_off_until, at),
        Ending.LEADS_OFF: not switches.leads_on and _is_over(switches.leads_off_until, at),
        Ending.PAUSE: switches.resting_why == Rest.PAUSED and _is_over(switches.resting_until, at),
    }
    return tuple(ending for ending, is_due in due.items() if is_due)


def end_what_is_due(switches: Switches, at: datetime) -> Switches:
    """The same switches with every off and rest that is over written as over."""
    if is_calls_on(switches, at):
        switches = replace(switches, calls_on=True, calls_off_until=None)
    if is_leads_on(switches, at):
        switches = replace(switches, leads_on=True, leads_off_until=None)
    if not is_resting(switches, at):
        switches = replace(switches, resting_until=None, resting_why=None)
    return switches


def state_at(switches: Switches, schedule: Schedule, at: datetime, away_until: datetime | None = None) -> DutyState:
    """`away_until`: the end of an out-of-office that covers `at`."""
    reason, until, why = _duty(switches, schedule, at, away_until)
    return DutyState(
        reason=reason,
        until=until,
        opens_at=_opens_at(reason, until, schedule, at, away_until),
        away_until=away_until if away_until is not None and at < away_until else None,
        resting_why=why,
        leads_on=is_leads_on(switches, at),
        leads_off_until=None if is_leads_on(switches, at) else switches.leads_off_until,
    )


def _duty(
    switches: Switches, schedule: Schedule, at: datetime, away_until: datetime | None
) -> tuple[Reason, datetime | None, str | None]:
    """The first thing that keeps calls away, what lasts longest first."""
    if switches.opted_out:
        return Reason.OPTED_OUT, None, None
    if not is_calls_on(switches, at):
        return Reason.CALLS_OFF, switches.calls_off_until, None
    if away_until is not None and at < away_until:
        return Reason.OUT_OF_OFFICE, away_until, None
    if not is_open(schedule, at):
        return Reason.OUTSIDE_HOURS, next_opening(schedule, at), None
    if is_resting(switches, at):
        return Reason.RESTING, switches.resting_until, switches.resting_why
    return Reason.PASSED, next_closing(schedule, at), None


def _opens_at(
    reason: Reason, until: datetime | None, schedule: Schedule, at: datetime, away_until: datetime | None
) -> datetime | None:
    """The next time calls may ring again, or after this shift; None where that is not known or always."""
    if reason is Reason.OPTED_OUT or (reason is Reason.CALLS_OFF and until is None):
        return None
    return None if until is None else next_opening(schedule, max(until, at, away_until or at))


def _is_over(until: datetime | None, at: datetime) -> bool:
    return until is not None and until <= at
