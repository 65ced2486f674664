"""Tables of leads: who they are, who owns them, what happened to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from sami.store.schema import e164, table_of
from sami.store.types import Json, UtcDateTime


class LeadRow(SQLModel, table=True):
    """A person who may become a customer; one per phone."""

    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("phone"),
        e164("phone"),
        CheckConstraint("owner_id IS NOT NULL OR unowned_reason IS NOT NULL", name="owned_or_says_why_not"),
        Index("ix_lead_owner_id", "owner_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    phone: str | None = None
    name: str = ""
    email: str | None = None
    source: str = ""
    stage: str = "NEW"
    owner_id: int | None = Field(default=None, foreign_key="agent.id")
    unowned_reason: str | None = None
    attributes: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_spoke_with_id: int | None = Field(default=None, foreign_key="agent.id")
    last_spoke_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OwnershipRow(SQLModel, table=True):
    """One change of a lead's owner: from, to, why, who, when. Never changed."""

    __tablename__ = "ownership"
    __table_args__ = (Index("ix_ownership_lead_id", "lead_id"),)

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    from_id: int | None = Field(default=None, foreign_key="agent.id")
    to_id: int | None = Field(default=None, foreign_key="agent.id")
    why: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    decision: str | None = None


class TimelineRow(SQLModel, table=True):
    """One line of what happened to a lead, never changed."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index("ix_timeline_entry_lead_id", "lead_id"),)

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    text: str
    call: str | None = None


class TurnCreditRow(SQLModel, table=True):
    """An agent's credit in the smooth weighted round robin of one pool."""

    __tablename__ = "turn_credit"

    pool: str = Field(primary_key=True)
    agent_id: int = Field(primary_key=True, foreign_key="agent.id")
    credit: int = 0


leads = table_of(LeadRow)
ownerships = table_of(OwnershipRow)
timeline = table_of(TimelineRow)
turn_credits = table_of(TurnCreditRow)
