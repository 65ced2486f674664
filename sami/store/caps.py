"""Tables of what was spent on texts and calls to people outside, and of stops that a person has to lift."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, case, delete, func, insert, select, text, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import insert_on, one_of, table_of
from sami.domain.consent.caps import Spent
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns

_STANDS = text("lifted_at IS NULL")


class SpendingRow(SQLModel, table=True):
    """How much of one cap was spent in the hour or day that began at `began_at`."""

    __tablename__ = "spending"
    __table_args__ = (Index("ix_spending_began_at", "began_at"),)

    name: str = Field(primary_key=True)
    began_at: datetime = Field(sa_type=UtcDateTime)
    spent: int = 0


class SpendingStopRow(SQLModel, table=True):
    """A cap on everybody together was reached: nothing of this kind leaves by itself until a person lifts it."""

    __tablename__ = "spending_stop"
    __table_args__ = (
        one_of("kind", Spent),
        Index("uq_spending_stop_standing", "kind", unique=True, postgresql_where=_STANDS, sqlite_where=_STANDS),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    why: str
    at: datetime = Field(sa_type=UtcDateTime)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str | None = None
    actor_kind: str | None = None
    actor_key: str | None = None


spending = table_of(SpendingRow)
spending_stops = table_of(SpendingStopRow)


def lock_spending(db: Connection) -> None:
    """Until the transaction ends nobody else spends: caps are exact. Nothing is locked after this."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext("sami/spending"))))


def spent_since(db: Connection, began: dict[str, datetime]) -> dict[str, int]:
    """By name, what was spent in the window that began at this instant."""
    rows = db.execute(select(spending).where(spending.c.name.in_(began)))
    return {row.name: row.spent for row in rows if row.began_at == began[row.name]}


def spend(db: Connection, began: dict[str, datetime]) -> None:
    rows = insert_on(db.dialect.name, spending)
    is_same_window = spending.c.began_at == rows.excluded.began_at
    counted = {
        "spent": case((is_same_window, spending.c.spent + 1), else_=1),
        "began_at": rows.excluded.began_at,
    }
    spent = rows.on_conflict_do_update(index_elements=["name"], set_=counted)
    db.execute(spent, [{"name": name, "began_at": at, "spent": 1} for name, at in began.items()])


def forget_spending(db: Connection, *, before: datetime) -> None:
    db.execute(delete(spending).where(spending.c.began_at < before))


def forget_counted(db: Connection, names: Iterable[str]) -> None:
    db.execute(delete(spending).where(spending.c.name.in_(list(names))))


def stop_of(db: Connection, kind: str) -> Row[Any] | None:
    standing = spending_stops.c.kind == kind, spending_stops.c.lifted_at.is_(None)
    return db.execute(select(spending_stops).where(*standing)).first()


def standing_stops(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(spending_stops).where(_STANDS).order_by(spending_stops.c.id)))


def insert_stop(db: Connection, *, kind: str, why: str, at: datetime) -> None:
    db.execute(insert(spending_stops).values(kind=kind, why=why, at=at))


def lift_stops(db: Connection, *, kinds: Collection[str], by: Actor, at: datetime) -> list[str]:
    """The kinds of those that stood."""
    standing = spending_stops.c.kind.in_(kinds), spending_stops.c.lifted_at.is_(None)
    lifted = update(spending_stops).where(*standing).values(lifted_at=at, **actor_columns(by, "lifted_by"))
    return sorted(db.execute(lifted.returning(spending_stops.c.kind)).scalars())
