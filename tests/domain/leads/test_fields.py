"""One list says what a lead says of itself."""

from sami.domain.leads.condition import ASKED
from sami.domain.leads.inquiry import SAID, Inquiry, Said
from sami.store.leads import leads


def test_every_field_is_declared_and_stored() -> None:
    assert {field.name for field in SAID} == set(Said.__dataclass_fields__) <= set(leads.c.keys())


def test_a_condition_asks_only_for_what_a_lead_says() -> None:
    assert set(ASKED) <= set(Inquiry.__dataclass_fields__)
