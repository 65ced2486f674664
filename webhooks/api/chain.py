"""Where a call to a line would end."""

from sami.calls.chain import chain_of_line
from sami.domain.access.scopes import Scope
from sami.store.explanations import phones_of_agents
from sami.store.facts import read_directory
from sami.store.leads import find_lead
from sami.store.verification import confirmed_phones
from sami.views.chain import chain_document
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import Operation
from webhooks.api.refusals import FieldFault, InvalidFields, NotFound
from webhooks.api.schemas.chain import Chain, ChainQuery


@answers(
    Operation(
        name="read_chain",
        method="GET",
        path="/lines/<string:phone>/chain",
        scope=Scope.ORGANISATION_READ,
        summary="Read where a call to a line ends that nobody takes",
        description=(
            "Decided as a call is: who would ring in which stage, for how long, and which gate keeps whom from it. "
            "Nobody is rung, and nothing is written."
        ),
        answers={200: Chain},
        query=ChainQuery,
    )
)
def read_chain(context: ApiContext, phone: str, query: ChainQuery) -> Answer:
    with context.read() as db:
        line = read_directory(db).lines.get(phone)
        if line is None:
            raise NotFound
        lead = None if query.lead is None else find_lead(db, query.lead)
        if query.lead is not None and lead is None:
            raise InvalidFields(FieldFault("lead", "is no lead", "write the number of a lead"))
        at = query.at or context.now
        chain = chain_of_line(db, line, lead=lead, settings=context.edge.call_settings, at=at)
        document = chain_document(chain, agents=phones_of_agents(db), confirmed=confirmed_phones(db))
    return Answer(Chain.model_validate(document))
