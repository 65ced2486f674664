"""Leads are handed in: `POST /api/v1/leads`."""

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.domain.access.scopes import Scope
from sami.domain.leads.arrivals import NewLead as Arrival
from sami.leads.intake import Received, receive_lead
from sami.leads.refusals import AgentsPhone
from sami.store.pages import show_lead
from sami.store.policies import policy_in_force
from sami.workers.intake import prepare_lead
from webhooks.api.documents import decision_link, owner_document
from webhooks.api.door import Answer, ApiContext, answers, gate
from webhooks.api.idempotency import GIVES, TAKES, Repeatable
from webhooks.api.leads import readable_phone, require_row
from webhooks.api.operations import Operation
from webhooks.api.refusals import IdempotencyKeyReused
from webhooks.api.schemas.leads import ReceivedLead
from webhooks.api.schemas.new_leads import NewLead


@answers(
    Operation(
        name="hand_in_lead",
        method="POST",
        path="/leads",
        scope=Scope.LEADS_WRITE,
        summary="Hand in a lead",
        description=(
            "201 for a new lead; 200 for one that was known by its phone, its id at the source or its e-mail, which is "
            "brought up to date. When it is answered the lead has an owner, or a stated reason why not."
        ),
        answers={201: ReceivedLead, 200: ReceivedLead},
        body=NewLead,
        refuses=(AgentsPhone, IdempotencyKeyReused),
        takes=TAKES,
        gives={**GIVES, "Location": "Where the lead can be read."},
    )
)
def hand_in_lead(context: ApiContext, body: NewLead) -> Answer:
    repeatable = Repeatable.read(context, body)
    with context.read() as db:
        if repeatable and (earlier := repeatable.earlier(db)):
            return earlier
        arrival, waits = _arrival(db, body), _asks_elsewhere(db, context.now)
    with gate().away() if waits else nullcontext():
        prepared = prepare_lead(context.edge.database, arrival, now=context.now, settings=context.edge.settings.workers)
    with context.begin() as db:
        if repeatable and (earlier := repeatable.claim(db, context)):
            return earlier
        answer = _told(db, receive_lead(db, prepared, by=context.who.by, now=context.now))
        if repeatable:
            repeatable.keep(db, answer)
        return answer


def _arrival(db: Connection, body: NewLead) -> Arrival:
    """As the intake takes it; what is not known is left out."""
    if body.phone is not None and body.email is None:
        readable_phone(db, body.phone)
    said: dict[str, Any] = {name: value for name, value in body if value is not None}
    if body.attributes is not None:
        said["attributes"] = {name: value for name, value in body.attributes.items() if value is not None}
    return Arrival(**said)


def _asks_elsewhere(db: Connection, now: datetime) -> bool:
    """A worker of the customer's own takes its time: other leads need not wait for it."""
    current = policy_in_force(db, now)
    return current is not None and any(worker.url for worker in current[1].workers)


def _told(db: Connection, received: Received) -> Answer:
    row = require_row(show_lead(db, received.lead_id))
    document = ReceivedLead(
        id=row.id,
        created=received.created,
        owner=owner_document(row),
        unowned_reason=row.unowned_reason,
        stage=row.stage,
        decision=decision_link(received.decision),
    )
    status = 201 if received.created else 200
    return Answer(document, status, {"Location": f"/api/v1/leads/{row.id}"})
