"""Tables of calls, the phones rung in them, and the decisions behind both."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from sami.domain.attempts import AttemptEnd
from sami.domain.call_flow import CallState
from sami.domain.outcomes import Outcome
from sami.store.schema import e164, one_of, table_of
from sami.store.types import UtcDateTime


class CallRow(SQLModel, table=True):
    """An inbound call: the machine's progress and what came of it."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("sid"),
        one_of("state", CallState),
        one_of("outcome", Outcome),
        e164("caller"),
        CheckConstraint("joined_at IS NULL OR transfer_at IS NOT NULL", name="joined_only_after_transfer"),
        Index("ix_call_open", "state", "arrived_at"),
        Index("ix_call_lead_id", "lead_id"),
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


class AttemptRow(SQLModel, table=True):
    """One phone rung in a call: how it ended, in one word, and its six instants."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("ref"),
        one_of("ended", AttemptEnd),
        e164("phone"),
        Index("ix_attempt_call_id", "call_id"),
        Index("ix_attempt_leg_sid", "leg_sid"),
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
    ring_s: int = 20
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
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DecisionRow(SQLModel, table=True):
    """A decision with the facts it was made from, so that it can be made again. Documents are JSON text as written."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("ref"), Index("ix_decision_call_id", "call_id"))

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    version: int | None = Field(default=None, foreign_key="organisation_version.version")
    call_id: int | None = Field(default=None, foreign_key="call.id")
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    facts: str
    trace: str
    chosen: str


calls = table_of(CallRow)
attempts = table_of(AttemptRow)
decisions = table_of(DecisionRow)
