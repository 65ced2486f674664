"""Table of test rings, by which phones of agents and fallback numbers are verified."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, func, insert, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import e164, one_of, table_of
from sami.domain.agents.verification import RingState


class RingRow(SQLModel, table=True):
    """`ref` names it in the URLs that Twilio is given; `agent` is a key, and null for a fallback number."""

    __tablename__ = "test_ring"
    __table_args__ = (one_of("state", RingState), e164("phone"), Index("ix_test_ring_phone", "phone", "asked_at"))

    ref: str = Field(primary_key=True)
    phone: str
    line: str
    agent: str | None = None
    asked_at: datetime = Field(sa_type=UtcDateTime)
    asked_by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    state: str = RingState.WAITING.value
    call: str | None = None
    why: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


test_rings = table_of(RingRow)


def insert_test_ring(db: Connection, **values: Any) -> None:
    db.execute(insert(test_rings).values(state=RingState.WAITING.value, why="", **values))


def find_test_ring(db: Connection, ref: str) -> Row[Any] | None:
    return db.execute(select(test_rings).where(test_rings.c.ref == ref)).first()


def move_test_ring(db: Connection, ref: str, *, from_: Collection[RingState], to: RingState, **values: Any) -> bool:
    """False where it had moved on already: states only move forward."""
    states = [state.value for state in from_]
    moved = update(test_rings).where(test_rings.c.ref == ref, test_rings.c.state.in_(states))
    return db.execute(moved.values(state=to.value, **values).returning(test_rings.c.ref)).first() is not None


def count_test_rings(db: Connection, *, phone: str, since: datetime) -> int:
    rings = select(func.count()).where(test_rings.c.phone == phone, test_rings.c.asked_at > since)
    return int(db.execute(rings).scalar_one())


def confirmed_phones(db: Connection) -> dict[str, datetime]:
    """When each phone last passed a test ring."""
    ring = test_rings.c
    confirmed = select(ring.phone, func.max(ring.ended_at).label("at")).where(ring.state == RingState.CONFIRMED.value)
    return {row.phone: row.at for row in db.execute(confirmed.group_by(ring.phone))}
