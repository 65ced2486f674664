"""Exceptions are listed, settled with a note, and opened again."""

from sami.domain.access.scopes import Scope
from sami.leads.exceptions import ExceptionOpen, ExceptionUnknown, meant, settle_exception
from sami.store.policies import list_exceptions, show_exception
from sami.views.exceptions import exception_document
from webhooks.api.documents import page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import require_row
from webhooks.api.operations import LINK, Operation
from webhooks.api.schemas.exceptions import ExceptionChange, ExceptionQuery, LeadException


@answers(
    Operation(
        name="list_exceptions",
        method="GET",
        path="/exceptions",
        scope=Scope.LEADS_READ,
        summary="List the leads that a person should look at",
        description="Every filter that is given must fit. The oldest come first.",
        answers={200: LeadException},
        several=True,
        query=ExceptionQuery,
        gives=LINK,
    )
)
def list_them(context: ApiContext, query: ExceptionQuery) -> Answer:
    wanted = meant(query.kind, query.state, query.from_, query.to, unless_said=None)
    with context.read() as db:
        rows = list_exceptions(db, wanted, limit=query.limit + 1, after=query.cursor)
    page, link = page_of(rows, query.limit)
    return Answer([LeadException(**exception_document(row)) for row in page], headers=link)


@answers(
    Operation(
        name="change_exception",
        method="PATCH",
        path="/exceptions/<int:id>",
        scope=Scope.LEADS_WRITE,
        summary="Settle an exception, or open it again",
        answers={200: LeadException},
        body=ExceptionChange,
        refuses=(ExceptionUnknown, ExceptionOpen),
    )
)
def change_exception(context: ApiContext, id: int, body: ExceptionChange) -> Answer:
    with context.begin() as db:
        settle_exception(db, id, state=body.state, note=body.note, by=context.who.by, now=context.now)
        return Answer(LeadException(**exception_document(require_row(show_exception(db, id)))))
