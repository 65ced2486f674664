"""CALL L12 is refused with a sentence at once, where the lead may not be called or is not theirs to call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.consent import ledger
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.language.phone import E164
from sami.settings.sections import LimitsSettings
from sami.store import leads
from sami.store.outbound_calls import placed_calls
from sami.store.texts import mark_bad_number
from tests.support.cast import ANA, BEN, LEE, LINE, OLIVE
from tests.support.texting import Texting

pytestmark = pytest.mark.races

RINGS = "Your phone rings now. Press 1 to call Lee Ortiz."


@pytest.fixture
def business(database: Database) -> Texting:
    """Lee wrote, and is Ana's."""
    made = Texting(database)
    made.text("Hello", sender=LEE, line=LINE)
    made.do(lambda db: leads.update_lead(db, 1, name="Lee Ortiz"))
    return made


def change(business: Texting, **values: Any) -> None:
    business.do(lambda db: leads.update_lead(db, 1, **values))


def wanted(business: Texting) -> list[tuple[str, str, int | None]]:
    return [(row.phone, row.line, row.asked_by) for row in business.rows(placed_calls)]


@pytest.mark.parametrize("body", ["CALL L1", "call 1", "Call #l1", "call l1 please"])
def test_the_owner_is_rung_for_a_call_to_the_lead(business: Texting, body: str) -> None:
    assert business.text(body) == RINGS
    assert wanted(business) == [(LEE, LINE, business.agent(ANA).id)]


def test_only_the_owner_and_who_speaks_for_all_may(business: Texting) -> None:
    assert business.text("CALL L1", sender=BEN) == "There is no lead L1 of yours."
    assert business.text("CALL L9") == "There is no lead L9 of yours."
    assert wanted(business) == []
    assert business.text("CALL L1", sender=OLIVE) == RINGS


def test_a_call_without_a_lead_is_asked_back(business: Texting) -> None:
    assert business.text("CALL LEE") == "Not understood. Say whom by the number of the lead, such as CALL L12."
    assert business.text("CALL C1") == (
        "Not understood. CALL takes the number of a lead, such as CALL L12; C is a call."
    )
    assert business.text("1 call") == (
        "Nothing was sent. Did you mean CALL 1? Text that. To send it to lead L1, text L1 call."
    )


@pytest.mark.parametrize("switch", ["OFF", "LEADS OFF", "OFF 2H"])
def test_their_own_switches_do_not_matter_for_they_asked(business: Texting, switch: str) -> None:
    business.text(switch)
    assert business.text("CALL L1") == RINGS


def test_r12_who_opted_out_is_not_called(business: Texting) -> None:
    business.text("STOP", sender=LEE, line=LINE)
    assert business.text("CALL L1") == "Nobody was called: Lee Ortiz asked not to be contacted."
    assert wanted(business) == []


def test_r12_who_wants_no_calls_is_not_called(business: Texting) -> None:
    barred = {"phone": E164(LEE), "channels": (Channel.CALL,), "until": None, "source": "test", "now": business.now}
    business.do(lambda db: ledger.bar(db, **barred))
    assert business.text("CALL L1") == "Nobody was called: Lee Ortiz is not to be contacted."
    assert wanted(business) == []


def test_r12_who_asked_to_be_contacted_later_is_called_then(business: Texting) -> None:
    change(business, do_not_contact_until=datetime(2026, 11, 18, 21, 0, tzinfo=UTC))
    assert business.text("CALL L1") == "Nobody was called: Lee Ortiz is not to be contacted until Wed 3:00 PM."


def test_r12_the_leads_quiet_hours_hold(business: Texting) -> None:
    business.now = datetime(2026, 11, 17, 4, 0, tzinfo=UTC)  # 22:00 in Chicago.
    assert business.text("CALL L1") == (
        "Nobody was called: it is outside the hours in which Lee Ortiz may be called. They may be from Tue 8:00 AM on."
    )
    assert wanted(business) == []


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        (None, "Lee Ortiz has no phone"),
        ("+442079460123", "Lee Ortiz is in GB, a country this organisation does not dial"),
        ("+19005550142", "Lee Ortiz is a premium-rate number"),
    ],
)
def test_s03_a_phone_that_may_not_be_dialled_is_not_called(business: Texting, phone: str | None, said: str) -> None:
    change(business, phone=phone)
    assert business.text("CALL L1") == f"Nobody was called: {said}."
    assert wanted(business) == []


def test_a_dead_number_is_not_called(business: Texting) -> None:
    business.do(lambda db: mark_bad_number(db, phone=LEE, error_code=21211, at=business.now))
    assert business.text("CALL L1") == "Nobody was called: Lee Ortiz has a number that does not work."


def test_s25_calls_are_capped(business: Texting) -> None:
    limits = LimitsSettings(bot_calls_per_phone_per_hour=1)
    assert business.text("CALL L1", limits=limits) == RINGS
    business.do(lambda db: db.execute(placed_calls.update().values(state="ended", placed_at=business.now)))
    assert business.text("CALL L1", limits=limits) == (
        "Nobody was called: 1 call within an hour to the phone ending 0142 is as many as [limits] permits."
    )
    business.now += timedelta(hours=1)
    assert business.text("CALL L1", limits=LimitsSettings(bot_calls_per_lead_per_day=1)) == (
        "Nobody was called: Lee Ortiz was called as often within a day as may be."
    )


def test_nobody_is_called_twice_at_once(business: Texting) -> None:
    business.text("CALL L1")
    assert business.text("CALL L1", sender=OLIVE) == (
        "Nobody was called: a call to Lee Ortiz is under way already, or waits for whoever is free."
    )
    assert len(wanted(business)) == 1


def test_r08_who_is_on_a_call_is_not_rung(business: Texting) -> None:
    business.set_agent("ana", reserved_until=business.now + timedelta(minutes=1), reserved_call="CA1", bridged=True)
    assert business.text("CALL L1") == ("Nobody was called: you are on a call. Text CALL L1 again when it is over.")
