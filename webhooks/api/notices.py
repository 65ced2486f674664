"""Notices in the app are listed and marked as read."""

from sami.domain.access.scopes import Scope
from sami.store import pages
from sami.store.notices import mark_notice, show_notice, show_notices
from webhooks.api.documents import notice_document, page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import require_row
from webhooks.api.operations import LINK, Operation
from webhooks.api.refusals import FieldFault, InvalidFields
from webhooks.api.schemas.notices import Notice, NoticeChange, NoticeQuery


@answers(
    Operation(
        name="list_notices",
        method="GET",
        path="/notices",
        scope=Scope.NOTICES_READ,
        summary="List notices in the app",
        description="Every filter that is given must fit. The oldest come first.",
        answers={200: Notice},
        several=True,
        query=NoticeQuery,
        gives=LINK,
    )
)
def list_notices(context: ApiContext, query: NoticeQuery) -> Answer:
    with context.read() as db:
        agent = None if query.agent is None else pages.show_agent(db, query.agent)
        if query.agent is not None and agent is None:
            raise InvalidFields(FieldFault("agent", "is nobody", "write an agent's key"))
        agent_id = None if agent is None else agent.id
        rows = show_notices(db, agent_id=agent_id, unread=query.unread, after=query.cursor, limit=query.limit + 1)
    page, link = page_of(rows, query.limit)
    return Answer([notice_document(row) for row in page], headers=link)


@answers(
    Operation(
        name="change_notice",
        method="PATCH",
        path="/notices/<int:id>",
        scope=Scope.NOTICES_WRITE,
        summary="Mark a notice as read",
        answers={200: Notice},
        body=NoticeChange,
    )
)
def change_notice(context: ApiContext, id: int, body: NoticeChange) -> Answer:
    with context.begin() as db:
        require_row(show_notice(db, id))
        mark_notice(db, id, read=body.read, at=context.now)
        return Answer(notice_document(require_row(show_notice(db, id))))
