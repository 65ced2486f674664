"""Deliveries are listed: what was to be said outside, and what became of it."""

from sami.domain.access.scopes import Scope
from sami.store.outbox_list import list_items
from sami.views.delivery import delivery_document
from webhooks.api.documents import page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import LINK, Operation
from webhooks.api.schemas.deliveries import Delivery, DeliveryQuery


@answers(
    Operation(
        name="list_deliveries",
        method="GET",
        path="/deliveries",
        scope=Scope.ORGANISATION_READ,
        summary="List what was to be said outside",
        description="Texts, rings, mails and the rest, with what became of each. The newest come first.",
        answers={200: Delivery},
        several=True,
        query=DeliveryQuery,
        gives=LINK,
    )
)
def list_deliveries(context: ApiContext, query: DeliveryQuery) -> Answer:
    with context.read() as db:
        rows = list_items(db, kind=query.kind, state=query.state, before=query.cursor, limit=query.limit + 1)
    page, link = page_of(rows, query.limit)
    return Answer([Delivery(**delivery_document(row)) for row in page], headers=link)
