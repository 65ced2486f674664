"""Something happened to a lead: the workflows that this sets going run, and what became of each action is kept."""

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.actions.running import Result
from sami.actions.workflow_context import Run, Scene, carry_out_for, inquiry_at
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.phone import E164
from sami.domain.organisation.document import Trigger, Workflow
from sami.domain.outcomes.actions import ASSIGNING, in_order, notice_key
from sami.domain.outcomes.workflows import ASSIGNMENT, Event, events_between, is_set_going, refusal, workflows_on
from sami.store import leads
from sami.store.facts import Directory
from sami.store.work import cancel_outbox_items
from sami.store.workflow_runs import begin_run, finish_run, runs_of

_CHANGES = frozenset({Trigger.STAGE_CHANGED, Trigger.TAG_ADDED})

_log = logs.logger(__name__)


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
    scene = Scene(db, lead_id, directory, now, roster, line)
    done = _follow(scene, [Event(trigger, tag, stage, outcome)])
    if trigger is Trigger.LEAD_RECEIVED and all(result["do"] not in ASSIGNING for result in done):
        done += _run(scene, ASSIGNMENT, Event(trigger))
    return next((result["decision"] for result in reversed(done) if "decision" in result), None)


def run_for_changes(
    db: Connection,
    *,
    before: Row[Any],
    directory: Directory,
    now: datetime,
    roster: tuple[AgentFacts, ...] | None = None,
) -> None:
    """The workflows on a changed stage and on added tags: `before` is the lead as it was."""
    if any(workflow.on in _CHANGES for workflow in directory.file.workflows):
        scene = Scene(db, before.id, directory, now, roster)
        _follow(scene, events_between(before, scene.lead()))


def withhold_notices(db: Connection, *, lead_id: int, agents: Collection[str], why: str) -> None:
    """What workflows would tell these agents of a new lead is not sent: they hear of it in the same second anyway."""
    keys = [
        notice_key(_run_key(run.workflow, lead_id, run.id), agent) for run in runs_of(db, lead_id) for agent in agents
    ]
    if keys:
        cancel_outbox_items(db, dedupe_keys=keys, why=why)


def _run_key(workflow: str, lead_id: int, run_id: int) -> str:
    return f"workflow/{workflow}/lead/{lead_id}/{run_id}"


def _follow(scene: Scene, events: Iterable[Event]) -> list[dict[str, Any]]:
    """One workflow after the other: what it sets going waits until it is over."""
    done: list[dict[str, Any]] = []
    waiting = deque(events)
    while waiting:
        event = waiting.popleft()
        for workflow in workflows_on(scene.directory.file.workflows, event.trigger):
            leads.lock_ownership(scene.db)
            before = leads.lock_lead(scene.db, scene.lead_id)
            assert before is not None, "leads are never removed"
            zone = scene.directory.organisation.time_zone
            if is_set_going(workflow, event, inquiry_at(before, scene.now), scene.now, zone):
                done += _run(scene, workflow, event)
                waiting += events_between(before, scene.lead(), (*event.chain, workflow.key))
    return done


def _run(scene: Scene, workflow: Workflow, event: Event) -> list[dict[str, Any]]:
    run_id = begin_run(
        scene.db, lead_id=scene.lead_id, workflow=workflow.key, trigger=event.trigger.value, at=scene.now
    )
    run = Run(workflow, event, _run_key(workflow.key, scene.lead_id, run_id))
    refused = refusal(workflow, event)
    actions = in_order(workflow.actions)
    if refused is not None:
        _log.warning("A workflow was left out.", workflow=workflow.key, lead_id=scene.lead_id, why=refused)
        results = [Result(action.do, "left_out", refused).document for action in actions]
    else:
        results = [carry_out_for(scene, run, action, number).document for number, action in enumerate(actions, 1)]
    finish_run(scene.db, run_id, results)
    return results
