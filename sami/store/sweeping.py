"""What time alone has brought: switches that are over, calls nobody speaks of any more, queues left behind."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from sami.domain.calls.outbound_calls import CALL_BACK_SID
from sami.domain.calls.states import CallState
from sami.store.calls import attempts, calls
from sami.store.people import agents
from sami.store.work import outbox_items

LOOK_BACK = timedelta(days=2)


def is_any_agent_due(db: Connection, *, at: datetime) -> bool:
    """Whether `lock_agents_due` would find anybody, asked without taking what a writer needs."""
    return db.execute(select(agents.c.id).where(_off_is_over(at)).limit(1)).first() is not None


def lock_agents_due(db: Connection, *, at: datetime) -> list[Row[Any]]:
    """Agents with an off or a rest that is over, kept until the transaction ends; one somebody else holds waits."""
    due = select(agents).where(_off_is_over(at)).order_by(agents.c.id)
    return list(db.execute(due.with_for_update(skip_locked=True)))


def _off_is_over(at: datetime) -> ColumnElement[bool]:
    return or_(
        and_(agents.c.calls_on.is_(False), agents.c.opted_out.is_(False), agents.c.calls_off_until <= at),
        and_(agents.c.leads_on.is_(False), agents.c.leads_off_until <= at),
        agents.c.resting_until <= at,
    )


def unfinished_calls(db: Connection, *, before: datetime, limit: int) -> list[Row[Any]]:
    """Calls of before an instant without an end, or without the outcome they need."""
    without_outcome = calls.c.outcome.is_(None) & or_(calls.c.transfer_at.is_not(None), calls.c.safety_net.is_(True))
    unfinished = or_(calls.c.ended_at.is_(None), without_outcome)
    theirs = calls.c.state != CallState.CALLING_BACK  # Of which Twilio knows nothing, and a beat of its own everything.
    recent = or_(calls.c.state != CallState.ENDED, calls.c.arrived_at > before - LOOK_BACK)
    found = select(calls).where(unfinished, recent, theirs, calls.c.arrived_at < before)
    return list(db.execute(found.order_by(calls.c.id).limit(limit)))


def left_queues(db: Connection, *, before: datetime) -> list[str]:
    """SIDs of calls that waited in a queue and ended before an instant, and whose queue nobody has deleted."""
    queued = exists().where(attempts.c.call_id == calls.c.id, attempts.c.way == "queue")
    ordered = exists().where(outbox_items.c.call == calls.c.sid, outbox_items.c.kind == "delete_queue")
    over = calls.c.ended_at < before, calls.c.arrived_at > before - LOOK_BACK, ~calls.c.sid.startswith(CALL_BACK_SID)
    return list(db.execute(select(calls.c.sid).where(*over, queued, ~ordered).limit(100)).scalars())
