"""What we find out about a lead by ourselves is found anew when it changes, and said in words."""

from typing import Any

import pytest

from sami.domain.language.phone import E164
from sami.domain.leads.doubts import changed_by, findings_of, found_anew, said_findings
from sami.domain.leads.inquiry import Inquiry

LEE = Inquiry(name="Lee Ortiz", phone=E164("+15125550142"), area_code="512")
LEES = {"region": "South", "time_zones": ["America/Chicago"], "line_type": "landline or mobile"}


def after(findings: dict[str, Any], before: Inquiry, **changes: Any) -> dict[str, Any]:
    return found_anew(findings, findings_of(before, "US"), findings_of(changed_by(before, changes), "US"))


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
    stored = findings_of(before, "US") | {"email_as_written": "lee@"}
    found = after(stored, before, **changes)
    assert found == {name: value for name, value in stored.items() if name not in gone} | new


def test_where_nothing_of_it_changed_nothing_is_added() -> None:
    assert after({}, LEE, city="Austin") == {}


def test_findings_are_said_as_people_say_them() -> None:
    assert said_findings(LEES | {"name_suspect": True, "phone_valid": True, "other": 1}) == (
        "the name looks made up; the phone is a landline or mobile number; the region is South; "
        "the time zone is America/Chicago"
    )
    assert said_findings({"name_suspect": False}) == ""
