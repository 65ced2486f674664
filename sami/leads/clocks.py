"""The clock of a lead's first response starts at intake and stops when somebody of ours speaks to the lead."""

from datetime import datetime

from sqlalchemy import Connection

from sami.apply import apply
from sami.domain.durations import say_duration
from sami.domain.effects import WriteTimeline
from sami.domain.policy import Policy
from sami.domain.sla import sla_due_at
from sami.domain.stages import SlaState
from sami.store.clocks import start_clock, stop_clock
from sami.store.policies import close_exceptions

BREACH = "sla_breached"


def start_sla(db: Connection, *, lead_id: int, policy: Policy | None, source: str, now: datetime) -> None:
    """At intake, in its transaction; for a lead that has a clock nothing changes."""
    start_clock(db, lead_id=lead_id, due_at=sla_due_at(policy, source, now))


def note_response(db: Connection, *, lead_id: int, at: datetime, how: str) -> None:
    """Somebody of ours responded at this instant: `how` is read after "First response: ".

    Only the earliest counts. Heard of late, it was in time all the same, and the breach is taken back.
    """
    stopped = stop_clock(db, lead_id=lead_id, at=at)
    if stopped is None:
        return
    took = say_duration(at - stopped.created_at)
    late = "" if stopped.sla_state == SlaState.MET else f", {say_duration(at - stopped.sla_due_at)} late"
    apply(db, [WriteTimeline(lead_id, "response", f"First response: {how}, after {took}{late}.")], at)
    close_exceptions(db, lead_id=lead_id, kinds=(BREACH,), by=how, at=at)
