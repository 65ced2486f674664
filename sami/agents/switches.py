"""How an agent stands, and their switches set by another hand than theirs: the same moves as their own texts."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.agents.misses_and_rests import save_switches, switches_of
from sami.audit.recording import record_change
from sami.domain.agents import availability
from sami.domain.agents.availability import is_calls_on, is_leads_on, state_at
from sami.domain.agents.duty import away_until
from sami.domain.agents.switches import Switches
from sami.domain.language.actor import Actor
from sami.domain.language.hours import Schedule, end_of_plain_off, is_open, next_shifts
from sami.domain.language.trace import Reason
from sami.errors import SamiError
from sami.store.facts import Directory, agent_facts

_log = logs.logger(__name__)


class AgentOptedOut(SamiError):
    """This agent texted STOP: only their own ON puts calls on again."""

    code = "agent_opted_out"
    status = 409


@dataclass(frozen=True, slots=True)
class On:
    pass


@dataclass(frozen=True, slots=True)
class Off:
    """Off until an instant; None is until switched on by hand."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`reason` is the gate that keeps calls away, None where none does; `until` is when that ends by itself."""

    calls_on: bool
    until: datetime | None
    reason: Reason | None
    leads_on: bool
    leads_off_until: datetime | None
    inside_hours: bool
    reserved: bool
    next_shift_at: datetime | None


def standing_of(agent: Row[Any], directory: Directory, now: datetime) -> Standing:
    schedule, switches = directory.schedule_of(agent.key), switches_of(agent)
    state = state_at(switches, schedule, now, away_until(agent_facts(agent, directory, now), schedule))
    return Standing(
        calls_on=is_calls_on(switches, now),
        until=None if state.may_ring else state.until,
        reason=None if state.may_ring else state.reason,
        leads_on=is_leads_on(switches, now),
        leads_off_until=state.leads_off_until,
        inside_hours=is_open(schedule, now),
        reserved=agent.reserved_until is not None and now < agent.reserved_until,
        next_shift_at=_next_shift_at(schedule, now),
    )


def next_shift_off(agent: Row[Any], directory: Directory, now: datetime) -> Off:
    """What a plain OFF means; an off that ends later, or has no end, is not shortened by it."""
    until = end_of_plain_off(directory.schedule_of(agent.key), now)
    return Off(availability.switch_off_plainly(switches_of(agent), until, now).calls_off_until)


def set_switches(
    db: Connection, *, agent: Row[Any], calls: On | Off | None, leads: On | Off | None, by: Actor, now: datetime
) -> None:
    """None leaves a switch as it is. `agent` must be locked, or of two changes one would be lost.

    Raises AgentOptedOut: what a person asked for with STOP is not another's to undo.
    """
    before = switches_of(agent)
    after = _leads(_calls(before, calls), leads)
    change_switches(db, agent, before, after, by=by, now=now)
    _log.info("An agent's switches were set.", agent=agent.key, by=by.written, changed=before != after)


def change_switches(
    db: Connection, agent: Row[Any], before: Switches, after: Switches, *, by: Actor, now: datetime
) -> None:
    """Because a person says so. How many calls were missed in a row is nobody's wish."""
    save_switches(db, agent.id, before, after)
    old, new = ({name: value for name, value in asdict(each).items() if name != "misses"} for each in (before, after))
    record_change(db, "agent", agent.key, before=old, after=new, by=by, now=now)


def _calls(switches: Switches, wanted: On | Off | None) -> Switches:
    match wanted:
        case Off(until):
            return availability.switch_off(switches, until)
        case On() if switches.opted_out:
            raise AgentOptedOut
        case On():
            return availability.switch_on(switches)
        case None:
            return switches


def _leads(switches: Switches, wanted: On | Off | None) -> Switches:
    match wanted:
        case Off(until):
            return availability.leads_off(switches, until)
        case On():
            return availability.leads_on(switches)
        case None:
            return switches


def _next_shift_at(schedule: Schedule, now: datetime) -> datetime | None:
    """None where hours are always, or none are near."""
    return next((shift.starts_at for shift in next_shifts(schedule, now, 2) if shift.starts_at > now), None)
