"""Which workflows does something set going that happened to a lead?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sami.domain.assignment.matching import mismatch
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.stages import Stage
from sami.domain.leads.tags import tags_added
from sami.domain.organisation.document import Action, Trigger, Workflow

CHAIN_MAX = 5  # Workflows of which each was set going by the one before.

INTAKE = Workflow(
    "intake",
    Trigger.LEAD_RECEIVED,
    (
        Action("assign_by_policy"),
        Action("change_stage", stage=(Stage.CONTACTING,)),
        Action("notify", who="owner"),
    ),
)
"""What happens to a new lead where the organisation wrote nothing."""

ASSIGNMENT = Workflow("assignment", Trigger.LEAD_RECEIVED, (Action("assign_by_policy"),))
"""What happens to a new lead whose workflows give it to nobody: where it goes is never left open."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a lead. `chain` are the keys of the workflows that led to it, the first one first."""

    trigger: Trigger
    tag: str | None = None
    stage: str | None = None
    outcome: str | None = None
    chain: tuple[str, ...] = ()


def workflows_on(workflows: Collection[Workflow], trigger: Trigger) -> tuple[Workflow, ...]:
    """In the order of the file."""
    found = tuple(workflow for workflow in workflows if workflow.on is trigger)
    return found or ((INTAKE,) if trigger is Trigger.LEAD_RECEIVED else ())


def is_set_going(workflow: Workflow, event: Event, inquiry: Inquiry, at: datetime, time_zone: str) -> bool:
    """Tags are told apart without regard to case, as everywhere."""
    narrowed = (
        (workflow.tag, event.tag),
        (workflow.stage, event.stage),
        (workflow.outcome, event.outcome),
    )
    if any(wanted is not None and wanted.casefold() != (said or "").casefold() for wanted, said in narrowed):
        return False
    return mismatch(workflow.when, inquiry, at, time_zone) is None


def refusal(workflow: Workflow, event: Event) -> str | None:
    """Why a workflow that was set going does not begin: a lead is in it once at a time, and chains end."""
    if workflow.key in event.chain:
        return "the lead is in this workflow already"
    if len(event.chain) >= CHAIN_MAX:
        return f"it would be the {CHAIN_MAX + 1}th workflow in a row: {', '.join(event.chain)}"
    return None


def events_between(before: Any, after: Any, chain: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """What happened to a lead's stage and tags between two readings of it."""
    moved = () if before.stage == after.stage else (Event(Trigger.STAGE_CHANGED, stage=after.stage, chain=chain),)
    added = (Event(Trigger.TAG_ADDED, tag=tag, chain=chain) for tag in tags_added(before.tags, after.tags))
    return (*moved, *added)
