"""One action of a workflow: carried out for this lead now, or undone alone with its reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.assigning import assign_by_policy
from sami.domain.actions import Facts, act, asks_the_policy, placeholders_of
from sami.domain.concerned import Concerned
from sami.domain.gates import AgentFacts
from sami.domain.inquiry import Inquiry
from sami.domain.organisation import Action, Trigger, Workflow
from sami.domain.phone import E164
from sami.domain.stages import Stage
from sami.domain.workflow_wording import notice
from sami.domain.workflows import Event
from sami.store import leads
from sami.store.concerned import read_concerned
from sami.store.facts import Directory
from sami.store.ownership import inquiry_of
from sami.store.savepoint import PartFailed, part

_ANSWERS = frozenset({Trigger.TEXT_RECEIVED, Trigger.OUTCOME_RECORDED})
_SPEAKS_OF_NOBODY = frozenset({"change_stage", "add_tag", "remove_tag"})

_log = logs.logger(__name__)


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


def carry_out(scene: Scene, run: Run, action: Action, number: int) -> dict[str, Any]:
    """What fails is undone alone and kept with its reason; the other actions stand."""
    try:
        with part(scene.db):
            return _assign(scene, run, action) if asks_the_policy(action) else _act(scene, run, action, number)
    except PartFailed as failed:
        cause = failed.__cause__
        _log.error(
            "An action of a workflow failed.",
            workflow=run.workflow.key,
            action=action.do,
            lead_id=scene.lead_id,
            exc_info=cause,
        )
        return result_of(action, "failed", type(cause).__name__)


def _assign(scene: Scene, run: Run, action: Action) -> dict[str, Any]:
    """An owner who is still fit keeps the lead."""
    why = "" if run.event.trigger is Trigger.LEAD_RECEIVED else f"workflow {run.workflow.key}"
    now, lead = scene.now, scene.lead()
    assigned = assign_by_policy(scene.db, lead, scene.directory, now, why=why, keep=True, roster=scene.roster)
    return result_of(action, "done", assigned.unowned_reason or "") | {"decision": assigned.decision}


def _act(scene: Scene, run: Run, action: Action, number: int) -> dict[str, Any]:
    acted = act(action, number, _facts(scene, run, action))
    apply(scene.db, acted.effects, scene.now)
    return result_of(action, "done" if acted.left_out is None else "left_out", acted.left_out or "")


def result_of(action: Action, state: str, why: str) -> dict[str, Any]:
    return {"do": action.do, "state": state, "why": why}


def _facts(scene: Scene, run: Run, action: Action) -> Facts:
    """The lead as the actions before left it."""
    row, directory = scene.lead(), scene.directory
    concerned = _concerned(scene, row, action)
    return Facts(
        by="workflow",
        name=run.workflow.key,
        key=run.key,
        task_key=f"{run.key}/task",
        at=scene.now,
        concerned=concerned,
        values=placeholders_of(row.name, concerned.owner, directory.organisation.name),
        notice=notice(run.event, inquiry_at(row, scene.now), is_owned=concerned.owner is not None),
        line=directory.staff_line,
        lead_line=scene.line or directory.public_line,
        lead_id=row.id,
        phone=None if row.phone is None else E164(row.phone),
        asked_at=scene.now if run.event.trigger in _ANSWERS else None,
        stage=Stage(row.stage),
        tags=row.tags,
    )


def _concerned(scene: Scene, row: Row[Any], action: Action) -> Concerned:
    if action.do in _SPEAKS_OF_NOBODY:
        return Concerned()
    keys = {key for key in (action.who, action.agent) if key is not None}
    return read_concerned(scene.db, owner_id=row.owner_id, keys=keys, directory=scene.directory, now=scene.now)


def inquiry_at(row: Row[Any], at: datetime) -> Inquiry:
    """Whether the lead may be contacted is asked when something is said to it."""
    return inquiry_of(row, opted_out=False, at=at)
