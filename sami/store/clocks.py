"""The clock of each lead's first response: started once, stopped once, and found where it ran out."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, or_, select, update

from sami.database.prepared_statements import Prepared
from sami.domain.leads.stages import OPEN_STAGES, SlaState
from sami.store.leads import leads

_lead = leads.c
_START = Prepared(
    update(leads)
    .where(_lead.id == bindparam("of_lead"), _lead.sla_state.is_(None))
    .values(sla_state=SlaState.ACTIVE.value, sla_due_at=bindparam("due_at"))
)
_STOP = Prepared(
    update(leads)
    .where(
        _lead.id == bindparam("of_lead"),
        _lead.sla_state.is_not(None),
        _lead.sla_state != SlaState.ENDED.value,
        or_(_lead.responded_at.is_(None), _lead.responded_at > bindparam("at")),
    )
    .values(
        responded_at=bindparam("at"),
        sla_state=case((_lead.sla_due_at >= bindparam("at"), SlaState.MET.value), else_=SlaState.BREACHED.value),
    )
    .returning(_lead.created_at, _lead.sla_state, _lead.sla_due_at)
)


def start_clock(db: Connection, *, lead_id: int, due_at: datetime) -> None:
    """A clock that was started is never started again."""
    _START.run(db, {"of_lead": lead_id, "due_at": due_at})


def move_clock(db: Connection, *, lead_id: int, due_at: datetime) -> None:
    """Moves the deadline of a clock that still runs."""
    db.execute(update(leads).where(_lead.id == lead_id, _lead.sla_state == SlaState.ACTIVE).values(sla_due_at=due_at))


def stop_clock(db: Connection, *, lead_id: int, at: datetime) -> Row[Any] | None:
    """The first response counts, also where it is heard of last; None where this was not it or no clock runs."""
    return _STOP.first(db, {"of_lead": lead_id, "at": at})


def put_clock_off(db: Connection, *, lead_id: int, due_at: datetime) -> None:
    """The response is not due before this; a clock that is due later, or that no longer runs, stays as it is."""
    sooner = _lead.id == lead_id, _lead.sla_state == SlaState.ACTIVE, _lead.sla_due_at < due_at
    db.execute(update(leads).where(*sooner).values(sla_due_at=due_at))


def end_clock(db: Connection, *, lead_id: int) -> None:
    """Nobody is to respond any more. What was late or answered by then stays so."""
    active = _lead.id == lead_id, _lead.sla_state == SlaState.ACTIVE
    db.execute(update(leads).where(*active).values(sla_state=SlaState.ENDED.value))


def overdue_leads(db: Connection, *, at: datetime, limit: int) -> list[int]:
    """Leads at work that nobody answered by their time. One that was put away needs no answer."""
    overdue = _lead.sla_state == SlaState.ACTIVE, _lead.sla_due_at < at, _lead.stage.in_(OPEN_STAGES)
    return list(
        db.execute(select(_lead.id).where(*overdue).order_by(_lead.sla_due_at, _lead.id).limit(limit)).scalars()
    )


def mark_breached(db: Connection, *, lead_id: int, at: datetime) -> Row[Any] | None:
    """The lead, for the one who writes it down first; None where somebody did, or answered meanwhile."""
    overdue = _lead.id == lead_id, _lead.sla_state == SlaState.ACTIVE, _lead.sla_due_at < at
    marked = update(leads).where(*overdue).values(sla_state=SlaState.BREACHED.value)
    return db.execute(marked.returning(*leads.c)).first()
