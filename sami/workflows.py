"""Something happened to a lead: the workflows that this sets going run, and what became of each action is kept."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.assigning import assign_by_policy
from sami.domain.actions import Facts, act, asks_the_policy, gives_an_owner, in_order, notice_key, placeholders_of
from sami.domain.concerned import Concerned
from sami.domain.gates import AgentFacts
from sami.domain.inquiry import Inquiry
from sami.domain.organisation import Action, Trigger, Workflow
from sami.domain.phone import E164
from sami.domain.stages import Stage
from sami.domain.workflow_wording import notice
from sami.domain.workflows import ASSIGNMENT, Event, events_between, is_set_going, refusal, workflows_on
from sami.store import leads
from sami.store.concerned import read_concerned
from sami.store.facts import Directory
from sami.store.ownership import inquiry_of
from sami.store.savepoint import PartFailed, part
from sami.store.work import cancel_outbox_items
from sami.store.workflow_runs import begin_run, finish_run, runs_of

_ANSWERS = frozenset({Trigger.TEXT_RECEIVED, Trigger.OUTCOME_RECORDED})
_SPEAKS_OF_NOBODY = frozenset({"change_stage", "add_tag", "remove_tag"})

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class _Scene:
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
class _Run:
    workflow: Workflow
    event: Event
    key: str


def run_workflows(
    db: Connection,
    *,
    trigger: Trigger,
    lead_id: int,
    directory: Directory,
    now: datetime,
    tag: str | None = None,
    stage: str | None = None,
    outcome: str | None = None,
    roster: tuple[AgentFacts, ...] | None = None,
    line: E164 | None = None,
) -> str | None:
    """Every workflow on this trigger that fits, in the order of the file, and those that these set going in turn.

    `line` is the one on which the lead called or texted. The reference of the newest decision about the owner, if one
    was made. Lock nothing of a lead before.
    """
    scene = _Scene(db, lead_id, directory, now, roster, line)
    done = _follow(scene, [Event(trigger, tag, stage, outcome)])
    if trigger is Trigger.LEAD_RECEIVED and not any(gives_an_owner(action) for action, _ in done):
        done += _run(scene, ASSIGNMENT, Event(trigger))
    return next((result["decision"] for _, result in reversed(done) if "decision" in result), None)


def run_for_changes(
    db: Connection,
    *,
    before: Row[Any],
    directory: Directory,
    now: datetime,
    roster: tuple[AgentFacts, ...] | None = None,
) -> None:
    """The workflows on a changed stage and on added tags: `before` is the lead as it was."""
    scene = _Scene(db, before.id, directory, now, roster)
    _follow(scene, events_between(before, scene.lead()))


def withhold_notices(db: Connection, *, lead_id: int, agent: str, why: str) -> None:
    """What workflows would tell this agent of the lead, and has not left yet, is not sent: they hear otherwise."""
    keys = [notice_key(_run_key(run.workflow, lead_id, run.id), agent) for run in runs_of(db, lead_id)]
    cancel_outbox_items(db, dedupe_keys=keys, why=why)


def _run_key(workflow: str, lead_id: int, run_id: int) -> str:
    return f"workflow/{workflow}/lead/{lead_id}/{run_id}"


def _follow(scene: _Scene, events: Iterable[Event]) -> list[tuple[Action, dict[str, Any]]]:
    """One workflow after the other: what it sets going waits until it is over."""
    done: list[tuple[Action, dict[str, Any]]] = []
    waiting = deque(events)
    while waiting:
        event = waiting.popleft()
        for workflow in workflows_on(scene.directory.file.workflows, event.trigger):
            leads.lock_ownership(scene.db)
            before = leads.lock_lead(scene.db, scene.lead_id)
            assert before is not None, "leads are never removed"
            zone = scene.directory.organisation.time_zone
            if is_set_going(workflow, event, _inquiry(before, scene.now), scene.now, zone):
                done += _run(scene, workflow, event)
                waiting += events_between(before, scene.lead(), (*event.chain, workflow.key))
    return done


def _run(scene: _Scene, workflow: Workflow, event: Event) -> list[tuple[Action, dict[str, Any]]]:
    run_id = begin_run(
        scene.db, lead_id=scene.lead_id, workflow=workflow.key, trigger=event.trigger.value, at=scene.now
    )
    run = _Run(workflow, event, _run_key(workflow.key, scene.lead_id, run_id))
    refused = refusal(workflow, event)
    actions = in_order(workflow.actions)
    if refused is not None:
        _log.warning("A workflow was left out.", workflow=workflow.key, lead_id=scene.lead_id, why=refused)
        results = [_result(action, "left_out", refused) for action in actions]
    else:
        results = [_carry_out(scene, run, action, number) for number, action in enumerate(actions, 1)]
    finish_run(scene.db, run_id, results)
    return list(zip(actions, results, strict=True))


def _carry_out(scene: _Scene, run: _Run, action: Action, number: int) -> dict[str, Any]:
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
        return _result(action, "failed", type(cause).__name__)


def _assign(scene: _Scene, run: _Run, action: Action) -> dict[str, Any]:
    """An owner who is still fit keeps the lead."""
    why = "" if run.event.trigger is Trigger.LEAD_RECEIVED else f"workflow {run.workflow.key}"
    assigned = assign_by_policy(
        scene.db, scene.lead(), scene.directory, scene.now, why=why, keep=True, roster=scene.roster
    )
    return _result(action, "done", assigned.unowned_reason or "") | {"decision": assigned.decision}


def _act(scene: _Scene, run: _Run, action: Action, number: int) -> dict[str, Any]:
    acted = act(action, number, _facts(scene, run, action))
    apply(scene.db, acted.effects, scene.now)
    return _result(action, "done" if acted.left_out is None else "left_out", acted.left_out or "")


def _result(action: Action, state: str, why: str) -> dict[str, Any]:
    return {"do": action.do, "state": state, "why": why}


def _facts(scene: _Scene, run: _Run, action: Action) -> Facts:
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
        notice=notice(run.event, _inquiry(row, scene.now), is_owned=concerned.owner is not None),
        line=directory.staff_line,
        lead_line=scene.line or directory.public_line,
        lead_id=row.id,
        phone=None if row.phone is None else E164(row.phone),
        asked_at=scene.now if run.event.trigger in _ANSWERS else None,
        stage=Stage(row.stage),
        tags=row.tags,
    )


def _concerned(scene: _Scene, row: Row[Any], action: Action) -> Concerned:
    if action.do in _SPEAKS_OF_NOBODY:
        return Concerned()
    keys = {key for key in (action.who, action.agent) if key is not None}
    return read_concerned(scene.db, owner_id=row.owner_id, keys=keys, directory=scene.directory, now=scene.now)


def _inquiry(row: Row[Any], at: datetime) -> Inquiry:
    """Whether the lead may be contacted is asked when something is said to it."""
    return inquiry_of(row, opted_out=False, at=at)
