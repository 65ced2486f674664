"""Tables of notices: what agents are told in the app, how each wants to be told, and who hears of events outside."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Row, Select, UniqueConstraint, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.tables import insert_on, table_of
from sami.domain.messages.notices import Wishes, read_wishes
from sami.store.people import agents


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
    db.execute(
        insert_on(db.dialect.name, notices).values(**values).on_conflict_do_nothing(index_elements=["dedupe_key"])
    )


def has_notice(db: Connection, dedupe_key: str) -> bool:
    return db.execute(select(notices.c.id).where(notices.c.dedupe_key == dedupe_key)).first() is not None


def show_notices(
    db: Connection, *, agent_id: int | None, unread: bool | None, after: int, limit: int
) -> list[Row[Any]]:
    """Those that fit every filter given, with `agent_key`, the oldest first."""
    wanted = [notices.c.id > after]
    if agent_id is not None:
        wanted.append(notices.c.agent_id == agent_id)
    if unread is not None:
        wanted.append(notices.c.read_at.is_(None) if unread else notices.c.read_at.is_not(None))
    return list(db.execute(_shown().where(*wanted).order_by(notices.c.id).limit(limit)))


def show_notice(db: Connection, notice_id: int) -> Row[Any] | None:
    return db.execute(_shown().where(notices.c.id == notice_id)).first()


def mark_notice(db: Connection, notice_id: int, *, read: bool, at: datetime) -> None:
    """It keeps the instant at which it was first read."""
    mine = notices.c.id == notice_id
    if read:
        db.execute(update(notices).where(mine, notices.c.read_at.is_(None)).values(read_at=at))
    else:
        db.execute(update(notices).where(mine).values(read_at=None))


def wishes_of(db: Connection, agent_id: int) -> Wishes:
    found = db.execute(select(notice_preferences).where(notice_preferences.c.agent_id == agent_id)).first()
    return Wishes() if found is None else read_wishes(found.channels, found.quiet_from, found.quiet_to)


def save_wishes(db: Connection, agent_id: int, wishes: Wishes, *, at: datetime) -> None:
    quiet = wishes.quiet
    values = {
        "channels": [channel.value for channel in wishes.channels],
        "quiet_from": None if quiet is None else f"{quiet.from_:%H:%M}",
        "quiet_to": None if quiet is None else f"{quiet.to:%H:%M}",
        "changed_at": at,
    }
    inserted = insert_on(db.dialect.name, notice_preferences).values(agent_id=agent_id, **values)
    db.execute(inserted.on_conflict_do_update(index_elements=["agent_id"], set_=values))


def _shown() -> Select[Any]:
    return select(notices, agents.c.key.label("agent_key")).join(agents, agents.c.id == notices.c.agent_id)
