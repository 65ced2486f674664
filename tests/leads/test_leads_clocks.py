"""The clock of a lead's first response: started at intake, stopped by a person who speaks to the lead, never reset."""

from datetime import timedelta
from typing import Any

import pytest

from sami.database.engine import Database
from sami.domain.assignment.policy import FirstResponse, Policy
from sami.domain.language.actor import person
from sami.leads.breaches import breach
from sami.leads.clocks import note_response, start_sla
from sami.leads.owners import reassign
from sami.settings.loading import Settings
from sami.store.leads import find_lead_by_phone
from tests.support.calling import Calling, answered_call, at, missed_call
from tests.support.cast import ANA, DESK, LEE, agent, desk, olive, organisation
from tests.support.leading import HOUR, MINUTE, Business
from tests.support.signed import SignedClient


@pytest.fixture
def business(database: Database) -> Business:
    return Business(database)


def timed_lead(business: Business, **stated: Any) -> int:
    """Its clock began now."""
    lead = business.lead("ana", **stated)
    business.do(lambda db: start_sla(db, lead_id=lead, policy=None, source="", now=business.now))
    return lead


def respond(business: Business, lead: int, after: timedelta) -> None:
    said_at = business.find(lead).created_at + after
    business.do(lambda db: note_response(db, lead_id=lead, at=said_at, how="a call was answered"))


def clock_of(business: Business, lead: int) -> tuple[str | None, timedelta | None]:
    """State, and how long the response took."""
    row = business.find(lead)
    return row.sla_state, None if row.responded_at is None else row.responded_at - row.created_at


def test_a_clock_is_started_once(business: Business) -> None:
    lead = timed_lead(business)
    due_at = business.find(lead).sla_due_at
    assert due_at == business.now + 5 * MINUTE
    later = business.now + HOUR
    policy = Policy(sla=FirstResponse(minutes=1))
    business.do(lambda db: start_sla(db, lead_id=lead, policy=policy, source="", now=later))
    assert business.find(lead).sla_due_at == due_at


def test_a_source_may_have_a_target_of_its_own(business: Business) -> None:
    lead = business.lead("ana")
    policy = Policy(sla=FirstResponse(sources={"Zillow": 2}))
    business.do(lambda db: start_sla(db, lead_id=lead, policy=policy, source="zillow", now=business.now))
    assert business.find(lead).sla_due_at == business.now + 2 * MINUTE


def test_the_first_response_stops_it(business: Business) -> None:
    lead = timed_lead(business)
    respond(business, lead, 2 * MINUTE)
    respond(business, lead, 3 * MINUTE)
    assert clock_of(business, lead) == ("met", 2 * MINUTE)
    assert business.told(lead) == ["First response: a call was answered, after 2 min."]


def test_a_late_response_is_late(business: Business) -> None:
    lead = timed_lead(business)
    respond(business, lead, 7 * MINUTE)
    assert clock_of(business, lead) == ("breached", 7 * MINUTE)
    assert business.told(lead) == ["First response: a call was answered, after 7 min, 2 min late."]


def test_a_response_heard_of_late_was_in_time_and_takes_the_breach_back(business: Business) -> None:
    lead = timed_lead(business)
    business.do(lambda db: breach(db, lead, business.now + 6 * MINUTE))
    assert business.open_exceptions(lead) == ["sla_breached"]
    respond(business, lead, 4 * MINUTE)
    assert clock_of(business, lead) == ("met", 4 * MINUTE)
    assert business.open_exceptions(lead) == []


def test_a_lead_without_a_clock_is_left_as_it_is(business: Business) -> None:
    lead = business.lead("ana")
    respond(business, lead, MINUTE)
    assert clock_of(business, lead) == (None, None)
    assert business.told(lead) == []


def test_reassigning_does_not_reset_it(business: Business) -> None:
    lead = timed_lead(business)
    due_at = business.find(lead).sla_due_at
    business.now += 3 * MINUTE
    business.do(lambda db: reassign(db, lead_id=lead, to="ben", reason="asked", by=person("olive"), now=business.now))
    assert (business.find(lead).sla_state, business.find(lead).sla_due_at) == ("active", due_at)


# --- Calls.


def lead_of(calling: Calling) -> Any:
    with calling.database.read() as db:
        return find_lead_by_phone(db, LEE)


def test_pressing_1_is_the_response_while_they_talk(database: Database) -> None:
    calling = Calling(database, organisation())
    calling.arrive()
    calling.dial_ends("busy", 2)
    calling.ringing("Ben", 4)
    calling.pick_up("Ben", 9)
    assert lead_of(calling).sla_state == "active"
    calling.press("Ben", "1", 12)
    assert (lead_of(calling).sla_state, lead_of(calling).responded_at) == ("met", at(12))


def test_an_answered_call_responds_once(database: Database) -> None:
    calling = Calling(database, organisation())
    answered_call(calling)
    assert (lead_of(calling).sla_state, lead_of(calling).responded_at) == ("met", at(12))


def test_a_desk_phone_that_is_picked_up_responds(database: Database) -> None:
    calling = Calling(database, organisation(agents=[agent("ana", screening=False), olive()]))
    calling.arrive()
    calling.ringing("Ana", 1)
    calling.in_progress("Ana", 4)
    assert lead_of(calling).responded_at == at(4)


def test_a_missed_call_leaves_the_clock_running_and_the_finished_task_stops_it(
    settings: Settings, database: Database
) -> None:
    calling = Calling(database, organisation(bot={"fallback": [desk()]}))
    missed_call(calling)
    assert lead_of(calling).sla_state == "active"
    with SignedClient(settings) as twilio:
        twilio.post("/webhooks/sms", MessageSid="SM1", From=ANA, To="+15125550110", Body="DONE 1", NumMedia="0")
    assert lead_of(calling).responded_at is not None


def test_the_front_desk_responds_too(database: Database) -> None:
    calling = Calling(database, organisation(agents=[agent("ana", calls=False), olive()], bot={"fallback": [desk()]}))
    calling.arrive()
    calling.dial_ends("completed", 40, bridged=True)
    assert calling.attempts()[-1].phone == DESK
    assert lead_of(calling).sla_state == "met"
