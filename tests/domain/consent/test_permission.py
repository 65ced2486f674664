"""Who may be texted, and when it is day where they may live."""

from datetime import UTC, datetime, timedelta

import pytest

from sami.domain.consent.permission import Barred, ContactFacts, NotBefore, Permitted, may_text, next_permitted
from sami.domain.language.hours import to_local

CHICAGO, NEW_YORK, HONOLULU, GUAM = "America/Chicago", "America/New_York", "Pacific/Honolulu", "Pacific/Guam"
NIGHT = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # 23:00 in Chicago
MORNING = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)  # 8:00 in Chicago


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zones", "asked", "answered"),
    [
        pytest.param((CHICAGO,), "2026-03-03T14:00", "2026-03-03T14:00", id="eight sharp is day"),
        pytest.param((CHICAGO,), "2026-03-03T13:59:59", "2026-03-03T14:00", id="a second before eight waits for it"),
        pytest.param((CHICAGO,), "2026-03-04T01:59:59", "2026-03-04T01:59:59", id="a second before eight at night"),
        pytest.param((CHICAGO,), "2026-03-04T02:00", "2026-03-04T14:00", id="eight at night waits for the morning"),
        pytest.param((CHICAGO,), "2026-03-08T09:00", "2026-03-08T13:00", id="the night the clocks go forward"),
        pytest.param((CHICAGO,), "2026-11-01T08:00", "2026-11-01T14:00", id="the night the clocks go back"),
        pytest.param((CHICAGO, NEW_YORK), "2026-03-03T13:00", "2026-03-03T14:00", id="the later of two mornings"),
        pytest.param((CHICAGO, NEW_YORK), "2026-03-04T01:30", "2026-03-04T14:00", id="the earlier of two evenings"),
        pytest.param((NEW_YORK, HONOLULU), "2026-03-03T14:00", "2026-03-03T18:00", id="far apart, a short day"),
        pytest.param((), "2026-03-03T05:00", "2026-03-03T05:00", id="nowhere is always day"),
    ],
)
def test_a_text_waits_until_it_is_day_in_every_zone(zones: tuple[str, ...], asked: str, answered: str) -> None:
    assert next_permitted(zones, at(asked)) == at(answered)


def test_twelve_hours_apart_only_the_laws_longer_day_is_left() -> None:
    found = next_permitted(("UTC", "Etc/GMT-12"), NIGHT)
    assert found is not None
    assert all(8 <= to_local(found, zone).hour < 21 for zone in ("UTC", "Etc/GMT-12"))


def test_where_no_hour_is_day_everywhere_there_is_none() -> None:
    zones = ("UTC", "Etc/GMT+6", "Etc/GMT-6", "Etc/GMT-12")
    assert next_permitted(zones, NIGHT) is None
    assert isinstance(may_text(ContactFacts(False, for_lead=True, zones=zones), NIGHT), Barred)


LEAD = {"opted_out": False, "for_lead": True, "zones": (CHICAGO,)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"opted_out": False}, Permitted(), id="an agent at night"),
        pytest.param({"opted_out": True}, Barred("opted out"), id="an agent who said STOP"),
        pytest.param({"opted_out": False, "bad_number": True}, Permitted(), id="an agent is asked for consent only"),
        pytest.param({**LEAD, "opted_out": True, "asked_at": NIGHT}, Barred("opted out"), id="STOP beats everything"),
        pytest.param({**LEAD, "bad_number": True, "asked_at": NIGHT}, Barred("bad number"), id="a bad number"),
        pytest.param({**LEAD, "landline": True, "asked_at": NIGHT}, Barred("landline"), id="a landline"),
        pytest.param({**LEAD, "asked_at": NIGHT - timedelta(minutes=5)}, Permitted(), id="five minutes after"),
        pytest.param(
            {**LEAD, "asked_at": NIGHT - timedelta(minutes=5, seconds=1)}, NotBefore(MORNING), id="a second later"
        ),
        pytest.param(LEAD, NotBefore(MORNING), id="a lead who asked for nothing, at night"),
    ],
)
def test_r12_what_may_be_texted(facts: dict[str, object], expected: object) -> None:
    assert may_text(ContactFacts(**facts), NIGHT) == expected  # type: ignore[arg-type]
