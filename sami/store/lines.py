"""Tables of our lines at the carrier: what stood there before we wrote, and what the nightly look found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.tables import insert_on, table_of
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns

_ONLY = 1


class ConnectedLineRow(SQLModel, table=True):
    """A number whose addresses we wrote. `before` is what stood there when we first did, to be put back."""

    __tablename__ = "connected_line"

    phone: str = Field(primary_key=True)
    number_sid: str
    before: dict[str, str] = Field(sa_type=Json)
    connected_at: datetime = Field(sa_type=UtcDateTime)
    by: str
    actor_kind: str | None = None
    actor_key: str | None = None


class LineCheckRow(SQLModel, table=True):
    """The one nightly comparison: when it is next due, and what the last one found, a sentence each."""

    __tablename__ = "line_check"

    id: int = Field(default=_ONLY, primary_key=True)
    next_at: datetime = Field(sa_type=UtcDateTime)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    found: list[str] = Field(sa_type=Json)


connected_lines = table_of(ConnectedLineRow)
line_checks = table_of(LineCheckRow)


def connected_by_us(db: Connection) -> dict[str, Row[Any]]:
    """By phone."""
    return {row.phone: row for row in db.execute(select(connected_lines).order_by(connected_lines.c.phone))}


def remember_connection(
    db: Connection, *, phone: str, number_sid: str, before: Mapping[str, str], by: Actor, at: datetime
) -> bool:
    """False where it was connected before: what stood there first stays remembered."""
    values = {"phone": phone, "number_sid": number_sid, "before": dict(before), "connected_at": at}
    insert = insert_on(db.dialect.name, connected_lines).values(**values, **actor_columns(by))
    added = insert.on_conflict_do_nothing(index_elements=["phone"]).returning(connected_lines.c.phone)
    return db.execute(added).first() is not None


def forget_connection(db: Connection, phone: str) -> None:
    db.execute(delete(connected_lines).where(connected_lines.c.phone == phone))


def line_check(db: Connection) -> Row[Any] | None:
    return db.execute(select(line_checks).where(line_checks.c.id == _ONLY)).first()


def plan_first_check(db: Connection, *, next_at: datetime) -> None:
    insert = insert_on(db.dialect.name, line_checks).values(id=_ONLY, next_at=next_at, found=[])
    db.execute(insert.on_conflict_do_nothing(index_elements=["id"]))


def claim_check(db: Connection, *, at: datetime, until: datetime) -> bool:
    """Whether this is due and nobody else does it; whoever claims it has until then."""
    due = update(line_checks).where(line_checks.c.id == _ONLY, line_checks.c.next_at <= at)
    return db.execute(due.values(next_at=until)).rowcount == 1


def keep_check(db: Connection, *, found: Sequence[str], checked_at: datetime, next_at: datetime) -> None:
    kept = update(line_checks).where(line_checks.c.id == _ONLY)
    db.execute(kept.values(found=list(found), checked_at=checked_at, next_at=next_at))
