"""Tables of notices: what agents are told in the app, how each wants to be told, and who hears of events outside."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel

from sami.store.schema import table_of
from sami.store.types import Json, UtcDateTime


def _list_column(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False, server_default="[]")


class NoticeRow(SQLModel, table=True):
    """One notice in the app, until its agent has read it."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("dedupe_key"), Index("ix_notice_agent_id", "agent_id", "read_at"))

    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str
    agent_id: int = Field(foreign_key="agent.id")
    body: str
    call: str | None = None
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class NoticePreferenceRow(SQLModel, table=True):
    """How an agent wants to be told what can wait: through which channels, and not between these local times."""

    __tablename__ = "notice_preference"

    agent_id: int = Field(primary_key=True, foreign_key="agent.id")
    channels: list[str] = Field(default_factory=list, sa_column=_list_column("channels"))
    quiet_from: str | None = None
    quiet_to: str | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)


class SubscriptionRow(SQLModel, table=True):
    """Where announcements go: an address, the secret that signs them, and the events it asked for (empty: all)."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("ref"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    url: str
    secret: str
    events: list[str] = Field(default_factory=list, sa_column=_list_column("events"))
    active: bool = True
    why: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)


class AnnouncementTryRow(SQLModel, table=True):
    """One try to deliver an announcement: the log of deliveries."""

    __tablename__ = "announcement_try"
    __table_args__ = (Index("ix_announcement_try_item_id", "item_id"), Index("ix_announcement_try_at", "at"))

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="outbox_item.id")
    at: datetime = Field(sa_type=UtcDateTime)
    status: int | None = None
    took_ms: int = 0
    detail: str = ""


notices = table_of(NoticeRow)
notice_preferences = table_of(NoticePreferenceRow)
subscriptions = table_of(SubscriptionRow)
announcement_tries = table_of(AnnouncementTryRow)


def insert_notice(db: Connection, **values: Any) -> None:
    """Once for each occasion and person."""
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    db.execute(dialect.insert(notices).values(**values).on_conflict_do_nothing(index_elements=["dedupe_key"]))
