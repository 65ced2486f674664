"""Leads are changed: another owner, a claim from the pond, another stage, other facts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.scopes import Scope
from sami.intake import update_lead_fields
from sami.leads.claims import claim
from sami.leads.owners import reassign
from sami.leads.refusals import (
    AgentInactive,
    AgentUnknown,
    AlreadyOwned,
    ClaimRefused,
    ReasonRequired,
    StageMoveRefused,
)
from sami.leads.stages import change_stage
from sami.store.facts import read_directory
from sami.store.leads import lock_ownership
from sami.store.listing import show_agent, show_lead
from webhooks.api.documents import lead_document
from webhooks.api.door import Answer, Asked, answers
from webhooks.api.leads import LEAD_PATH, found
from webhooks.api.operations import Operation
from webhooks.api.schemas.lead_changes import Claim, LeadChange, NewOwner
from webhooks.api.schemas.leads import Lead

EMPTY: Mapping[str, Any] = {"name": "", "attributes": {}}
"""What null means where a column holds something always."""


@answers(
    Operation(
        name="give_lead",
        method="PUT",
        path=f"{LEAD_PATH}/owner",
        scope=Scope.LEADS_WRITE,
        summary="Give a lead to an agent",
        description="At once and whatever the agent's switches; stage, score and the SLA clock stay.",
        answers={200: Lead},
        body=NewOwner,
        refuses=(AgentUnknown, AgentInactive, ReasonRequired),
    )
)
def give_lead(asked: Asked, id: int, body: NewOwner) -> Answer:
    with asked.edge.database.begin() as db:
        found(show_lead(db, id))
        reassign(
            db,
            lead_id=id,
            to=body.agent,
            reason=body.reason,
            notify=body.notify,
            by=asked.key.by,
            now=asked.now,
        )
        return _lead(db, id, asked)


@answers(
    Operation(
        name="claim_lead",
        method="POST",
        path=f"{LEAD_PATH}/claim",
        scope=Scope.LEADS_WRITE,
        summary="Take a lead out of the pond for an agent",
        description="The first of several wins; the others are refused with 409.",
        answers={200: Lead},
        body=Claim,
        refuses=(AgentUnknown, AgentInactive, AlreadyOwned, ClaimRefused),
    )
)
def claim_lead(asked: Asked, id: int, body: Claim) -> Answer:
    with asked.edge.database.begin() as db:
        found(show_lead(db, id))
        agent = show_agent(db, body.agent)
        if agent is None:
            raise AgentUnknown(body.agent)
        claim(db, lead_id=id, agent_id=agent.id, by=asked.key.by, now=asked.now)
        return _lead(db, id, asked)


@answers(
    Operation(
        name="change_lead",
        method="PATCH",
        path=LEAD_PATH,
        scope=Scope.LEADS_WRITE,
        summary="Change a lead's stage and what it says of itself",
        description="What the policy names as a trigger runs it again. 409 for a stage that cannot follow its own.",
        answers={200: Lead},
        body=LeadChange,
        refuses=(StageMoveRefused,),
    )
)
def change_lead(asked: Asked, id: int, body: LeadChange) -> Answer:
    with asked.edge.database.begin() as db:
        lock_ownership(db)  # What is read from here on stays so until it is changed.
        row = found(show_lead(db, id))
        if body.stage is not None:
            change_stage(db, lead_id=id, stage=body.stage, by=asked.key.by, now=asked.now)
        changes = _changes(body, row)
        if changes:
            directory = read_directory(db)
            update_lead_fields(db, lead_id=id, changes=changes, by=asked.key.by, directory=directory, now=asked.now)
        return _lead(db, id, asked)


def _changes(body: LeadChange, row: Row[Any]) -> dict[str, Any]:
    """The columns as they are to be."""
    said = {name: getattr(body, name) for name in body.model_fields_set - {"stage"}}
    changes = {name: EMPTY.get(name) if value is None else value for name, value in said.items()}
    if "tags" in said:
        changes["tags"] = list(dict.fromkeys(body.tags or ()))
    if body.attributes is not None:
        merged = {**row.attributes, **body.attributes}
        changes["attributes"] = {name: value for name, value in merged.items() if value is not None}
    return changes


def _lead(db: Connection, lead_id: int, asked: Asked) -> Answer:
    return Answer(lead_document(db, found(show_lead(db, lead_id)), asked.now))
