"""Why a lead has the owner it has: its story read from its rows in one transaction; nothing is decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.assignment.rules import RuleName, read_rule
from sami.domain.assignment.sla import SlaReading
from sami.domain.language.actor import Actor
from sami.domain.language.phone import E164
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.messages.wording.leads import NamedLead
from sami.leads.history import verify_history
from sami.store import explanations
from sami.store.actors import actor_of
from sami.store.cadences import enrolments_of
from sami.store.facts import read_directory
from sami.store.leads import find_lead
from sami.store.policies import exceptions_of, intake_steps_of
from sami.store.workflow_runs import runs_of
from sami.views.lead import next_step, sla_of
from sami.views.stored_decisions import StoredDecision, read_decision


@dataclass(frozen=True, slots=True)
class OwnerChanged:
    """Both are agents' keys, None is the pond; `decision` refers to the decision behind it, if a policy made it."""

    at: datetime
    from_: str | None
    to: str | None
    why: str
    by: Actor
    decision: str | None
    batch: str | None


@dataclass(frozen=True, slots=True)
class StepTaken:
    """What one worker found out about the lead."""

    at: datetime
    capability: str
    version: str
    canary: bool
    state: str
    evidence: tuple[str, ...]
    confidence: float
    error: str
    tries: int
    took_ms: int


@dataclass(frozen=True, slots=True)
class ExceptionRaised:
    kind: str
    detail: str
    at: datetime
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """Each result says what was to be done, how it went, and why not where it did not."""

    at: datetime
    workflow: str
    trigger: str
    results: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A cadence that the lead is or was in, and where it stands there; `step` counts from 1, None when it is over."""

    cadence: str
    state: EnrolmentState
    reason: str
    by: str
    step: int | None
    due_at: datetime | None
    paused_until: datetime | None
    enrolled_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeadStory:
    """`owner` is a key. `policy_version` and `rule` name what the lead belongs to, also after a hand gave it on.

    `broken` says what is wrong with the history; None where it is as it was written.
    """

    lead: NamedLead
    source: str
    stage: str
    created_at: datetime
    owner: str | None
    unowned_reason: str | None
    pond_since: datetime | None
    may_be_assigned: bool
    policy_version: int | None
    rule: RuleName | None
    findings: Mapping[str, Any]
    sla: SlaReading | None
    changes: tuple[OwnerChanged, ...]
    decisions: tuple[StoredDecision, ...]
    steps: tuple[StepTaken, ...]
    runs: tuple[WorkflowRun, ...]
    exceptions: tuple[ExceptionRaised, ...]
    cadences: tuple[Enrolled, ...]
    broken: str | None
    names: Mapping[str, str]
    zone: str


def explain_lead(db: Connection, lead_id: int, now: datetime) -> LeadStory | None:
    """Everything known of who owned this lead and why; None where there is no such lead."""
    row = find_lead(db, lead_id)
    if row is None:
        return None
    agents = explanations.agents_ever(db)
    keys = {agent.id: agent.key for agent in agents}
    return LeadStory(
        lead=NamedLead(row.id, row.name, None if row.phone is None else E164(row.phone), row.email),
        source=row.source,
        stage=row.stage,
        created_at=row.created_at,
        owner=keys.get(row.owner_id),
        unowned_reason=row.unowned_reason,
        pond_since=row.pond_since,
        may_be_assigned=row.may_be_assigned,
        policy_version=row.matched_policy,
        rule=None if row.matched_rule is None else read_rule(row.matched_rule),
        findings=row.findings,
        sla=sla_of(row, now),
        changes=tuple(_change(change, keys) for change in explanations.ownership_of(db, lead_id)),
        decisions=tuple(map(read_decision, explanations.assignments_of(db, lead_id))),
        steps=tuple(map(_step, intake_steps_of(db, lead_id))),
        runs=tuple(WorkflowRun(run.at, run.workflow, run.trigger, tuple(run.results)) for run in runs_of(db, lead_id)),
        exceptions=tuple(map(_exception, exceptions_of(db, lead_id))),
        cadences=tuple(map(_enrolled, enrolments_of(db, lead_id))),
        broken=next((broken.what for broken in verify_history(db, lead_id=lead_id)), None),
        names={agent.key: agent.name for agent in agents},
        zone=read_directory(db).organisation.time_zone,
    )


def _change(row: Row[Any], keys: Mapping[int, str]) -> OwnerChanged:
    before, after = keys.get(row.from_id), keys.get(row.to_id)
    return OwnerChanged(row.at, before, after, row.why, actor_of(row), row.decision, row.batch)


def _step(row: Row[Any]) -> StepTaken:
    names = ("at", "capability", "version", "canary", "state", "confidence", "error", "tries", "took_ms")
    return StepTaken(**{name: getattr(row, name) for name in names}, evidence=tuple(row.evidence))


def _exception(row: Row[Any]) -> ExceptionRaised:
    return ExceptionRaised(row.kind, row.detail, row.at, row.closed_at, row.closed_by)


def _enrolled(row: Row[Any]) -> Enrolled:
    names = ("cadence", "reason", "by", "due_at", "paused_until", "enrolled_at", "ended_at")
    values = {name: getattr(row, name) for name in names}
    return Enrolled(**values, state=EnrolmentState(row.state), step=next_step(row))
