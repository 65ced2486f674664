"""Leads are changed: another owner, a claim from the pond, another stage, other facts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.domain.access.scopes import Scope
from sami.domain.leads.inquiry import SAID
from sami.domain.outcomes.effects import WriteTimeline
from sami.leads.attempts import log_attempt
from sami.leads.claims import claim
from sami.leads.contacts import correct_contacts
from sami.leads.intake import update_lead_fields
from sami.leads.owners import reassign
from sami.leads.refusals import (
    AgentInactive,
    AgentsPhone,
    AgentUnknown,
    AlreadyOwned,
    ClaimRefused,
    LeadExists,
    ReasonRequired,
    StageMoveRefused,
    Unreachable,
)
from sami.leads.stages import change_stage
from sami.store.facts import read_directory
from sami.store.leads import lock_ownership
from sami.store.pages import newest_entry, show_agent, show_lead
from webhooks.api.documents import lead_document, timeline_document
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import LEAD_PATH, readable_phone, require_row
from webhooks.api.operations import Operation
from webhooks.api.refusals import FieldFault, InvalidFields
from webhooks.api.schemas.lead_changes import Claim, LeadChange, NewAttempt, NewNote, NewOwner
from webhooks.api.schemas.leads import Lead, TimelineEntry

EMPTY: Mapping[str, Any] = {"attributes": {}} | {field.name: "" for field in SAID if not field.is_optional}
"""What null means where a column holds something always."""
_CONTACTS = ("phone", "email")
_TRIED = {"call": "called", "text": "texted", "email": "wrote an e-mail", "visit": "went to see them"}
_CAME = {
    "no_answer": "and nobody answered",
    "left_message": "and left a message",
    "busy": "and the line was busy",
    "reached": "and reached them",
}


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
def give_lead(context: ApiContext, id: int, body: NewOwner) -> Answer:
    with context.begin() as db:
        require_row(show_lead(db, id))
        reassign(
            db,
            lead_id=id,
            to=body.agent,
            reason=body.reason,
            notify=body.notify,
            by=context.who.by,
            now=context.now,
        )
        return _lead(db, id, context)


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
def claim_lead(context: ApiContext, id: int, body: Claim) -> Answer:
    with context.begin() as db:
        require_row(show_lead(db, id))
        agent = show_agent(db, body.agent)
        if agent is None:
            raise AgentUnknown(body.agent)
        claim(db, lead_id=id, agent_id=agent.id, by=context.who.by, now=context.now)
        return _lead(db, id, context)


@answers(
    Operation(
        name="change_lead",
        method="PATCH",
        path=LEAD_PATH,
        scope=Scope.LEADS_WRITE,
        summary="Change a lead's stage, its phone or e-mail address, and what it says of itself",
        description=(
            "What the policy names as a trigger runs it again. 409 for a stage that cannot follow its own, and for a "
            "phone or an e-mail address that another lead has, which is named."
        ),
        answers={200: Lead},
        body=LeadChange,
        refuses=(StageMoveRefused, LeadExists, AgentsPhone, Unreachable),
    )
)
def change_lead(context: ApiContext, id: int, body: LeadChange) -> Answer:
    with context.begin() as db:
        lock_ownership(db)  # What is read from here on stays so until it is changed.
        row = require_row(show_lead(db, id))
        if body.stage is not None:
            change_stage(db, lead_id=id, stage=body.stage, by=context.who.by, now=context.now)
        changes = {**_changes(body, row), **_contacts(db, body, row)}
        if changes:
            directory = read_directory(db)
            update_lead_fields(db, lead_id=id, changes=changes, by=context.who.by, directory=directory, now=context.now)
        return _lead(db, id, context)


def _changes(body: LeadChange, row: Row[Any]) -> dict[str, Any]:
    """The columns as they are to be."""
    said = {name: getattr(body, name) for name in body.model_fields_set - {"stage", *_CONTACTS}}
    changes = {name: EMPTY.get(name) if value is None else value for name, value in said.items()}
    if "tags" in said:
        changes["tags"] = list(dict.fromkeys(body.tags or ()))
    if body.attributes is not None:
        changes["attributes"] = {**row.attributes, **body.attributes}
    return changes


def _contacts(db: Connection, body: LeadChange, row: Row[Any]) -> dict[str, Any]:
    said = {name: getattr(body, name) for name in _CONTACTS if name in body.model_fields_set}
    if not said:
        return {}
    if said.get("phone") is not None:
        said["phone"] = readable_phone(db, said["phone"])
    if said.get("email") is not None:
        said["email"] = said["email"].lower()
    return correct_contacts(db, row, said)


@answers(
    Operation(
        name="add_note",
        method="POST",
        path=f"{LEAD_PATH}/notes",
        scope=Scope.LEADS_WRITE,
        summary="Add a note to a lead's timeline",
        answers={201: TimelineEntry},
        body=NewNote,
    )
)
def add_note(context: ApiContext, id: int, body: NewNote) -> Answer:
    with context.begin() as db:
        require_row(show_lead(db, id))
        apply(db, [WriteTimeline(id, "note", f"{context.who.by}: {body.text}")], context.now)
        return Answer(timeline_document(newest_entry(db, id)), 201)


@answers(
    Operation(
        name="log_attempt",
        method="POST",
        path=f"{LEAD_PATH}/attempts",
        scope=Scope.LEADS_WRITE,
        summary="Log that somebody tried to reach a lead",
        description="An attempt is a response: it stops the clock, also where it is heard of late.",
        answers={201: TimelineEntry},
        body=NewAttempt,
    )
)
def add_attempt(context: ApiContext, id: int, body: NewAttempt) -> Answer:
    with context.begin() as db:
        lock_ownership(db)
        lead = require_row(show_lead(db, id))
        at = body.at or context.now
        if not lead.created_at <= at <= context.now:
            wrong = "is after now" if at > context.now else "is before the lead came in"
            raise InvalidFields(FieldFault("at", wrong, "write when it was, or leave it out for now"))
        log_attempt(
            db, lead_id=id, what=f"{_TRIED[body.channel]}, {_CAME[body.result]}", who=context.who.by.written, now=at
        )
        return Answer(timeline_document(newest_entry(db, id)), 201)


def _lead(db: Connection, lead_id: int, context: ApiContext) -> Answer:
    return Answer(lead_document(db, require_row(show_lead(db, lead_id)), context.now))
