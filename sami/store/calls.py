"""Tables of calls, the phones rung in them, and the decisions behind both."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Index,
    Row,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import e164, insert_on, one_of, table_of
from sami.domain.agents.attempt_end import MISSES, AttemptEnd
from sami.domain.calls.states import CallState
from sami.domain.leads.outcome import Outcome
from sami.domain.organisation.document import RING_TIMEOUT_S

_RECORDED = text("recording_url IS NOT NULL")
_OPEN = text("ended_at IS NULL")


_JOINED = text("joined_at IS NOT NULL")


class CallRow(SQLModel, table=True):
    """A call: the machine's progress and what came of it. `caller` is the lead's side, also where we called.

    `placed` is the call of ours (`placed_call.ref`) that this is; None: they called. `reported` is what was said
    afterwards to have come of it, which does not replace how the transfer went. `blocked`: the caller was kept out, and
    why.
    """

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("sid"),
        one_of("state", CallState),
        one_of("outcome", Outcome),
        one_of("reported", Outcome),
        e164("caller"),
        CheckConstraint("joined_at IS NULL OR transfer_at IS NOT NULL", name="joined_only_after_transfer"),
        Index("ix_call_lead_id", "lead_id"),
        Index("ix_call_lead_joined", "lead_id", "joined_at", postgresql_where=_JOINED, sqlite_where=_JOINED),
        Index("ix_call_arrived_at", "arrived_at", "id"),
        Index("ix_call_line", "line", "id"),
        Index("ix_call_outcome", "outcome", "id"),
        Index("ix_call_open", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_call_recorded", "arrived_at", postgresql_where=_RECORDED, sqlite_where=_RECORDED),
    )

    id: int | None = Field(default=None, primary_key=True)
    sid: str
    version: int | None = Field(default=None, foreign_key="organisation_version.version")
    line: str
    bot: str | None = None
    caller: str | None = None
    call_token: str | None = None
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    state: str
    progress: str
    accepted_by: str | None = None
    outcome: str | None = None
    abandoned: bool = False
    safety_net: bool = False
    arrived_at: datetime = Field(sa_type=UtcDateTime)
    transfer_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recording_url: str | None = None
    placed: str | None = None
    reported: str | None = None
    blocked: str | None = None


class AttemptRow(SQLModel, table=True):
    """One phone rung in a call: how it ended, in one word, and its six instants.

    `created`: Twilio has told of the leg by itself. That its API took the order says no more than `leg_sid`.
    `asked_at`: when whoever picked up a screened phone was told who calls, and which keys to press.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("ref"),
        one_of("ended", AttemptEnd),
        e164("phone"),
        Index("ix_attempt_call_id", "call_id"),
        Index("ix_attempt_agent_id", "agent_id"),
        Index("ix_attempt_agent_call", "agent_id", "call_id"),
        Index("ix_attempt_ended", "ended", "call_id"),
        Index("ix_attempt_phone", "phone", "offered_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    call_id: int = Field(foreign_key="call.id")
    turn: int
    stage: str
    way: str
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    name: str = ""
    phone: str
    screened: bool = True
    ring_s: int = RING_TIMEOUT_S
    leg_sid: str | None = None
    created: bool = False
    pressed: str | None = None
    bridged: bool | None = None
    caller_left: bool = False
    taken: bool = False
    leg_status: str | None = None
    error_code: int | None = None
    ended: str | None = None
    offered_at: datetime = Field(sa_type=UtcDateTime)
    ringing_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    picked_up_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DecisionRow(SQLModel, table=True):
    """A decision with the facts it was made from, so that it can be made again. Documents are JSON text as written."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("ref"),
        Index("ix_decision_call_id", "call_id"),
        Index("ix_decision_lead_id", "lead_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    version: int | None = Field(default=None, foreign_key="organisation_version.version")
    call_id: int | None = Field(default=None, foreign_key="call.id")
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    policy_version: int | None = None
    facts: str
    trace: str
    chosen: str


class CallGateRow(SQLModel, table=True):
    """A gate kept somebody from ringing in a call: once for each, so that calls can be found by it."""

    __tablename__ = "call_gate"
    __table_args__ = ({"sqlite_with_rowid": False},)

    gate: str = Field(primary_key=True)
    call_id: int = Field(primary_key=True, foreign_key="call.id")


calls = table_of(CallRow)
attempts = table_of(AttemptRow)
decisions = table_of(DecisionRow)
call_gates = table_of(CallGateRow)


_FIND = select(calls).where(calls.c.sid == bindparam("call_sid"))
_LOCK = Prepared(_FIND.with_for_update())
_WAITING = Prepared(
    select(calls)
    .where(calls.c.state == CallState.QUEUED, calls.c.ended_at.is_(None), calls.c.accepted_by.is_(None))
    .order_by(calls.c.id)
)
_ATTEMPTS = Prepared(select(attempts).where(attempts.c.call_id == bindparam("of_call")).order_by(attempts.c.id))
_ATTEMPT = Prepared(select(attempts).where(attempts.c.ref == bindparam("of_ref")))
_CALL_OF_ATTEMPT = Prepared(
    select(calls.c.sid).join(attempts, attempts.c.call_id == calls.c.id).where(attempts.c.ref == bindparam("of_ref"))
)
# Where the first key press takes the call. Two comparisons, because a prepared statement expands no list.
_OFFERED = or_(calls.c.state == CallState.QUEUED, calls.c.state == CallState.CALLING_BACK)
_ACCEPT = Prepared(
    update(calls)
    .where(calls.c.id == bindparam("call_id"), calls.c.accepted_by.is_(None), _OFFERED)
    .values(accepted_by=bindparam("by_ref"))
    .returning(calls.c.id)
)
_INSERT_CALL = Prepared(insert(calls).returning(calls.c.id))
_INSERT_ATTEMPT = Prepared(insert(attempts).inline())
_NOTE_GATE = Prepared(lambda dialect: insert_on(dialect, call_gates).inline().on_conflict_do_nothing())
_INSERT_DECISION = Prepared(insert(decisions).inline())
_UPDATE_CALL = Prepared(update(calls).where(calls.c.id == bindparam("of_call")))
_UPDATE_ATTEMPT = Prepared(update(attempts).where(attempts.c.id == bindparam("of_attempt")))
_DIALLED_SINCE = select(func.count()).where(
    attempts.c.phone == bindparam("of_phone"), attempts.c.offered_at > bindparam("since")
)


def insert_call(db: Connection, **values: Any) -> int:
    inserted = _INSERT_CALL.first(db, values)
    assert inserted is not None, "an insert that does not raise returns its row"
    return int(inserted.id)


def find_call(db: Connection, sid: str) -> Row[Any] | None:
    return db.execute(_FIND, {"call_sid": sid}).first()


def lock_call(db: Connection, sid: str) -> Row[Any] | None:
    """The call, kept from every other transaction until this one ends."""
    return _LOCK.first(db, {"call_sid": sid})


def lock_call_by_id(db: Connection, call_id: int) -> Row[Any] | None:
    """Like `lock_call`, by the number that people know the call by."""
    return db.execute(select(calls).where(calls.c.id == call_id).with_for_update()).first()


def waiting_calls(db: Connection) -> list[Row[Any]]:
    """Calls of which the caller waits in a queue."""
    return _WAITING.all(db, {})


def update_call(db: Connection, call_id: int, **values: Any) -> None:
    _UPDATE_CALL.run(db, {"of_call": call_id, **values})


def accept_call(db: Connection, *, call_id: int, ref: str) -> bool:
    """The first key press takes the waiting caller, or the call back; every later one hears who did."""
    return _ACCEPT.first(db, {"call_id": call_id, "by_ref": ref}) is not None


def insert_attempts(db: Connection, rows: list[dict[str, Any]]) -> None:
    _INSERT_ATTEMPT.run_each(db, rows)


def attempts_of(db: Connection, call_id: int) -> list[Row[Any]]:
    return _ATTEMPTS.all(db, {"of_call": call_id})


def find_attempt(db: Connection, ref: str) -> Row[Any] | None:
    return _ATTEMPT.first(db, {"of_ref": ref})


def call_of_attempt(db: Connection, ref: str) -> str | None:
    """The SID of the call in which this phone is rung."""
    found = _CALL_OF_ATTEMPT.first(db, {"of_ref": ref})
    return None if found is None else found.sid


def update_attempt(db: Connection, attempt_id: int, **values: Any) -> None:
    _UPDATE_ATTEMPT.run(db, {"of_attempt": attempt_id, **values})


def insert_decision(db: Connection, **values: Any) -> None:
    _INSERT_DECISION.run(db, values)


def note_gates(db: Connection, *, call_id: int, gates: Collection[str]) -> None:
    """Calls can be listed by these."""
    _NOTE_GATE.run_each(db, [{"gate": str(gate), "call_id": call_id} for gate in sorted(gates)])


def decisions_of(db: Connection, call_id: int) -> list[Row[Any]]:
    return list(db.execute(select(decisions).where(decisions.c.call_id == call_id).order_by(decisions.c.id)))


def decisions_made(db: Connection, *, since: datetime, until: datetime) -> Iterator[Row[Any]]:
    """Decisions of every kind, in the order in which they were made."""
    made = select(decisions).where(decisions.c.at >= since, decisions.c.at <= until).order_by(decisions.c.id)
    for page in db.execute(made.execution_options(yield_per=500)).partitions():
        yield from page


def count_decisions(db: Connection, *, since: datetime, until: datetime) -> int:
    made = select(func.count()).select_from(decisions).where(decisions.c.at >= since, decisions.c.at <= until)
    return int(db.execute(made).scalar_one())


def count_safety_net_calls(db: Connection, *, since: datetime) -> int:
    """Calls that arrived after an instant and were answered without the database, or by what stands in for us."""
    answered = calls.c.safety_net.is_(True), calls.c.arrived_at >= since
    return int(db.execute(select(func.count()).select_from(calls).where(*answered)).scalar_one())


def dialled_since(db: Connection, *, phone: str, since: datetime) -> int:
    """How often this phone was rung after an instant (S3's cap on fallback numbers)."""
    return int(db.execute(_DIALLED_SINCE, {"of_phone": phone, "since": since}).scalar_one())


def last_misses(db: Connection, *, agent_id: int, count: int) -> list[datetime]:
    """When this agent's newest misses were offered, oldest first."""
    missed = select(attempts.c.offered_at).where(attempts.c.agent_id == agent_id, attempts.c.ended.in_(MISSES))
    return list(db.execute(missed.order_by(attempts.c.id.desc()).limit(count)).scalars())[::-1]
