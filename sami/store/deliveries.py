"""What delivery asks of the tables of others: what is due next, and which of the carrier's names are taken."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from sami.store.calls import attempts
from sami.store.texts import texts
from sami.store.work import outbox_items

OPEN_STATES = ("pending", "sending", "unknown")


def count_due(db: Connection, *, now: datetime, kinds: tuple[str, ...], most: int) -> int:
    """How many items wait to be claimed, counted no further than `most`."""
    due = select(outbox_items.c.id).where(
        outbox_items.c.state == "pending", outbox_items.c.due_at <= now, outbox_items.c.kind.in_(kinds)
    )
    return int(db.execute(select(func.count()).select_from(due.limit(most).subquery())).scalar_one())


def next_due_at(db: Connection, *, after: datetime, kinds: tuple[str, ...]) -> datetime | None:
    ahead = outbox_items.c.state == "pending", outbox_items.c.due_at > after, outbox_items.c.kind.in_(kinds)
    first = select(outbox_items.c.due_at).where(*ahead).order_by(outbox_items.c.due_at).limit(1)
    return db.execute(first).scalar()


def oldest_due_at(db: Connection) -> datetime | None:
    """Since when the item has been due that has waited longest; None where nothing waits. It may be in the future."""
    first = select(func.min(outbox_items.c.due_at)).where(outbox_items.c.state == "pending")
    found: datetime | None = db.execute(first).scalar()
    return found


def count_open_items(db: Connection) -> dict[tuple[str, str], int]:
    """The number of everything that is not finished, by kind and state."""
    by = outbox_items.c.kind, outbox_items.c.state
    counted = select(*by, func.count().label("number")).where(outbox_items.c.state.in_(OPEN_STATES)).group_by(*by)
    return {(row.kind, row.state): row.number for row in db.execute(counted)}


def known_text_sids(db: Connection, *, phone: str, line: str, since: datetime) -> frozenset[str]:
    sent = texts.c.phone == phone, texts.c.line == line, texts.c.at >= since, texts.c.sid.is_not(None)
    return frozenset(db.execute(select(texts.c.sid).where(*sent)).scalars())


def known_leg_sids(db: Connection, *, phone: str, since: datetime) -> frozenset[str]:
    rung = attempts.c.phone == phone, attempts.c.offered_at >= since, attempts.c.leg_sid.is_not(None)
    return frozenset(db.execute(select(attempts.c.leg_sid).where(*rung)).scalars())
