"""Calls are listed; one is read out, as `sami why CALL --json` prints it, and what it came to is reported."""

from sami.domain.access.scopes import Scope
from sami.leads.refusals import AgentUnknown
from sami.outcomes.recording import LaterRefused, OutcomeNotReportable, Report, report_outcome
from sami.store.calls import lock_call
from sami.views.call_document import call_document, head_document
from sami.views.call_list import CallsAsked, call_heads, find_calls
from sami.views.call_story_rows import explain_call
from webhooks.api.documents import page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.idempotency import GIVES, TAKES, Repeatable
from webhooks.api.leads import readable_phone
from webhooks.api.operations import LINK, Operation
from webhooks.api.refusals import IdempotencyKeyReused, NotFound
from webhooks.api.schemas.calls import Call, CallQuery, ListedCall, OutcomeReport


@answers(
    Operation(
        name="list_calls",
        method="GET",
        path="/calls",
        scope=Scope.CALLS_READ,
        summary="List calls",
        description="Every filter that is given must fit. The newest come first.",
        answers={200: ListedCall},
        several=True,
        query=CallQuery,
        refuses=(AgentUnknown,),
        gives=LINK,
    )
)
def list_calls(context: ApiContext, query: CallQuery) -> Answer:
    with context.read() as db:
        asked = CallsAsked(
            line=None if query.line is None else readable_phone(db, query.line, "line"),
            agent=query.agent,
            outcome=query.outcome,
            ended=query.attempt,
            gate=query.gate,
            lead=query.lead,
            since=query.from_,
            until=query.to,
            bot=query.bot,
            source=query.source,
            rule=query.rule,
            counted=query.counted,
            within_s=query.within,
        )
        page, link = page_of(find_calls(db, asked, before=query.cursor, limit=query.limit + 1), query.limit)
        documents = [ListedCall(**head_document(call)) for call in call_heads(db, page)]
    return Answer(documents, headers=link)


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
def read_call(context: ApiContext, call_sid: str) -> Answer:
    with context.read() as db:
        story = explain_call(db, call_sid)
    if story is None:
        raise NotFound
    return Answer(call_document(story))


@answers(
    Operation(
        name="report_outcome",
        method="POST",
        path="/calls/<string:call_sid>/outcome",
        scope=Scope.CALLS_WRITE,
        summary="Report what a call came to",
        description=(
            "How the transfer went is known from the call and stays; what is reported is kept beside it and its "
            "actions run too. opt_out replaces everything. `at` is when the caller wants to be contacted."
        ),
        answers={200: Call},
        body=OutcomeReport,
        refuses=(OutcomeNotReportable, LaterRefused, IdempotencyKeyReused),
        takes=TAKES,
        gives=GIVES,
    )
)
def report(context: ApiContext, call_sid: str, body: OutcomeReport) -> Answer:
    repeatable = Repeatable.read(context, body)
    with context.begin() as db:
        if repeatable and (earlier := repeatable.claim(db, context)):
            return earlier
        call = lock_call(db, call_sid)
        if call is None:
            raise NotFound
        report_outcome(db, call, Report(body.outcome, context.who.by, body.note, body.at), context.now)
        story = explain_call(db, call_sid)
        assert story is not None, "the call was found a moment ago"
        answer = Answer(call_document(story))
        if repeatable:
            repeatable.keep(db, answer)
        return answer
