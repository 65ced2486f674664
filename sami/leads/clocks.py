"""The clock of a lead's first response starts at intake and stops when somebody of ours speaks to the lead."""

from datetime import datetime

from sqlalchemy import Connection

from sami.apply import apply
from sami.domain.assignment.policy import Policy
from sami.domain.assignment.sla import counts_working_hours, sla_due_at, target_of
from sami.domain.language.actor import system
from sami.domain.language.durations import format_duration
from sami.domain.language.hours import after_open_time
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.leads.stages import SlaState
from sami.domain.outcomes.effects import WriteTimeline
from sami.store.clocks import move_clock, start_clock, stop_clock
from sami.store.facts import Directory
from sami.store.leads import find_lead
from sami.store.people import find_agents
from sami.store.policies import close_exceptions


def start_sla(db: Connection, *, lead_id: int, policy: Policy | None, source: str, now: datetime) -> None:
    """At intake, in its transaction; for a lead that has a clock nothing changes."""
    start_clock(db, lead_id=lead_id, due_at=sla_due_at(policy, source, now))


def keep_to_working_hours(db: Connection, *, lead_id: int, policy: Policy | None, directory: Directory) -> None:
    """Where the policy says so, only the first owner's working hours count; the pond has none."""
    lead = find_lead(db, lead_id) if counts_working_hours(policy) else None
    if lead is None or lead.owner_id is None or lead.sla_state != SlaState.ACTIVE:
        return
    [owner] = find_agents(db, ids=(lead.owner_id,))
    schedule, target = directory.schedule_of(owner.key), target_of(policy, lead.source)
    move_clock(db, lead_id=lead_id, due_at=after_open_time(schedule, lead.created_at, target))


def note_response(db: Connection, *, lead_id: int, at: datetime, how: str) -> None:
    """Somebody of ours responded at this instant: `how` is read after "First response: ".

    Only the earliest counts. Heard of late, it was in time all the same, and the breach is taken back.
    """
    stopped = stop_clock(db, lead_id=lead_id, at=at)
    if stopped is None:
        return
    took = format_duration(at - stopped.created_at)
    late = "" if stopped.sla_state == SlaState.MET else f", {format_duration(at - stopped.sla_due_at)} late"
    apply(db, [WriteTimeline(lead_id, "response", f"First response: {how}, after {took}{late}.")], at)
    close_exceptions(db, lead_id=lead_id, kinds=(ExceptionKind.SLA_BREACHED,), by=system(how), at=at)
