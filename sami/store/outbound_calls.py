"""Table of the outbound calls: to a lead, or to an agent first."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, UniqueConstraint, false, func, or_, select, text, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import e164, insert_on, one_of, table_of
from sami.domain.calls.outbound_calls import OPEN_PLACED, OutboundResult, OutboundState
from sami.domain.calls.states import CallState
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns
from sami.store.calls import calls
from sami.store.work import tasks

_OPEN = text("state IN ('waiting', 'placed', 'answered')")


class PlacedCallRow(SQLModel, table=True):
    """`ref` names it in the URLs that Twilio is given. Nobody is called twice at once: one open row for each phone.

    `of_call` is the call in which it was asked for, `enrolment` the cadence that wanted it, `call` what it became.
    `placed_at` is when Twilio was last asked for it, which caps count. `asked_by` is the agent who asked for it, where
    it was not the lead; `asked_at` is when the lead did, and `asked_by_text` that they did by text, which is capped.
    """

    __tablename__ = "placed_call"
    __table_args__ = (
        UniqueConstraint("ref"),
        UniqueConstraint("dedupe_key"),
        one_of("state", OutboundState),
        one_of("result", OutboundResult),
        e164("phone"),
        Index("uq_placed_call_open", "phone", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_placed_call_due_at", "state", "due_at"),
        Index("ix_placed_call_lead_id", "lead_id"),
        Index("ix_placed_call_call", "call"),
        Index("ix_placed_call_of_call", "of_call"),
        Index("ix_placed_call_phone", "phone", "placed_at"),
        Index("ix_placed_call_placed_at", "placed_at"),
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
    asked_by: int | None = Field(default=None, foreign_key="agent.id")
    asked_by_text: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: str = OutboundState.WAITING.value
    result: str | None = None
    why: str = ""
    call: str | None = None
    tries: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    placed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


placed_calls = table_of(PlacedCallRow)


def insert_placed_call(db: Connection, **values: Any) -> bool:
    """False where this call was placed before, or one to this phone is still open."""
    inserted = insert_on(db.dialect.name, placed_calls).values(**values).on_conflict_do_nothing()
    return db.execute(inserted.returning(placed_calls.c.id)).first() is not None


def find_outbound_call(db: Connection, ref: str) -> Row[Any] | None:
    return db.execute(select(placed_calls).where(placed_calls.c.ref == ref)).first()


def find_outbound_calls(db: Connection, refs: Collection[str]) -> list[Row[Any]]:
    return list(db.execute(select(placed_calls).where(placed_calls.c.ref.in_(refs))))


def outbound_calls_wanted_in(db: Connection, call: str) -> list[Row[Any]]:
    mine = select(placed_calls).where(placed_calls.c.of_call == call)
    return list(db.execute(mine.order_by(placed_calls.c.id)))


def is_being_called(db: Connection, phone: str) -> bool:
    """An outbound call to this phone waits or is under way."""
    open_ = placed_calls.c.phone == phone, placed_calls.c.state.in_(OPEN_PLACED)
    return db.execute(select(placed_calls.c.id).where(*open_)).first() is not None


def move_outbound_call(db: Connection, ref: str, *, from_: tuple[str, ...] = tuple(OPEN_PLACED), **values: Any) -> bool:
    """False where it is in another state by now, which is then left as it is.

    Written after the lead's row is locked, if it is at all: who adds a call to the same phone holds the lead and waits.
    """
    moved = update(placed_calls).where(placed_calls.c.ref == ref, placed_calls.c.state.in_(from_)).values(**values)
    return db.execute(moved.returning(placed_calls.c.id)).first() is not None


def name_outbound_call(db: Connection, ref: str, *, call: str) -> None:
    """Twilio's name for it, from whatever tells it first."""
    unnamed = placed_calls.c.ref == ref, placed_calls.c.call.is_(None)
    db.execute(update(placed_calls).where(*unnamed).values(call=call))


def end_placed_calls_of(db: Connection, *, call: str, at: datetime) -> None:
    """What this call was placed as is over: whoever answered asks to be called again."""
    mine = placed_calls.c.call == call, placed_calls.c.state.in_(OPEN_PLACED)
    ended = {"state": OutboundState.ENDED.value, "result": OutboundResult.PERSON.value, "ended_at": at}
    db.execute(update(placed_calls).where(*mine).values(**ended))


def lock_placing(db: Connection) -> None:
    """Until the transaction ends nobody else places a call: caps are exact. Nothing is locked after this."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext("sami/placing"))))


def count_placed(db: Connection, *, since: datetime, line: str | None = None, phone: str | None = None) -> int:
    """How many calls were placed after an instant: from this line, to this phone, or by all of us."""
    counted = select(func.count()).where(placed_calls.c.placed_at > since)
    if line is not None:
        counted = counted.where(placed_calls.c.line == line)
    if phone is not None:
        counted = counted.where(placed_calls.c.phone == phone)
    return int(db.execute(counted).scalar_one())


def is_on_the_phone(db: Connection, *, lead_id: int, since: datetime) -> bool:
    """The lead is in a call with us that began after an instant and of whose end nothing was heard."""
    live = calls.c.lead_id == lead_id, calls.c.ended_at.is_(None), calls.c.arrived_at > since
    theirs = calls.c.state != CallState.CALLING_BACK
    return (
        db.execute(select(calls.c.id).where(*live, or_(theirs, calls.c.accepted_by.is_not(None)))).first() is not None
    )


def due_call_backs(db: Connection, *, now: datetime, limit: int) -> list[Row[Any]]:
    """Calls that an agent is to be rung for first, whoever asked first before the others."""
    due = placed_calls.c.agent_first.is_(True), placed_calls.c.due_at <= now, placed_calls.c.state.in_(OPEN_PLACED)
    return list(db.execute(select(placed_calls).where(*due).order_by(placed_calls.c.id).limit(limit)))


def take_call_back(db: Connection, ref: str, *, call: str) -> bool:
    """The first to ring somebody for it names the call that it becomes."""
    mine = placed_calls.c.ref == ref, placed_calls.c.state == OutboundState.WAITING, placed_calls.c.call.is_(None)
    taken = update(placed_calls).where(*mine).values(call=call)
    return db.execute(taken.returning(placed_calls.c.id)).first() is not None


def finish_missed_task(db: Connection, *, of_call: str, at: datetime, by: Actor) -> None:
    """What the missed transfer asked somebody to do is done."""
    mine = tasks.c.dedupe_key == f"missed/{of_call}", tasks.c.state == "open"
    db.execute(update(tasks).where(*mine).values(state="done", done_at=at, **actor_columns(by, "done_by")))


def unheard_placed_calls(db: Connection, *, before: datetime, limit: int) -> list[Row[Any]]:
    """Calls to leads that Twilio was asked for before an instant and whose end was not heard."""
    open_ = placed_calls.c.state.in_((OutboundState.PLACED, OutboundState.ANSWERED)), placed_calls.c.placed_at < before
    mine = *open_, placed_calls.c.agent_first.is_(False), placed_calls.c.call.is_not(None)
    return list(db.execute(select(placed_calls).where(*mine).order_by(placed_calls.c.id).limit(limit)))


def known_placed_sids(db: Connection, *, phone: str, since: datetime) -> frozenset[str]:
    mine = placed_calls.c.phone == phone, placed_calls.c.placed_at >= since, placed_calls.c.call.is_not(None)
    return frozenset(db.execute(select(placed_calls.c.call).where(*mine)).scalars())
