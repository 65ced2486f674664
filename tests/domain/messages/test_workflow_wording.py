"""What staff are texted by workflows for which no admin wrote the words."""

import pytest

from sami.domain.language.phone import E164
from sami.domain.leads.inquiry import Inquiry
from sami.domain.messages.wording.workflows import new_lead, notice
from sami.domain.organisation.document import Trigger
from sami.domain.outcomes.workflows import Event
from tests.support.cast import LEE

MARIA = Inquiry(
    id=12,
    name="Maria Ortiz",
    phone=E164(LEE),
    email="maria@example.com",
    source="Zillow",
    type="buyer",
    city="Austin",
    state="TX",
    price=450_000,
    timeframe="now",
)


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        (MARIA, f"Maria Ortiz, {LEE}, from Zillow, Austin TX: buyer, 450,000, now."),
        (Inquiry(id=12, phone=E164(LEE), source="Website"), f"{LEE}, from Website."),
        (Inquiry(id=12, name="Maria Ortiz", email="maria@example.com"), "Maria Ortiz, maria@example.com."),
        (Inquiry(id=12, source="Zillow", source_id="z1"), "without a name, from Zillow."),
    ],
    ids=["all that is known", "a caller", "an e-mail address and no phone", "only an id at a source"],
)
def test_a_new_lead_is_told_with_the_best_way_to_reach_it(lead: Inquiry, words: str) -> None:
    assert new_lead(lead, is_owned=True) == f"New lead L12: {words}"
    assert new_lead(lead, is_owned=False) == f"New lead L12, owned by nobody: {words}"


@pytest.mark.parametrize("trigger", Trigger)
def test_every_trigger_has_words_that_fit_one_text(trigger: Trigger) -> None:
    event = Event(trigger, tag="vip", stage="QUALIFIED", outcome="successful_transfer")
    told = notice(event, MARIA, is_owned=True)
    assert "ead L12" in told
    assert LEE in told
    assert told.isascii()
    assert len(told) <= 160
