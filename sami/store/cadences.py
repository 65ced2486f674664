"""Tables of cadences: which lead is where in which, and what became of each step."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, UniqueConstraint, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel

from sami.domain.enrolments import OPEN_STATES, EnrolmentState, StepState
from sami.store.schema import e164, one_of, table_of
from sami.store.types import UtcDateTime

_OPEN = text("state IN ('active', 'paused')")
_WAITS = text("due_at IS NOT NULL")
_OF_A_CALL = text("call IS NOT NULL")


class EnrolmentRow(SQLModel, table=True):
    """One lead in one cadence, in the version of the organisation's file that it began with.

    `position` is the step that comes next. `due_at` is when somebody must look again, None where only a person resumes
    it; `step_from` is when the step before was over, from which a wait counts. `reason` and `by`: of the last change of
    state. `call`: the one whose outcome ended it.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        one_of("state", EnrolmentState),
        e164("line"),
        Index("uq_enrolment_open", "lead_id", "cadence", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_enrolment_due_at", "due_at", "id", postgresql_where=_WAITS, sqlite_where=_WAITS),
        Index("ix_enrolment_lead_id", "lead_id"),
        Index("ix_enrolment_call", "call", postgresql_where=_OF_A_CALL, sqlite_where=_OF_A_CALL),
    )

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    cadence: str
    version: int = Field(foreign_key="organisation_version.version")
    state: str = EnrolmentState.ACTIVE.value
    reason: str = ""
    by: str = ""
    position: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    step_from: datetime = Field(sa_type=UtcDateTime)
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    line: str | None = None
    enrolled_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    call: str | None = None


class EnrolmentStepRow(SQLModel, table=True):
    """What became of one step; no step of an enrolment is taken twice."""

    __tablename__ = "enrolment_step"
    __table_args__ = (UniqueConstraint("enrolment_id", "position"), one_of("state", StepState))

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    position: int
    do: str
    state: str
    why: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class PaceRow(SQLModel, table=True):
    """When the next text of a cadence may leave: from one line (`name` is its phone), and from the `account`."""

    __tablename__ = "pace"

    name: str = Field(primary_key=True)
    free_at: datetime = Field(sa_type=UtcDateTime)


enrolments = table_of(EnrolmentRow)
enrolment_steps = table_of(EnrolmentStepRow)
paces = table_of(PaceRow)


def insert_enrolment(db: Connection, **values: Any) -> int | None:
    """The new enrolment's id, or None where the lead is in this cadence already."""
    dialect: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    inserted = dialect.insert(enrolments).values(**values).on_conflict_do_nothing()
    found = db.execute(inserted.returning(enrolments.c.id)).scalar()
    return None if found is None else int(found)


def enrolments_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    """The first one first."""
    return list(db.execute(select(enrolments).where(enrolments.c.lead_id == lead_id).order_by(enrolments.c.id)))


def read_enrolment_kept(db: Connection, enrolment_id: int) -> Row[Any] | None:
    """The enrolment, which nobody changes until this transaction ends."""
    found = select(enrolments).where(enrolments.c.id == enrolment_id)
    return db.execute(found.with_for_update(read=True)).first()


def cancel_enrolments(
    db: Connection, *, lead_id: int, cadence: str | None, why: str, by: str, at: datetime, call: str | None = None
) -> list[str]:
    """The cadences that this ended. A step under way is waited for, and none begins after it (R9)."""
    ended = {"state": EnrolmentState.CANCELLED.value, "reason": why, "by": by, "ended_at": at, "call": call}
    return _change(db, lead_id, cadence, OPEN_STATES, {**ended, "due_at": None, "paused_until": None})


def pause_enrolments(db: Connection, *, lead_id: int, until: datetime | None, why: str, by: str) -> list[str]:
    """The cadences that this holds back; with an end, the runner resumes them then."""
    paused = {"state": EnrolmentState.PAUSED.value, "reason": why, "by": by, "paused_until": until, "due_at": until}
    return _change(db, lead_id, None, OPEN_STATES, paused)


def _change(
    db: Connection, lead_id: int, cadence: str | None, states: frozenset[EnrolmentState], values: dict[str, Any]
) -> list[str]:
    of = [enrolments.c.lead_id == lead_id, enrolments.c.state.in_(states)]
    if cadence is not None:
        of.append(enrolments.c.cadence == cadence)
    return list(db.execute(update(enrolments).where(*of).values(**values).returning(enrolments.c.cadence)).scalars())
