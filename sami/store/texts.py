"""Tables of texts and of what phones permit."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Row, UniqueConstraint, false, func, insert, select, text, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.tables import e164, insert_on, one_of, table_of
from sami.domain.consent.permission import NEVER, Channel
from sami.domain.delivery.carrier_codes import NO_TEXTS_CODES
from sami.domain.delivery.carrier_words import MessageStatus

_WAITS = text("classify_at IS NOT NULL")


class TextRow(SQLModel, table=True):
    """One text, in or out. `sid` is the carrier's; absent while an outgoing text waits in the outbox.

    `media` are the carrier's links to what was attached. `classify_at`: when a classifier is next to be asked about it.
    `is_reply`: it answers a text, and was given as the answer to its webhook.
    """

    __tablename__ = "text"
    __table_args__ = (
        UniqueConstraint("sid"),
        UniqueConstraint("dedupe_key"),
        one_of("direction", ("in", "out")),
        e164("phone"),
        Index("ix_text_phone", "phone"),
        Index("ix_text_call", "call"),
        Index("ix_text_classify_at", "classify_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
    )

    id: int | None = Field(default=None, primary_key=True)
    direction: str
    phone: str
    line: str
    body: str
    sid: str | None = None
    dedupe_key: str | None = None
    status: str = "queued"
    error_code: int | None = None
    call: str | None = None
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    agent_id: int | None = Field(default=None, foreign_key="agent.id")
    at: datetime = Field(sa_type=UtcDateTime)
    media: list[str] = Field(default_factory=list, sa_column=Column("media", Json, nullable=False, server_default="[]"))
    classify_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_reply: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class ConsentRow(SQLModel, table=True):
    """What one phone said of being texted. No row means nothing was ever said."""

    __tablename__ = "consent"
    __table_args__ = (one_of("state", ("opted_in", "opted_out")), e164("phone"))

    phone: str = Field(primary_key=True)
    state: str
    source: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class DoNotContactRow(SQLModel, table=True):
    """A phone that one channel may not use: until a date, or for ever. Consent given later does not lift it."""

    __tablename__ = "do_not_contact"
    __table_args__ = (one_of("channel", Channel), e164("phone"))

    phone: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source: str
    at: datetime = Field(sa_type=UtcDateTime)


class ConsentChangeRow(SQLModel, table=True):
    """The ledger behind `consent` and `do_not_contact`: each change with its source and instant, never changed.

    `channel` None: every one. `words` are what was said, where that is known.
    """

    __tablename__ = "consent_change"
    __table_args__ = (Index("ix_consent_change_phone", "phone"),)

    id: int | None = Field(default=None, primary_key=True)
    phone: str
    state: str
    source: str
    at: datetime = Field(sa_type=UtcDateTime)
    channel: str | None = None
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    words: str | None = None


class BadNumberRow(SQLModel, table=True):
    """A phone the carrier refused for good: never texted again, nor called unless the code is about texts alone."""

    __tablename__ = "bad_number"

    phone: str = Field(primary_key=True)
    error_code: int
    at: datetime = Field(sa_type=UtcDateTime)


texts = table_of(TextRow)
consents = table_of(ConsentRow)
consent_changes = table_of(ConsentChangeRow)
do_not_contact = table_of(DoNotContactRow)
bad_numbers = table_of(BadNumberRow)


# Late news never moves a text back: `sent` may follow `delivered` (twilio.md, Requests).
STATUS_RANKS = {
    MessageStatus.UNKNOWN: 0,
    MessageStatus.QUEUED: 0,
    MessageStatus.ACCEPTED: 1,
    MessageStatus.SENDING: 2,
    MessageStatus.SENT: 3,
    MessageStatus.DELIVERED: 4,
    MessageStatus.UNDELIVERED: 4,
    MessageStatus.FAILED: 4,
}


def insert_texts(db: Connection, rows: list[dict[str, Any]]) -> None:
    db.execute(insert_on(db.dialect.name, texts).on_conflict_do_nothing(), rows)


def note_text_status(db: Connection, *, sid: str, status: MessageStatus, error_code: int | None) -> Row[Any] | None:
    """Move a text's state forward; the text where it moved."""
    rank = STATUS_RANKS.get(status)
    earlier = [name for name, known in STATUS_RANKS.items() if rank is not None and known < rank]
    moved = (
        update(texts)
        .where(texts.c.sid == sid, texts.c.status.in_(earlier))
        .values(status=status, error_code=error_code)
        .returning(*texts.c)
    )
    return db.execute(moved).first()


def texts_of_call(db: Connection, call: str) -> list[Row[Any]]:
    return list(db.execute(select(texts).where(texts.c.call == call).order_by(texts.c.id)))


def replies_since(db: Connection, *, phone: str, since: datetime) -> int:
    """How many texts this phone was answered with after an instant (S4's cap)."""
    replied = texts.c.is_reply, texts.c.phone == phone
    return int(db.execute(select(func.count()).where(*replied, texts.c.at > since)).scalar_one())


def opted_out_at(db: Connection, phone: str) -> datetime | None:
    """The instant of their opt-out; None where they have not opted out."""
    of = consents.c.phone == phone, consents.c.state == "opted_out"
    return db.execute(select(consents.c.changed_at).where(*of)).scalar()


def consent_of(db: Connection, phone: str) -> str | None:
    return db.execute(select(consents.c.state).where(consents.c.phone == phone)).scalar()


def record_consent(
    db: Connection, *, phone: str, state: str, source: str, at: datetime, words: str | None = None
) -> None:
    """`words`: what was said, where that is known; the proof of it is in the ledger."""
    said = insert_on(db.dialect.name, consents).values(phone=phone, state=state, source=source, changed_at=at)
    db.execute(
        said.on_conflict_do_update(index_elements=["phone"], set_={"state": state, "source": source, "changed_at": at})
    )
    db.execute(insert(consent_changes).values(phone=phone, state=state, source=source, at=at, words=words))


def mark_bad_number(db: Connection, *, phone: str, error_code: int, at: datetime) -> None:
    values = {"error_code": error_code, "at": at}
    bad = insert_on(db.dialect.name, bad_numbers).values(phone=phone, **values)
    worse = bad_numbers.c.error_code.in_(NO_TEXTS_CODES)
    db.execute(bad.on_conflict_do_update(index_elements=["phone"], set_=values, where=worse))


def is_bad_number(db: Connection, phone: str) -> bool:
    """One that takes no texts is none: it may be called."""
    bad = bad_numbers.c.phone == phone, bad_numbers.c.error_code.not_in(NO_TEXTS_CODES)
    return db.execute(select(bad_numbers.c.phone).where(*bad)).first() is not None


def takes_no_texts(db: Connection, phone: str) -> bool:
    """As a text that came back has told."""
    textless = bad_numbers.c.phone == phone, bad_numbers.c.error_code.in_(NO_TEXTS_CODES)
    return db.execute(select(bad_numbers.c.phone).where(*textless)).first() is not None


def barred_until(db: Connection, *, phone: str, channel: str) -> datetime | None:
    """The instant until which this channel may not be used for this phone; `NEVER` for good."""
    barred = select(do_not_contact.c.until).where(do_not_contact.c.phone == phone, do_not_contact.c.channel == channel)
    found = db.execute(barred).first()
    return None if found is None else found.until or NEVER
