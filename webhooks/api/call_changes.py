"""What people do about a call: they call back, and block whoever called."""

from sami.calls.calling_back import CallerWithheld, NotCalledBack, call_back
from sami.domain.access.scopes import Scope
from sami.leads.refusals import AgentInactive, AgentUnknown
from sami.organisation.blocking import NoOrganisation, block
from sami.store.calls import find_call
from webhooks.api.blocked import blocked_document, refused_by_field
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.idempotency import GIVES, TAKES, Repeatable
from webhooks.api.leads import require_row
from webhooks.api.operations import Operation
from webhooks.api.refusals import FieldFault, IdempotencyKeyReused, InvalidFields
from webhooks.api.schemas.blocked import BlockedCaller
from webhooks.api.schemas.calls import BlockWhoCalled, CallBackAsked, CallBackRequest


@answers(
    Operation(
        name="call_back",
        method="POST",
        path="/calls/<string:call_sid>/call-back",
        scope=Scope.CALLS_WRITE,
        summary="Call whoever called back",
        description=(
            "Rings the agent, and the lead when they press 1, through our number: as CALL L12 by text, within consent, "
            "hours and caps. Without `agent` it is whoever the key belongs to; a key that is nobody's must name one."
        ),
        answers={202: CallBackAsked},
        body=CallBackRequest,
        refuses=(AgentUnknown, AgentInactive, CallerWithheld, NotCalledBack, IdempotencyKeyReused),
        takes=TAKES,
        gives=GIVES,
    )
)
def ask_for_call_back(context: ApiContext, call_sid: str, body: CallBackRequest) -> Answer:
    agent = body.agent or context.who.agent
    if agent is None:
        right = "name the agent who is rung first; this key is nobody's"
        raise InvalidFields(FieldFault("agent", "is missing", right))
    repeatable = Repeatable.read(context, body)
    with context.begin() as db:
        if repeatable and (earlier := repeatable.claim(db, context)):
            return earlier
        lead = call_back(
            db,
            require_row(find_call(db, call_sid)),
            agent=agent,
            limits=context.edge.settings.limits,
            settings=context.edge.call_settings,
            now=context.now,
        )
        answer = Answer(CallBackAsked(agent=agent, lead=lead.id, phone=lead.phone, of_call=call_sid), 202)
        if repeatable:
            repeatable.keep(db, answer)
        return answer


@answers(
    Operation(
        name="block_who_called",
        method="POST",
        path="/calls/<string:call_sid>/block",
        scope=Scope.CALLS_WRITE,
        summary="Block whoever called",
        description="By their phone, from the next call on; POST /blocked blocks others too.",
        answers={200: BlockedCaller},
        body=BlockWhoCalled,
        refuses=(CallerWithheld, NoOrganisation),
    )
)
def block_who_called(context: ApiContext, call_sid: str, body: BlockWhoCalled) -> Answer:
    with refused_by_field(), context.begin() as db:
        caller = require_row(find_call(db, call_sid)).caller
        if caller is None:
            raise CallerWithheld
        row = {"phone": caller, **body.model_dump(mode="json", exclude_none=True)}
        return Answer(blocked_document(block(db, row, by=context.who.by, now=context.now)))
