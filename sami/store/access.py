"""Tables of access: who may ask the API for what, and batches of leads that came or moved together."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from sami.store.schema import one_of, table_of
from sami.store.types import Json, UtcDateTime


class ApiKeyRow(SQLModel, table=True):
    """A bearer key of the API. The key itself is shown once; kept is its SHA-256 (S16)."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("hash"))

    id: int | None = Field(default=None, primary_key=True)
    name: str
    hash: str
    scopes: list[str] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LeadBatchRow(SQLModel, table=True):
    """Leads imported from one file, or given to other owners in one go; undone at most once."""

    __tablename__ = "lead_batch"
    __table_args__ = (UniqueConstraint("ref"), one_of("kind", ("import", "reassignment", "absence")))

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    kind: str
    title: str
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str | None = None


class LeadBatchEntryRow(SQLModel, table=True):
    """What one batch did to one lead: `before` is what it was, None where the batch made it."""

    __tablename__ = "lead_batch_entry"
    __table_args__ = (Index("ix_lead_batch_entry_batch", "batch"),)

    id: int | None = Field(default=None, primary_key=True)
    batch: str
    lead_id: int = Field(foreign_key="lead.id")
    row: int | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)


api_keys = table_of(ApiKeyRow)
lead_batches = table_of(LeadBatchRow)
lead_batch_entries = table_of(LeadBatchEntryRow)
