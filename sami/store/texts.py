"""Tables of texts and of what phones permit."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from sami.store.schema import e164, one_of, table_of
from sami.store.types import UtcDateTime


class TextRow(SQLModel, table=True):
    """One text, in or out. `sid` is the carrier's; absent while an outgoing text waits in the outbox."""

    __tablename__ = "text"
    __table_args__ = (
        UniqueConstraint("sid"),
        UniqueConstraint("dedupe_key"),
        one_of("direction", ("in", "out")),
        e164("phone"),
        Index("ix_text_phone", "phone"),
        Index("ix_text_call", "call"),
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


class ConsentRow(SQLModel, table=True):
    """What one phone said of being texted. No row means nothing was ever said."""

    __tablename__ = "consent"
    __table_args__ = (one_of("state", ("opted_in", "opted_out")), e164("phone"))

    phone: str = Field(primary_key=True)
    state: str
    source: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class BadNumberRow(SQLModel, table=True):
    """A phone the carrier refused for good: never texted again."""

    __tablename__ = "bad_number"

    phone: str = Field(primary_key=True)
    error_code: int
    at: datetime = Field(sa_type=UtcDateTime)


texts = table_of(TextRow)
consents = table_of(ConsentRow)
bad_numbers = table_of(BadNumberRow)
