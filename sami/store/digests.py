"""Notices of one person as the outbox holds them: how many left lately, which wait, and which are said as one."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from sami.database.prepared_statements import Prepared
from sami.store.work import outbox_items

_LANES_DUE = Prepared(
    select(outbox_items.c.lane)
    .where(outbox_items.c.state == "pending", outbox_items.c.due_at <= bindparam("now"))
    .where(outbox_items.c.kind == bindparam("of_kind"), outbox_items.c.lane.is_not(None))
    .distinct()
)


def sent_in_lane(db: Connection, lane: str, *, since: datetime) -> list[datetime]:
    """When what has left since then left."""
    gone = outbox_items.c.lane == lane, outbox_items.c.state == "sent", outbox_items.c.sent_at > since
    return list(db.execute(select(outbox_items.c.sent_at).where(*gone)).scalars())


def waiting_until(db: Connection, lane: str, *, after: datetime) -> datetime | None:
    """When the first that is held there is due."""
    held = outbox_items.c.lane == lane, outbox_items.c.state == "pending", outbox_items.c.due_at > after
    return db.execute(select(func.min(outbox_items.c.due_at)).where(*held)).scalar()


def due_in_lane(db: Connection, lane: str, *, now: datetime) -> list[Row[Any]]:
    """Due and not yet claimed; locked, and those that somebody else claims are left out."""
    due = outbox_items.c.lane == lane, outbox_items.c.state == "pending", outbox_items.c.due_at <= now
    found = select(outbox_items).where(*due).order_by(outbox_items.c.id)
    return list(db.execute(found.with_for_update(skip_locked=True)))


def put_lane_off(db: Connection, lane: str, *, now: datetime, until: datetime, why: str) -> None:
    """Everything of it that is due."""
    due = outbox_items.c.lane == lane, outbox_items.c.state == "pending", outbox_items.c.due_at <= now
    db.execute(update(outbox_items).where(*due).values(due_at=until, error=why))


def join_items(db: Connection, item_ids: Collection[int], *, why: str) -> None:
    """They are under way as part of another item: nobody claims them, and no lease of theirs ends."""
    joined = outbox_items.c.id.in_(item_ids), outbox_items.c.state.in_(("pending", "sending"))
    db.execute(update(outbox_items).where(*joined).values(state="sending", leased_until=None, error=why))


def settle_joined(db: Connection, item_ids: Collection[int], **values: Any) -> None:
    """What became of the item they are part of became of them."""
    joined = outbox_items.c.id.in_(item_ids), outbox_items.c.state == "sending", outbox_items.c.leased_until.is_(None)
    db.execute(update(outbox_items).where(*joined).values(**values))


def lanes_due(db: Connection, *, kind: str, now: datetime) -> list[str]:
    return sorted(row.lane for row in _LANES_DUE.all(db, {"of_kind": kind, "now": now}))


def state_of(db: Connection, dedupe_key: str) -> str | None:
    found: str | None = db.execute(select(outbox_items.c.state).where(outbox_items.c.dedupe_key == dedupe_key)).scalar()
    return found
