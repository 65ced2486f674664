"""Tables of work: requests already answered, things to say outside, things for people to do."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from sami.store.schema import one_of, table_of
from sami.store.types import Json, UtcDateTime


class ReceivedWebhookRow(SQLModel, table=True):
    """A key and the answer given: the same question gets the same words. The key is claimed before the work."""

    __tablename__ = "received_webhook"
    __table_args__ = (Index("ix_received_webhook_received_at", "received_at"),)

    key: str = Field(primary_key=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    answer: str | None = None


class OutboxRow(SQLModel, table=True):
    """Something to say outside after commit. `sending` is marked first; `unknown` means that the answer was lost."""

    __tablename__ = "outbox_item"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", ("pending", "sending", "sent", "failed", "cancelled", "unknown")),
        one_of("kind", ("text", "ring_leg", "end_leg", "redirect_caller", "delete_queue")),
        Index("ix_outbox_item_due", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    dedupe_key: str
    payload: dict[str, Any] = Field(sa_type=Json)
    state: str = "pending"
    due_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    error: str = ""
    carrier_sid: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TaskRow(SQLModel, table=True):
    """Something a person must do by a time. No owner means the admins' queue."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", ("open", "done")),
        Index("ix_task_owner_id", "owner_id", "state"),
        Index("ix_task_call", "call"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str
    title: str
    owner_id: int | None = Field(default=None, foreign_key="agent.id")
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    call: str | None = None
    recording_url: str | None = None
    state: str = "open"
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


received_webhooks = table_of(ReceivedWebhookRow)
outbox_items = table_of(OutboxRow)
tasks = table_of(TaskRow)
