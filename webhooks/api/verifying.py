"""A phone of an agent's, or a fallback number, is rung to be verified: as `sami verify` does."""

from datetime import datetime

from sami.agents.verification import RingRefused, Subject, ask_test_ring, find_subject
from sami.domain.access.scopes import Scope
from sami.domain.agents.verification import RingState
from sami.store.facts import read_directory
from sami.store.people import stored_agents
from sami.store.verification import confirmed_phones
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import Operation
from webhooks.api.refusals import NotFound
from webhooks.api.schemas.verifying import RingAsked


@answers(
    Operation(
        name="ring_agent_to_verify",
        method="POST",
        path="/organisation/agents/<string:key>/test-ring",
        scope=Scope.ORGANISATION_WRITE,
        summary="Ring an agent's phone, to verify it",
        description="Until 1 was pressed there, no call rings it. GET /agents/{key} then says when, as `verified_at`.",
        answers={202: RingAsked},
        refuses=(RingRefused,),
    )
)
def ring_agent(context: ApiContext, key: str) -> Answer:
    with context.read() as db:
        is_known = key in read_directory(db).agents
    if not is_known:
        raise NotFound
    return _ring(context, key)


@answers(
    Operation(
        name="ring_fallback_to_verify",
        method="POST",
        path="/organisation/bots/<string:key>/fallback/<string:phone>/test-ring",
        scope=Scope.ORGANISATION_WRITE,
        summary="Ring a fallback number of a bot, to verify it",
        description="It catches calls whether verified or not. The bot's chain then says when, as `verified_at`.",
        answers={202: RingAsked},
        refuses=(RingRefused,),
    )
)
def ring_fallback(context: ApiContext, key: str, phone: str) -> Answer:
    with context.read() as db:
        bot = read_directory(db).bots.get(key)
    if bot is None or phone not in {number.phone for number in bot.fallback}:
        raise NotFound
    return _ring(context, phone)


def _ring(context: ApiContext, who: str) -> Answer:
    with context.begin() as db:
        subject = find_subject(read_directory(db), who)
        ask_test_ring(db, subject, by=context.who.by, now=context.now)
        agent = None if subject.agent is None else stored_agents(db).get(subject.agent)
        verified_at = confirmed_phones(db).get(subject.phone) if agent is None else agent.verified_at
    return Answer(_asked(subject, verified_at), 202)


def _asked(subject: Subject, verified_at: datetime | None) -> RingAsked:
    return RingAsked(
        phone=subject.phone,
        name=subject.name,
        agent=subject.agent,
        state=RingState.WAITING,
        verified_at=verified_at,
    )
