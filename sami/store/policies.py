"""Tables of the policy: what was published or is on trial, what is being edited, and what workers found out."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Row,
    Select,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import one_of, table_of
from sami.domain.assignment.pipeline_step import StepResult
from sami.domain.assignment.policy import Policy
from sami.domain.language.actor import Actor
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.store.actors import actor_columns
from sami.store.leads import leads


class PolicyVersionRow(SQLModel, table=True):
    """A policy as published, never changed afterwards. In force is the one that took effect last.

    One that was withdrawn (`withdrawn_at`) before it took effect never does. A pilot decides `share` per cent of the
    leads until `ends_at`, which comes sooner where somebody ends it, beside the version in force.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        one_of("kind", ("published", "pilot")),
        CheckConstraint("share BETWEEN 0 AND 100", name="share_in_per_cent"),
        Index("ix_policy_version_effective_at", "kind", "effective_at"),
    )

    version: int | None = Field(default=None, primary_key=True)
    kind: str = "published"
    document: dict[str, Any] = Field(sa_type=Json)
    note: str = ""
    effective_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    share: int = 100
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None


class PolicyDraftRow(SQLModel, table=True):
    """A policy being edited; nobody is assigned by it until it is published."""

    __tablename__ = "policy_draft"
    __table_args__ = (UniqueConstraint("name"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    document: dict[str, Any] = Field(sa_type=Json)
    based_on: int | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    actor_kind: str | None = None
    actor_key: str | None = None


class IntakeStepRow(SQLModel, table=True):
    """What one worker found out about a lead: its version, evidence and confidence, or how it failed."""

    __tablename__ = "intake_step"
    __table_args__ = (
        one_of("state", ("done", "fallback", "failed", "skipped")),
        Index("ix_intake_step_lead_id", "lead_id"),
        Index("ix_intake_step_worker", "capability", "version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    run: str
    capability: str
    version: str
    canary: bool = False
    state: str
    output: dict[str, Any] = Field(sa_type=Json)
    evidence: list[str] = Field(sa_type=Json)
    confidence: float = 1.0
    error: str = ""
    tries: int = 1
    took_ms: int = 0
    at: datetime = Field(sa_type=UtcDateTime)


class LeadExceptionRow(SQLModel, table=True):
    """Something about a lead that a person should look at; closed by a person or by what puts it right."""

    __tablename__ = "lead_exception"
    __table_args__ = (
        one_of("kind", ExceptionKind),
        Index("ix_lead_exception_open", "closed_at", "at"),
        Index("ix_lead_exception_lead_id", "lead_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    kind: str
    detail: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    actor_kind: str | None = None
    actor_key: str | None = None
    note: str | None = None


class WorkflowRunRow(SQLModel, table=True):
    """A lead went through a workflow: what each action came to."""

    __tablename__ = "workflow_run"
    __table_args__ = (Index("ix_workflow_run_lead_id", "lead_id"),)

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    workflow: str
    trigger: str
    at: datetime = Field(sa_type=UtcDateTime)
    results: list[dict[str, Any]] = Field(sa_type=Json)


policy_versions = table_of(PolicyVersionRow)
policy_drafts = table_of(PolicyDraftRow)
intake_steps = table_of(IntakeStepRow)
lead_exceptions = table_of(LeadExceptionRow)
workflow_runs = table_of(WorkflowRunRow)

_DOCUMENT = TypeAdapter(Policy)
_VERSION = select(policy_versions.c.version, policy_versions.c.published_at, policy_versions.c.share)
_NEWEST_FIRST = (policy_versions.c.effective_at.desc(), policy_versions.c.version.desc())
_IN_FORCE = Prepared(
    _VERSION.where(
        policy_versions.c.kind == "published",
        policy_versions.c.withdrawn_at.is_(None),
        policy_versions.c.effective_at <= bindparam("at"),
    )
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_ON_TRIAL = Prepared(
    _VERSION.where(
        policy_versions.c.kind == "pilot",
        policy_versions.c.effective_at <= bindparam("at"),
        policy_versions.c.ends_at > bindparam("at"),
    )
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_BY_VERSION = Prepared(_VERSION.where(policy_versions.c.version == bindparam("of_version")))
_DOCUMENT_OF = select(policy_versions.c.document).where(policy_versions.c.version == bindparam("of_version"))

POLICIES_KEPT = 64
# Per engine: two databases in one process may count the same versions.
_policies: WeakKeyDictionary[Engine, dict[tuple[int, datetime], Policy]] = WeakKeyDictionary()


def policy_in_force(db: Connection, at: datetime) -> tuple[int, Policy] | None:
    """The published version that took effect last, and its policy; None before the first."""
    found = _IN_FORCE.first(db, {"at": at})
    return None if found is None else (found.version, _policy_of(db, found))


def pilot_in_force(db: Connection, at: datetime) -> tuple[int, int, Policy] | None:
    """The version on trial, the share of leads in per cent that it decides, and its policy."""
    found = _ON_TRIAL.first(db, {"at": at})
    return None if found is None else (found.version, found.share, _policy_of(db, found))


def read_policy(db: Connection, version: int) -> Policy:
    """The policy of a version that there is, published or on trial, whether or not it is in force."""
    found = _BY_VERSION.first(db, {"of_version": version})
    assert found is not None, "versions are never removed"
    return _policy_of(db, found)


def _policy_of(db: Connection, found: Row[Any]) -> Policy:
    # A database that was put back may count its versions anew: the instant tells two versions of one number apart.
    known = _policies.get(db.engine, {}).get((found.version, found.published_at))
    return known or _load(db, found.version, found.published_at)


def _load(db: Connection, version: int, published_at: datetime) -> Policy:
    policy = _DOCUMENT.validate_python(db.execute(_DOCUMENT_OF, {"of_version": version}).scalar_one())
    kept = _policies.setdefault(db.engine, {})
    if len(kept) >= POLICIES_KEPT:
        kept.pop(next(iter(kept)))
    kept[version, published_at] = policy
    return policy


_INSERT_EXCEPTION = insert(lead_exceptions)


def open_exception(db: Connection, *, lead_id: int, kind: ExceptionKind, detail: str, at: datetime) -> None:
    """Once for each lead and kind while it is open; the newest detail stands."""
    mine = lead_exceptions.c.lead_id == lead_id, lead_exceptions.c.kind == kind, lead_exceptions.c.closed_at.is_(None)
    known = update(lead_exceptions).where(*mine).values(detail=detail).returning(lead_exceptions.c.id)
    if db.execute(known).first() is None:
        db.execute(_INSERT_EXCEPTION, {"lead_id": lead_id, "kind": kind, "detail": detail, "at": at})


def note_exception(db: Connection, *, lead_id: int, kind: ExceptionKind, detail: str, by: Actor, at: datetime) -> None:
    """Listed for whoever reviews, and asking nothing of anybody: it is closed as it is written."""
    closed = {"closed_at": at, **actor_columns(by, "closed_by")}
    db.execute(insert(lead_exceptions).values(lead_id=lead_id, kind=kind, detail=detail, at=at, **closed))


def close_exceptions(
    db: Connection, *, lead_id: int, kinds: Collection[ExceptionKind], by: Actor, at: datetime
) -> None:
    mine = lead_exceptions.c.lead_id == lead_id, lead_exceptions.c.closed_at.is_(None)
    db.execute(
        update(lead_exceptions)
        .where(*mine, lead_exceptions.c.kind.in_(kinds))
        .values(closed_at=at, **actor_columns(by, "closed_by"))
    )


def exceptions_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    found = select(lead_exceptions).where(lead_exceptions.c.lead_id == lead_id)
    return list(db.execute(found.order_by(lead_exceptions.c.id)))


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Which exceptions: `is_open` None is both, `until` is left out."""

    kind: str | None = None
    is_open: bool | None = True
    since: datetime | None = None
    until: datetime | None = None


_SHOWN_EXCEPTIONS: Select[Any] = select(
    lead_exceptions, leads.c.name, leads.c.source, leads.c.owner_id, leads.c.unowned_reason
).join(leads, leads.c.id == lead_exceptions.c.lead_id)


def list_exceptions(db: Connection, wanted: Exceptional, *, limit: int, after: int = 0) -> list[Row[Any]]:
    """Oldest number first, past one, each with its lead's `name`, `source` and `unowned_reason`."""
    listed = _SHOWN_EXCEPTIONS.where(lead_exceptions.c.id > after, *_exceptional(wanted))
    return list(db.execute(listed.order_by(lead_exceptions.c.id).limit(limit)))


def show_exception(db: Connection, number: int) -> Row[Any] | None:
    return db.execute(_SHOWN_EXCEPTIONS.where(lead_exceptions.c.id == number)).first()


def count_exceptions(db: Connection, wanted: Exceptional) -> int:
    counted = select(func.count()).select_from(lead_exceptions).where(*_exceptional(wanted))
    return int(db.execute(counted).scalar_one())


def _exceptional(wanted: Exceptional) -> Iterator[ColumnElement[bool]]:
    column = lead_exceptions.c
    if wanted.kind is not None:
        yield column.kind == wanted.kind
    if wanted.is_open is not None:
        yield column.closed_at.is_(None) if wanted.is_open else column.closed_at.is_not(None)
    if wanted.since is not None:
        yield column.at >= wanted.since
    if wanted.until is not None:
        yield column.at < wanted.until


def lock_exception(db: Connection, number: int) -> Row[Any] | None:
    return db.execute(select(lead_exceptions).where(lead_exceptions.c.id == number).with_for_update()).first()


def opened_meanwhile(db: Connection, row: Row[Any]) -> bool:
    """Another of this lead and kind is open."""
    column = lead_exceptions.c
    same = column.lead_id == row.lead_id, column.kind == row.kind, column.closed_at.is_(None)
    return db.execute(select(column.id).where(*same).limit(1)).first() is not None


def settle(db: Connection, number: int, *, closed_at: datetime | None, by: Actor | None, note: str | None) -> None:
    """`by` None: nobody has closed it."""
    closed = {"closed_by": None, "actor_kind": None, "actor_key": None}
    who = closed if by is None else actor_columns(by, "closed_by")
    settled = update(lead_exceptions).where(lead_exceptions.c.id == number)
    db.execute(settled.values(closed_at=closed_at, note=note, **who))


_INSERT_STEP = Prepared(insert(intake_steps))


def insert_intake_steps(db: Connection, *, lead_id: int, run: str, results: Iterable[StepResult], at: datetime) -> None:
    """What each step of one examination came to. `run` names the examination."""
    for result in results:
        values = {name: getattr(result, name) for name in StepResult.__dataclass_fields__}
        of_lead = {"lead_id": lead_id, "run": run, "at": at}
        as_rows = {"state": result.state.value, "output": dict(result.output), "evidence": list(result.evidence)}
        _INSERT_STEP.run(db, values | as_rows | of_lead)


def intake_steps_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    """Every step of every examination of this lead, oldest first."""
    return list(db.execute(select(intake_steps).where(intake_steps.c.lead_id == lead_id).order_by(intake_steps.c.id)))
