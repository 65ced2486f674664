"""Decisions are read with their facts, and made again from them."""

from sami.domain.access.scopes import Scope
from sami.store.explanations import find_decision
from sami.store.policies import read_policy
from sami.views.decision import choice_document, whole_decision_document
from sami.views.replay import replay_decision
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import require_row
from webhooks.api.operations import Operation
from webhooks.api.schemas.decisions import Choice, Decision, Replay

DECISION_PATH = "/decisions/<string:id>"


@answers(
    Operation(
        name="read_decision",
        method="GET",
        path=DECISION_PATH,
        scope=Scope.DECISIONS_READ,
        summary="Read a decision",
        answers={200: Decision},
    )
)
def read_decision(context: ApiContext, id: str) -> Answer:
    with context.read() as db:
        return Answer(Decision(**whole_decision_document(require_row(find_decision(db, id)))))


@answers(
    Operation(
        name="replay_decision",
        method="POST",
        path=f"{DECISION_PATH}/replay",
        scope=Scope.DECISIONS_READ,
        summary="Make a decision again from its stored facts",
        description="Nothing is changed by it.",
        answers={200: Replay},
    )
)
def replay(context: ApiContext, id: str) -> Answer:
    with context.read() as db:
        row = require_row(find_decision(db, id))
        policy = None if row.policy_version is None else read_policy(db, row.policy_version)
    replayed = replay_decision(row, policy)
    stored, again = (Choice(**choice_document(made)) for made in (replayed.stored, replayed.again))
    return Answer(Replay(same=replayed.is_same, stored=stored, again=again))
