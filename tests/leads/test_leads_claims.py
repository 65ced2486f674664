"""Leads wait in the pond, and of several agents who take one the first has it."""

import itertools
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest

from sami.calls.inbound import Arrival, begin_call
from sami.calls.transaction import CallSettings
from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.language.trace import Reason
from sami.leads.bulk import reassign_bulk
from sami.leads.by_text import describe_pond, take_lead
from sami.leads.claims import claim, read_pond
from sami.leads.refusals import AgentInactive, AgentUnknown, AlreadyOwned, ClaimRefused, LeadUnknown
from sami.settings.sections import LimitsSettings
from sami.store.facts import agent_facts, read_directory
from sami.store.leads import lock_ownership
from sami.store.people import find_agents
from sami.store.policies import open_exception, policy_versions
from sami.store.reservations import reserve_agents
from sami.store.texts import record_consent
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from tests.support.cast import LINE, PHONES, STAFF_LINE
from tests.support.counts import count
from tests.support.leading import CAPPED, HOUR, MINUTE, MONDAY_10, Business, team

pytestmark = pytest.mark.races

ROUNDS = count(50, 2_000)


@pytest.fixture
def business(database: Database) -> Business:
    return Business(database)


def take(business: Business, lead_id: int, key: str = "ana") -> None:
    agent_id = business.ids[key]
    business.do(lambda db: claim(db, lead_id=lead_id, agent_id=agent_id, by=person(key), now=business.now))


def publish_policy(business: Business, **document: Any) -> None:
    row = {"kind": "published", "document": document, "effective_at": MONDAY_10 - HOUR, "published_at": MONDAY_10}
    business.do(lambda db: db.execute(policy_versions.insert().values(**row, note="", share=100, published_by="olive")))


def test_who_takes_a_lead_owns_it_and_its_exceptions_are_over(business: Business) -> None:
    lead = business.lead(None, may_be_assigned=False)
    business.do(lambda db: open_exception(db, lead_id=lead, kind="unowned", detail="", at=business.now))
    business.set_agent("ana", leads_on=False, calls_on=False)
    take(business, lead)
    assert business.history(lead) == [(None, "ana", "claimed from the pond", "ana")]
    assert business.told(lead) == ["Claimed from the pond by Ana Ruiz"]
    assert business.open_exceptions(lead) == []
    assert business.find(lead).pond_since is None
    business.expect_true_books()


def test_who_comes_second_hears_by_whom_it_was_taken(business: Business) -> None:
    lead = business.lead(None)
    take(business, lead)
    with pytest.raises(AlreadyOwned, match="Ana Ruiz"):
        take(business, lead, "ben")
    assert business.owner(lead) == "ana"


def test_a_full_agent_may_not_take_another(database: Database) -> None:
    business = Business(database, team(ana=CAPPED))
    leads = [business.lead(None) for _ in range(3)]
    for lead in leads[:2]:
        take(business, lead)
    with pytest.raises(ClaimRefused, match="Ana Ruiz has as many open leads as they may have \\(2 of 2\\)") as refused:
        take(business, leads[2])
    assert refused.value.reason is Reason.CAP_OPEN_LEADS
    assert business.owners(leads) == ["ana", "ana", None]


@pytest.mark.parametrize("cap", ["leads_per_day", "leads_per_hour"])
def test_a_claim_counts_against_the_day_and_the_hour(database: Database, cap: str) -> None:
    business = Business(database, team(ana={"caps": {cap: 1}}))
    first, second = business.lead(None), business.lead(None)
    take(business, first)
    with pytest.raises(ClaimRefused):
        take(business, second)
    business.now += 24 * HOUR
    take(business, second)


def test_who_left_takes_nothing_and_nobody_takes_what_is_not_there(business: Business) -> None:
    lead = business.lead(None)
    business.set_agent("dee", active=False)
    with pytest.raises(AgentInactive):
        take(business, lead, "dee")
    with pytest.raises(LeadUnknown):
        take(business, 999)
    with pytest.raises(AgentUnknown):
        business.do(lambda db: claim(db, lead_id=lead, agent_id=999, by=person("max"), now=business.now))
    assert business.owner(lead) is None


STRATEGIC = {"name": "Strategic accounts", "when": {"tags": ["strategic"]}, "to": {"agent": "olive"}}


@pytest.mark.parametrize(
    ("constraint", "reason"),
    [
        pytest.param(STRATEGIC, Reason.NOT_NAMED, id="who is not named for strategic accounts"),
        pytest.param({"name": "Licence", "require": "licence"}, Reason.LACKS_LICENCE, id="without a licence"),
        pytest.param({"name": "Language", "require": "language"}, Reason.LACKS_LANGUAGE, id="without the language"),
        pytest.param({"name": "Consent", "require": "consent"}, Reason.NO_CONSENT, id="a lead that said stop"),
    ],
)
def test_hard_constraints_hold_for_claims_too(business: Business, constraint: dict[str, Any], reason: Reason) -> None:
    publish_policy(business, constraints=[constraint])
    lead = business.lead(None, tags=["strategic"], state="TX", attributes={"language": "Spanish"})
    phone = business.find(lead).phone
    business.do(lambda db: record_consent(db, phone=phone, state="opted_out", source="test", at=business.now))
    with pytest.raises(ClaimRefused) as refused:
        take(business, lead)
    assert refused.value.reason is reason
    assert business.owner(lead) is None


def test_whom_a_constraint_names_may_take_it(business: Business) -> None:
    publish_policy(business, constraints=[STRATEGIC])
    lead = business.lead(None, tags=["strategic"])
    take(business, lead, "olive")
    assert business.owner(lead) == "olive"


def test_the_pond_is_read_oldest_first(business: Business) -> None:
    newest = business.lead(None, pond_since=business.now - MINUTE)
    oldest = business.lead(None, pond_since=business.now - HOUR, unowned_reason="no rule matches")
    business.lead("ana")
    pond = business.do(lambda db: read_pond(db, limit=5))
    assert [found.lead.number for found in pond.oldest] == [oldest, newest]
    assert (pond.count, pond.oldest[0].reason) == (2, "no rule matches")


# --- By text.


def said(business: Business, number: int | None, key: str = "ana") -> str:
    def answer(db: Any) -> str:
        if number is None:
            return describe_pond(db, business.now)
        (row,) = find_agents(db, keys=(key,))
        return take_lead(db, number, agent_facts(row, read_directory(db), business.now), business.now)

    return business.do(answer)


def test_take_is_answered_in_one_short_text(database: Database) -> None:
    business = Business(database, team(ben=CAPPED))
    lead = business.lead(None)
    for _ in range(2):
        business.lead("ben")
    phone = business.find(lead).phone
    assert said(business, lead, "ben") == (
        f"Lead L{lead} stays where it is: Ben Okafor has as many open leads as they may have (2 of 2)."
    )
    assert said(business, lead) == f"Lead L{lead} is yours now: Maria Ortiz, {phone}."
    assert said(business, lead) == f"Lead L{lead} is yours already: Maria Ortiz, {phone}."
    assert said(business, lead, "cy") == f"Lead L{lead} was already taken by Ana Ruiz."
    assert said(business, 999) == "There is no lead L999. Text TAKE for the list."


def test_take_alone_lists_the_three_oldest_with_their_ages(business: Business) -> None:
    assert said(business, None) == "No lead waits in the pond."
    ages = [HOUR * 30, 3 * HOUR + MINUTE, 7 * MINUTE, MINUTE, MINUTE]
    names = ["Jo", "Jo", "", "Jo", "Jo"]
    waiting = zip(ages, names, strict=True)
    first, second, third, *_ = [business.lead(None, pond_since=business.now - age, name=name) for age, name in waiting]
    last_four = business.find(third).phone[-4:]
    assert said(business, None) == (
        f"L{first} Jo (30 h); L{second} Jo (3 h 1 min); L{third} caller ending {last_four} (7 min); and 2 more. "
        f"Text TAKE L{first} to take it."
    )


def test_long_names_leave_room_for_fewer(business: Business) -> None:
    for _ in range(3):
        business.lead(None, name="Maximiliana Wilhelmina von Hohenlohe")
    answer = said(business, None)
    assert "and 1 more" in answer
    assert len(answer) <= 160


# --- At once.


@pytest.mark.postgres
@pytest.mark.timeout(count(120, 1_800))
def test_r07_of_agents_who_take_a_lead_at_once_one_has_it(postgres_url: str) -> None:
    database = Database(postgres_url)
    business = Business(database, team())
    ids = business.ids

    def try_to_take(lead_id: int, key: str) -> bool:
        try:
            with database.begin(30) as db:
                claim(db, lead_id=lead_id, agent_id=ids[key], by=person(key), now=MONDAY_10)
        except AlreadyOwned:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for _ in range(ROUNDS):
            lead = business.lead(None)
            won = list(threads.map(lambda key, lead=lead: try_to_take(lead, key), ("ana", "ben")))
            assert sorted(won) == [False, True]
            assert [to for _, to, _, _ in business.history(lead)] == ["ana" if won[0] else "ben"]
    business.expect_true_books()
    database.close()


@pytest.mark.postgres
@pytest.mark.timeout(count(120, 1_800))
def test_r07_texts_calls_and_a_batch_at_once_leave_one_owner_and_no_time_out(postgres_url: str) -> None:
    database = Database(postgres_url)
    business = Business(database, team())
    texts = itertools.count(1)

    def call_in(number: int) -> None:
        arrival = Arrival(f"CA{number}", E164(LINE), E164(f"+1512777{number:04d}"))
        with database.begin() as db:
            begin_call(db, arrival, CallSettings(legs_possible=False), MONDAY_10)

    def move_all(_: int) -> None:
        wanted = LeadFilter(state="TX")
        with database.begin(30) as db:
            reassign_bulk(db, filter=wanted, split={"cy": 1, "dee": 1}, reason="x", by=person("olive"), now=MONDAY_10)

    taken = 0
    with ThreadPoolExecutor(4) as threads:
        for number in range(ROUNDS // 5):
            lead = business.lead(None, state="TX")
            answers = [threads.submit(text_take, database, next(texts), lead, key) for key in ("ana", "ben")]
            others = [threads.submit(call_in, number), threads.submit(move_all, number)]
            won = [f"Lead L{lead} is yours now" in (answer.result() or "") for answer in answers]
            for other in others:
                other.result()
            takers = {key for key, is_mine in zip(("ana", "ben"), won, strict=True) if is_mine}
            first = next(to for _, to, _, _ in business.history(lead))
            assert takers == {first} & {"ana", "ben"}, "who was told so has it, unless the batch was faster"
            taken += len(takers)
            assert business.owner(lead) is not None
    assert taken > 0
    business.expect_true_books()
    database.close()


@pytest.mark.postgres
def test_a_text_that_takes_a_lead_keeps_nobody_from_ringing_its_agent_while_it_waits(postgres_url: str) -> None:
    """Whoever needs leads and an agent takes the leads first: a locked agent is passed over by calls."""
    database = Database(postgres_url)
    business = Business(database, team())
    lead = business.lead(None)
    with ThreadPoolExecutor(1) as threads:
        with database.begin() as db:
            lock_ownership(db)
            waiting = threads.submit(text_take, database, 1, lead, "ana")
            wait([waiting], timeout=0.3)
            assert reserve_agents(db, ids=[business.ids["ana"]], call="CA1", at=MONDAY_10, until=MONDAY_10 + MINUTE)
        assert waiting.result() is not None
    assert business.owner(lead) == "ana"
    database.close()


def text_take(database: Database, number: int, lead_id: int, key: str) -> str | None:
    inbound = InboundText(f"SM{number}", E164(PHONES[key]), E164(STAFF_LINE), f"TAKE {lead_id}")
    with database.begin() as db:
        return receive_text(db, inbound, LimitsSettings(replies_per_sender=100_000), MONDAY_10)
