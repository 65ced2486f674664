"""Tables of cadences: which lead is where in which, and what became of each step."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Index,
    Row,
    UniqueConstraint,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import e164, insert_on, one_of, table_of
from sami.domain.language.actor import Actor
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState, StepState
from sami.store.actors import actor_columns
from sami.store.calls import calls

_OPEN = text("state IN ('active', 'paused')")
_WAITS = text("due_at IS NOT NULL")
_OF_A_CALL = text("call IS NOT NULL")


class EnrolmentRow(SQLModel, table=True):
    """One lead in one cadence, in the version of the organisation's file that it began with.

    `position` is the step that comes next. `due_at` is when somebody must look again, None where only a person resumes
    it; `step_from` is when the step before was over, from which a wait counts. `reason` and `by`: of the last change of
    state. `call`: the one whose outcome ended it. What it wanted to say before `silenced_at` is no longer said, though
    it was completed by then (R9).
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
    actor_kind: str | None = None
    actor_key: str | None = None
    position: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    step_from: datetime = Field(sa_type=UtcDateTime)
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    line: str | None = None
    enrolled_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    call: str | None = None
    silenced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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

_LOCK = Prepared(select(enrolments).where(enrolments.c.id == bindparam("of_id")).with_for_update())
_IS_ACTIVE = enrolments.c.state == EnrolmentState.ACTIVE.value
_STAND = Prepared(
    update(enrolments)
    .where(enrolments.c.id == bindparam("of_id"))
    .values(
        position=bindparam("to_position"),
        step_from=bindparam("from_now"),
        due_at=case((_IS_ACTIVE, bindparam("next_at", type_=UtcDateTime())), else_=enrolments.c.due_at),
    )
)
_INSERT_STEP = Prepared(insert(enrolment_steps).inline())
_CONTACTS = Prepared(
    select(enrolment_steps.c.at)
    .join(enrolments, enrolments.c.id == enrolment_steps.c.enrolment_id)
    .where(
        enrolments.c.lead_id == bindparam("of_lead"),
        enrolment_steps.c.at >= bindparam("since"),
        enrolment_steps.c.state == StepState.DONE.value,
        or_(enrolment_steps.c.do == "text_lead", enrolment_steps.c.do == "call_lead"),
    )
)
_CALLING = Prepared(
    select(calls.c.id)
    .where(calls.c.lead_id == bindparam("of_lead"), calls.c.ended_at.is_(None), calls.c.arrived_at > bindparam("since"))
    .limit(1)
)


def insert_enrolment(db: Connection, **values: Any) -> int | None:
    """The new enrolment's id, or None where the lead is in this cadence already."""
    inserted = insert_on(db.dialect.name, enrolments).values(**values).on_conflict_do_nothing()
    found = db.execute(inserted.returning(enrolments.c.id)).scalar()
    return None if found is None else int(found)


def enrolments_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    """The first one first."""
    return list(db.execute(select(enrolments).where(enrolments.c.lead_id == lead_id).order_by(enrolments.c.id)))


def read_enrolment_kept(db: Connection, enrolment_id: int) -> Row[Any] | None:
    """The enrolment, which nobody changes until this transaction ends."""
    found = select(enrolments).where(enrolments.c.id == enrolment_id)
    return db.execute(found.with_for_update(read=True)).first()


def claim_due(db: Connection, *, now: datetime, leased_until: datetime, limit: int) -> list[Row[Any]]:
    """Enrolments that are due, the longest due first, and nobody else's until the lease ends.

    The lease is where `due_at` moves to, so the index of what is due holds nothing that is claimed.
    """
    due = (
        select(enrolments.c.id)
        .where(enrolments.c.due_at <= now)
        .order_by(enrolments.c.due_at, enrolments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # PostgreSQL may run a plain subquery again for each row, and then claims more than the limit.
    )
    claimed = (
        update(enrolments)
        .where(enrolments.c.id.in_(select(due.c.id)), enrolments.c.due_at <= now)
        .values(due_at=leased_until)
        .returning(*(enrolments.c[name] for name in ("id", "lead_id", "cadence", "version", "position")))
    )
    return sorted(db.execute(claimed), key=lambda enrolment: int(enrolment.id))


def release(db: Connection, ids: Collection[int], *, leased_until: datetime, due_at: datetime) -> None:
    """Claimed ones that nobody has looked at are due again."""
    still_mine = enrolments.c.id.in_(ids), enrolments.c.due_at == leased_until
    db.execute(update(enrolments).where(*still_mine).values(due_at=due_at))


def lock_enrolment(db: Connection, enrolment_id: int) -> Row[Any] | None:
    """The enrolment, kept from everybody else until this transaction ends; its lead is locked before it."""
    return _LOCK.first(db, {"of_id": enrolment_id})


def stand_at(db: Connection, enrolment_id: int, *, position: int, step_from: datetime, due_at: datetime | None) -> None:
    """Writes where the enrolment stands, and the next look while it is active: its own step may have ended it."""
    stands = {"to_position": position, "from_now": step_from, "next_at": due_at}
    _STAND.run(db, {"of_id": enrolment_id, **stands})


def end_enrolment(
    db: Connection, enrolment_id: int, *, state: EnrolmentState, position: int, why: str, by: Actor, at: datetime
) -> bool:
    """False where it had ended before."""
    ended = {
        "state": state.value,
        "reason": why,
        **actor_columns(by),
        "ended_at": at,
        "due_at": None,
        "paused_until": None,
    }
    still_open = enrolments.c.id == enrolment_id, enrolments.c.state.in_(OPEN_STATES)
    changed = update(enrolments).where(*still_open).values(position=position, **ended)
    return db.execute(changed.returning(enrolments.c.id)).first() is not None


def resume_enrolments(
    db: Connection, *, lead_id: int, cadence: str | None, why: str, by: Actor, at: datetime, only: int | None = None
) -> list[str]:
    """The cadences that go on; what fell due meanwhile is due now. `only`: this enrolment."""
    resumed = {
        "state": EnrolmentState.ACTIVE.value,
        "reason": why,
        **actor_columns(by),
        "paused_until": None,
        "due_at": at,
    }
    return _change(db, lead_id, cadence, frozenset({EnrolmentState.PAUSED}), resumed, only)


def insert_steps(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Raises where one of them was taken before: no step is taken twice."""
    _INSERT_STEP.run_each(db, rows)


def steps_of(db: Connection, enrolment_id: int) -> list[Row[Any]]:
    """What became of each step, in the order in which they were taken."""
    taken = select(enrolment_steps).where(enrolment_steps.c.enrolment_id == enrolment_id)
    return list(db.execute(taken.order_by(enrolment_steps.c.position)))


def contacts_since(db: Connection, *, lead_id: int, since: datetime) -> list[datetime]:
    """When cadences texted or called this lead; whoever counts them holds the lead's row."""
    return [row.at for row in _CONTACTS.all(db, {"of_lead": lead_id, "since": since})]


def is_on_the_phone(db: Connection, *, lead_id: int, since: datetime) -> bool:
    """A call of theirs, or to them, that began after an instant goes on."""
    return _CALLING.first(db, {"of_lead": lead_id, "since": since}) is not None


def counts_by_cadence(db: Connection) -> dict[str, dict[str, int]]:
    """How many enrolments of each cadence are in which state."""
    counted = select(enrolments.c.cadence, enrolments.c.state, func.count().label("held"))
    found: dict[str, dict[str, int]] = {}
    for row in db.execute(counted.group_by(enrolments.c.cadence, enrolments.c.state)):
        found.setdefault(row.cadence, {})[row.state] = row.held
    return found


def enrolments_of_leads(db: Connection, lead_ids: Collection[int]) -> list[Row[Any]]:
    """The enrolments of each lead, oldest first."""
    found = select(enrolments).where(enrolments.c.lead_id.in_(lead_ids))
    return list(db.execute(found.order_by(enrolments.c.id)))


def cadences_ended_by(db: Connection, call: str) -> list[str]:
    """The cadences that the outcome of this call cancelled."""
    ended = select(enrolments.c.cadence).where(enrolments.c.call == call).order_by(enrolments.c.id)
    return list(db.execute(ended).scalars())


def take_turn(db: Connection, *, name: str, now: datetime, gap: timedelta, ahead: timedelta) -> datetime | None:
    """The next free instant of this line or account, taken; None where it is more than `ahead` from now.

    The turn after it is `gap` later.
    """
    db.execute(insert_on(db.dialect.name, paces).values(name=name, free_at=now).on_conflict_do_nothing())
    of = paces.c.name == name
    free_at = db.execute(select(paces.c.free_at).where(of).with_for_update()).scalar_one()
    turn: datetime = max(free_at, now)
    if turn > now + ahead:
        return None
    db.execute(update(paces).where(of).values(free_at=turn + gap))
    return turn


def cancel_enrolments(
    db: Connection, *, lead_id: int, cadence: str | None, why: str, by: Actor, at: datetime, call: str | None = None
) -> list[str]:
    """The cadences that this ended. A step under way is waited for, and none begins after it (R9)."""
    ended = {"state": EnrolmentState.CANCELLED.value, "reason": why, **actor_columns(by), "ended_at": at, "call": call}
    _silence(db, lead_id, cadence, at)
    return _change(db, lead_id, cadence, OPEN_STATES, {**ended, "due_at": None, "paused_until": None})


def pause_enrolments(
    db: Connection, *, lead_id: int, until: datetime | None, why: str, by: Actor, at: datetime
) -> list[str]:
    """The cadences that this holds back; with an end, the runner resumes them then."""
    _silence(db, lead_id, None, at)
    paused = {
        "state": EnrolmentState.PAUSED.value,
        "reason": why,
        **actor_columns(by),
        "paused_until": until,
        "due_at": until,
    }
    return _change(db, lead_id, None, OPEN_STATES, paused)


def revert(db: Connection, enrolment_id: int, **values: Any) -> None:
    """Restores the enrolment as it stood before, unless the lead has begun the same cadence anew meanwhile."""
    mine = select(enrolments.c.lead_id, enrolments.c.cadence).where(enrolments.c.id == enrolment_id).subquery()
    anew = select(enrolments.c.id).where(
        enrolments.c.lead_id == mine.c.lead_id,
        enrolments.c.cadence == mine.c.cadence,
        enrolments.c.id != enrolment_id,
        enrolments.c.state.in_(OPEN_STATES),
    )
    if db.execute(anew).first() is None:
        db.execute(update(enrolments).where(enrolments.c.id == enrolment_id).values(**values))


def _silence(db: Connection, lead_id: int, cadence: str | None, at: datetime) -> None:
    """Their last step was taken; a text of it that has not left is not to leave any more.

    Every row is waited for first: one that is just being completed is neither open nor completed to a plain update.
    """
    all_of_them = select(enrolments.c.id).where(enrolments.c.lead_id == lead_id).order_by(enrolments.c.id)
    db.execute(all_of_them.with_for_update()).all()
    _change(db, lead_id, cadence, frozenset({EnrolmentState.COMPLETED}), {"silenced_at": at})


def _change(
    db: Connection,
    lead_id: int,
    cadence: str | None,
    states: frozenset[EnrolmentState],
    values: dict[str, Any],
    only: int | None = None,
) -> list[str]:
    of = [enrolments.c.lead_id == lead_id, enrolments.c.state.in_(states)]
    if cadence is not None:
        of.append(enrolments.c.cadence == cadence)
    if only is not None:
        of.append(enrolments.c.id == only)
    return list(db.execute(update(enrolments).where(*of).values(**values).returning(enrolments.c.cadence)).scalars())
