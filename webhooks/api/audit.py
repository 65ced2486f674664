"""Who changed what is listed; nobody changes it."""

from sami.domain.access.scopes import Scope
from sami.store.audit import entries_of
from sami.views.audit import audit_document
from webhooks.api.documents import page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import LINK, Operation
from webhooks.api.schemas.audit import AuditEntry, AuditQuery


@answers(
    Operation(
        name="list_audit",
        method="GET",
        path="/audit",
        scope=Scope.AUDIT_READ,
        summary="List who changed what, the newest first",
        description="Every filter that is given must fit.",
        answers={200: AuditEntry},
        several=True,
        query=AuditQuery,
        gives=LINK,
    )
)
def list_audit(context: ApiContext, query: AuditQuery) -> Answer:
    with context.read() as db:
        found = entries_of(
            db, by=query.by, since=query.from_, until=query.to, before=query.cursor or None, limit=query.limit + 1
        )
    page, link = page_of(found, query.limit, lambda entry: entry.number)
    return Answer([AuditEntry(**audit_document(entry)) for entry in page], headers=link)
