"""Table of what leads' texts looked like, as it was texted to one of ours, so that they may accept it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, insert, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import one_of, table_of
from sami.domain.leads.outcome import Outcome


class SuggestionRow(SQLModel, table=True):
    """What one text looked like, told to one agent. `text_sid` is the lead's text, `later_at` the time it named."""

    __tablename__ = "suggestion"
    __table_args__ = (one_of("outcome", Outcome), Index("ix_suggestion_lead_id", "lead_id", "id"))

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    agent_id: int = Field(foreign_key="agent.id")
    outcome: str
    later_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    text_sid: str
    at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


suggestions = table_of(SuggestionRow)


def insert_suggestion(db: Connection, **values: Any) -> None:
    db.execute(insert(suggestions).values(**values))


def newest_suggestion(db: Connection, *, lead_id: int, agent_id: int | None = None) -> Row[Any] | None:
    """The last one about this lead, told to anybody or to this agent."""
    found = select(suggestions).where(suggestions.c.lead_id == lead_id)
    if agent_id is not None:
        found = found.where(suggestions.c.agent_id == agent_id)
    return db.execute(found.order_by(suggestions.c.id.desc()).limit(1)).first()


def mark_accepted(db: Connection, *, text_sid: str, lead_id: int, at: datetime) -> None:
    """Whoever it was told to."""
    same = suggestions.c.lead_id == lead_id, suggestions.c.text_sid == text_sid
    db.execute(update(suggestions).where(*same).values(accepted_at=at))
