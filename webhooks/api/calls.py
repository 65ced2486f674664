"""A call is read out, as `sami why CALL --json` prints it."""

from sami.domain.scopes import Scope
from sami.explanations import call_document, explain_call
from webhooks.api.door import Answer, Asked, answers
from webhooks.api.operations import Operation
from webhooks.api.refusals import NotFound
from webhooks.api.schemas.calls import Call


@answers(
    Operation(
        name="read_call",
        method="GET",
        path="/calls/<string:call_sid>",
        scope=Scope.CALLS_READ,
        summary="Read a call",
        answers={200: Call},
    )
)
def read_call(asked: Asked, call_sid: str) -> Answer:
    with asked.edge.database.read() as db:
        story = explain_call(db, call_sid)
    if story is None:
        raise NotFound
    return Answer(call_document(story))
