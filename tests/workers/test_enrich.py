"""What is filled in of where a lead lives, and that nothing it said is touched."""

from typing import Any

import pytest

from sami.domain.leads.inquiry import Inquiry
from sami.workers.enrich import enrich, enrich_by_phone
from tests.support.cast import LEE
from tests.workers.asking import asked

CHICAGO, DENVER = "America/Chicago", "America/Denver"


@pytest.mark.parametrize(
    ("said", "output"),
    [
        pytest.param(
            {"phone": LEE},
            {"country": "US", "state": "TX", "findings": {"region": "South", "time_zones": [CHICAGO]}},
            id="all of it from the area code",
        ),
        pytest.param(
            {"phone": LEE, "zip": "10001"},
            {"country": "US", "state": "NY", "findings": {"region": "Northeast", "time_zones": ["America/New_York"]}},
            id="the ZIP goes before the area code",
        ),
        pytest.param(
            {"phone": LEE, "state": "CO"},
            {"country": "US", "findings": {"region": "West", "time_zones": [DENVER]}},
            id="a state it named is not filled in",
        ),
        pytest.param(
            {"phone": LEE, "state": "TX", "country": "US"},
            {"findings": {"region": "South", "time_zones": [CHICAGO]}},
            id="nor is its country",
        ),
        pytest.param(
            {"phone": "+442071838750"},
            {"country": "GB", "findings": {"time_zones": ["Europe/London"]}},
            id="elsewhere there are no states and regions of ours",
        ),
        pytest.param({"phone": "+18005550142"}, {"country": "US"}, id="a toll-free phone may be anywhere"),
        pytest.param({"email": "lee@example.com"}, {}, id="an address alone says nothing"),
    ],
)
def test_where_a_lead_lives_is_filled_in(said: dict[str, Any], output: dict[str, Any]) -> None:
    assert enrich(asked(Inquiry(**said))).output == output


def test_the_first_version_read_nothing_but_the_phone() -> None:
    lead = Inquiry(phone=LEE, zip="10001")  # type: ignore[arg-type]
    assert enrich_by_phone(asked(lead)).output["state"] == "TX"
    assert enrich(asked(lead)).output["state"] == "NY"
