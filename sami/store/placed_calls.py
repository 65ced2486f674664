"""Table of the calls that we place ourselves: to a lead, or to an agent first."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, UniqueConstraint, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel

from sami.domain.placed_calls import PlacedResult, PlacedState
from sami.store.schema import e164, one_of, table_of
from sami.store.types import UtcDateTime

_OPEN = text("state IN ('waiting', 'placed', 'answered')")


class PlacedCallRow(SQLModel, table=True):
    """`ref` names it in the URLs that Twilio is given. Nobody is called twice at once: one open row for each phone.

    `of_call` is the call in which it was asked for, `enrolment` the cadence that wanted it, `call` what it became.
    """

    __tablename__ = "placed_call"
    __table_args__ = (
        UniqueConstraint("ref"),
        UniqueConstraint("dedupe_key"),
        one_of("state", PlacedState),
        one_of("result", PlacedResult),
        e164("phone"),
        Index("uq_placed_call_open", "phone", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_placed_call_due_at", "state", "due_at"),
        Index("ix_placed_call_lead_id", "lead_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    dedupe_key: str
    agent_first: bool = False
    lead_id: int = Field(foreign_key="lead.id")
    phone: str
    line: str
    message: str = ""
    enrolment: int | None = Field(default=None, foreign_key="enrolment.id")
    of_call: str | None = None
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str = PlacedState.WAITING.value
    result: str | None = None
    why: str = ""
    call: str | None = None
    tries: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


placed_calls = table_of(PlacedCallRow)


def insert_placed_call(db: Connection, **values: Any) -> bool:
    """False where this call was placed before, or one to this phone is still open."""
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    inserted = dialect.insert(placed_calls).values(**values).on_conflict_do_nothing()
    return db.execute(inserted.returning(placed_calls.c.id)).first() is not None
