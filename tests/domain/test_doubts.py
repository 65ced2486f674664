"""What we find out about a lead by ourselves is found anew when it changes, and never in place of a person's word."""

from typing import Any

import pytest

from sami.domain.doubts import changed_by, findings_of, found_anew
from sami.domain.inquiry import Inquiry
from sami.domain.phone import E164

LEE = Inquiry(name="Lee Ortiz", phone=E164("+15125550142"), area_code="512")
LEES = {"region": "South", "time_zones": ["America/Chicago"], "line_type": "landline or mobile"}


def after(attributes: dict[str, Any], before: Inquiry, **changes: Any) -> dict[str, Any]:
    return found_anew(attributes, findings_of(before, "US"), findings_of(changed_by(before, changes), "US"))


def test_what_is_found() -> None:
    assert findings_of(LEE, "US") == LEES
    assert findings_of(Inquiry(name="asdf"), "US") == {"name_suspect": True}


@pytest.mark.parametrize(
    ("before", "changes", "gone", "new"),
    [
        (Inquiry(name="asdf"), {"name": "Maria Ortiz"}, {"name_suspect"}, {}),
        (LEE, {"name": "test"}, set(), {"name_suspect": True}),
        (LEE, {"phone": E164("+12125550142")}, set(), {"region": "Northeast", "time_zones": ["America/New_York"]}),
        (LEE, {"phone": E164("+16212340142")}, {"line_type", "region", "time_zones"}, {"phone_valid": False}),
        (LEE, {"state": "CA"}, set(), {"region": "West", "time_zones": ["America/Los_Angeles"]}),
    ],
    ids=["a better name", "a worse name", "another phone", "a newer phone", "another state"],
)
def test_a_doubt_is_about_the_lead_as_it_is_now(
    before: Inquiry, changes: dict[str, Any], gone: set[str], new: dict[str, Any]
) -> None:
    stored = findings_of(before, "US") | {"pets": True}
    found = after(stored, before, **changes)
    assert found == {name: value for name, value in stored.items() if name not in gone} | new


def test_what_somebody_said_themselves_stands() -> None:
    said = {"region": "Hill Country", "line_type": "mobile"}
    assert after(said, LEE, phone=E164("+12125550142")).items() >= said.items()


def test_where_nothing_of_it_changed_nothing_is_added() -> None:
    assert after({}, LEE, city="Austin") == {}
