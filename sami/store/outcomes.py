"""Tables of outcomes: what was reported of a call afterwards, and actions that failed and are tried again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, UniqueConstraint, insert, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.tables import insert_on, one_of, table_of
from sami.domain.leads.outcome import Outcome


class OutcomeReportRow(SQLModel, table=True):
    """What somebody said a call came to. `later_at` is when the caller wants to be contacted; never changed.

    `before` is how things stood before and after it, so that it can be taken back; `undone_at` when it was.
    """

    __tablename__ = "outcome_report"
    __table_args__ = (one_of("outcome", Outcome), Index("ix_outcome_report_call_id", "call_id"))

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="call.id")
    outcome: str
    note: str = ""
    later_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FailedActionRow(SQLModel, table=True):
    """One action that failed while the others of its occasion stood; it is tried again alone."""

    __tablename__ = "failed_action"
    __table_args__ = (
        UniqueConstraint("key"),
        one_of("state", ("pending", "done", "given_up")),
        Index("ix_failed_action_due_at", "state", "due_at"),
        Index("ix_failed_action_lead_id", "lead_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    action: dict[str, Any] = Field(sa_type=Json)
    number: int
    occasion: dict[str, Any] = Field(sa_type=Json)
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    state: str = "pending"
    tries: int = 1
    error: str = ""
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


outcome_reports = table_of(OutcomeReportRow)
failed_actions = table_of(FailedActionRow)


def insert_report(db: Connection, **values: Any) -> int:
    return int(db.execute(insert(outcome_reports).values(**values).returning(outcome_reports.c.id)).scalar_one())


def reports_of(db: Connection, call_id: int) -> list[Row[Any]]:
    mine = select(outcome_reports).where(outcome_reports.c.call_id == call_id)
    return list(db.execute(mine.order_by(outcome_reports.c.id)))


def keep_standing(db: Connection, report_id: int, before: dict[str, Any]) -> None:
    db.execute(update(outcome_reports).where(outcome_reports.c.id == report_id).values(before=before))


def last_report_of(db: Connection, call_id: int) -> Row[Any] | None:
    """The newest that was not taken back."""
    mine = outcome_reports.c.call_id == call_id, outcome_reports.c.undone_at.is_(None)
    return db.execute(select(outcome_reports).where(*mine).order_by(outcome_reports.c.id.desc()).limit(1)).first()


def mark_undone(db: Connection, report_id: int, *, at: datetime) -> None:
    db.execute(update(outcome_reports).where(outcome_reports.c.id == report_id).values(undone_at=at))


def insert_failed_action(db: Connection, **values: Any) -> None:
    """One row for each action of an occasion, however often it fails."""
    db.execute(
        insert_on(db.dialect.name, failed_actions).values(**values).on_conflict_do_nothing(index_elements=["key"])
    )


def failed_actions_due(db: Connection, *, at: datetime, limit: int) -> list[Row[Any]]:
    """Locked, so that two workers do not try the same one."""
    due = select(failed_actions).where(failed_actions.c.state == "pending", failed_actions.c.due_at <= at)
    ordered = due.order_by(failed_actions.c.due_at, failed_actions.c.id).limit(limit)
    return list(db.execute(ordered.with_for_update(skip_locked=True)))


def settle_failed_action(db: Connection, action_id: int, **values: Any) -> None:
    db.execute(update(failed_actions).where(failed_actions.c.id == action_id).values(**values))
