"""What an action of a workflow may say of the event that set it going, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.actions.running import Occasion, Result, carry_out
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.actor import ActorKind
from sami.domain.language.phone import E164
from sami.domain.leads.inquiry import Inquiry
from sami.domain.messages.wording.workflows import notice
from sami.domain.organisation.document import Action, Trigger, Workflow
from sami.domain.outcomes.outcome_actions import ENDINGS
from sami.domain.outcomes.workflows import Event
from sami.store import leads
from sami.store.facts import Directory
from sami.store.ownership import inquiry_of

_ANSWERS = frozenset({Trigger.TEXT_RECEIVED, Trigger.OUTCOME_RECORDED})


@dataclass(frozen=True, slots=True)
class Scene:
    """What every action here shares. `roster` is everybody, where that was read already."""

    db: Connection
    lead_id: int
    directory: Directory
    now: datetime
    roster: tuple[AgentFacts, ...] | None = None
    line: E164 | None = None

    def lead(self) -> Row[Any]:
        row = leads.find_lead(self.db, self.lead_id)
        assert row is not None, "leads are never removed"
        return row


@dataclass(frozen=True, slots=True)
class Run:
    workflow: Workflow
    event: Event
    key: str


def carry_out_for(scene: Scene, run: Run, action: Action, number: int) -> Result:
    """What fails is undone alone; the other actions stand."""
    occasion = _occasion(scene, run)
    return carry_out(scene.db, occasion, action, number, directory=scene.directory, now=scene.now, roster=scene.roster)


def _occasion(scene: Scene, run: Run) -> Occasion:
    """The lead as the actions before left it."""
    row, directory = scene.lead(), scene.directory
    return Occasion(
        by=ActorKind.WORKFLOW,
        name=run.workflow.key,
        key=run.key,
        task_key=f"{run.key}/task",
        values={},
        notice=notice(run.event, inquiry_at(row, scene.now), is_owned=row.owner_id is not None),
        line=directory.staff_line,
        lead_line=scene.line or directory.public_line,
        lead_id=row.id,
        phone=row.phone,
        asks_contact=run.event.outcome not in ENDINGS,
        asked_at=scene.now if run.event.trigger in _ANSWERS else None,
        why="" if run.event.trigger is Trigger.LEAD_RECEIVED else f"workflow {run.workflow.key}",
    )


def inquiry_at(row: Row[Any], at: datetime) -> Inquiry:
    """Whether the lead may be contacted is asked when something is said to it."""
    return inquiry_of(row, opted_out=False, at=at)
