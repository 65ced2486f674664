"""When a wait is over: local clocks, month ends, both clock changes, several zones (R11)."""

from datetime import UTC, datetime, timedelta

import pytest

from cadences.waits import wait_end
from sami.domain.language.hours import to_local
from sami.domain.organisation.document import Action

CHICAGO, NEW_YORK, PHOENIX = "America/Chicago", "America/New_York", "America/Phoenix"
HONOLULU, GUAM, LONDON, APIA = "Pacific/Honolulu", "Pacific/Guam", "Europe/London", "Pacific/Apia"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def over(since: str, zones: tuple[str, ...], **wait: str) -> datetime:
    action = Action("wait", for_=wait.get("for_"), between=wait.get("between"), on=wait.get("on"))
    return wait_end(action, instant(since), zones, instant(since))


@pytest.mark.parametrize(
    ("length", "since", "zone", "ends"),
    [
        pytest.param("30 minutes", "2026-11-16T16:00", CHICAGO, "2026-11-16T16:30", id="minutes are elapsed time"),
        pytest.param("3 hours", "2026-03-08T07:30", CHICAGO, "2026-03-08T10:30", id="hours too, as clocks go forward"),
        pytest.param("3 hours", "2026-11-01T05:30", CHICAGO, "2026-11-01T08:30", id="and as they go back"),
        pytest.param("1 day", "2026-11-16T16:00", CHICAGO, "2026-11-17T16:00", id="a day"),
        pytest.param("1 day", "2026-03-07T16:00", CHICAGO, "2026-03-08T15:00", id="a day of 23 hours"),
        pytest.param("1 day", "2026-10-31T15:00", CHICAGO, "2026-11-01T16:00", id="a day of 25 hours"),
        pytest.param("1 day", "2026-03-07T08:30", CHICAGO, "2026-03-08T08:00", id="02:30 does not exist: it is 03:00"),
        pytest.param("1 day", "2026-10-31T06:30", CHICAGO, "2026-11-01T06:30", id="01:30 comes twice: the first"),
        pytest.param("1 day", "2026-11-01T07:30", CHICAGO, "2026-11-02T07:30", id="from the second 01:30"),
        pytest.param("2 weeks", "2026-03-01T16:00", CHICAGO, "2026-03-15T15:00", id="weeks keep the time of day"),
        pytest.param("1 day", "2026-03-07T16:00", PHOENIX, "2026-03-08T16:00", id="where clocks never change"),
        pytest.param("1 month", "2026-01-31T16:00", CHICAGO, "2026-02-28T16:00", id="January's end is February's"),
        pytest.param("1 month", "2028-01-31T16:00", CHICAGO, "2028-02-29T16:00", id="in a leap year the 29th"),
        pytest.param("1 month", "2026-03-31T15:00", CHICAGO, "2026-04-30T15:00", id="31st to 30th"),
        pytest.param("12 months", "2028-02-29T16:00", CHICAGO, "2029-02-28T16:00", id="a year from a leap day"),
        pytest.param("1 month", "2026-12-15T16:00", CHICAGO, "2027-01-15T16:00", id="over the new year"),
        pytest.param("1 month", "2026-02-08T08:30", CHICAGO, "2026-03-08T08:00", id="a month to a time skipped"),
        pytest.param("1 day", "2011-12-29T20:00", APIA, "2011-12-30T10:00", id="a whole day that was skipped"),
    ],
)
def test_a_length_on_the_leads_clock(length: str, since: str, zone: str, ends: str) -> None:
    assert over(since, (zone,), for_=length) == instant(ends)


@pytest.mark.parametrize(
    ("wait", "since", "ends"),
    [
        pytest.param({"between": "09:00-18:00"}, "2026-11-16T16:00", "2026-11-16T16:00", id="inside it is over"),
        pytest.param({"between": "09:00-18:00"}, "2026-11-16T13:00", "2026-11-16T15:00", id="before it opens"),
        pytest.param({"between": "09:00-18:00"}, "2026-11-17T00:00", "2026-11-17T15:00", id="18:00 sharp is past it"),
        pytest.param({"on": "Mo-Fr"}, "2026-11-21T16:00", "2026-11-23T06:00", id="on Saturday till Monday 00:00"),
        pytest.param({"on": "Mo"}, "2026-11-16T16:00", "2026-11-16T16:00", id="on that very day"),
        pytest.param(
            {"on": "Mo", "between": "08:00-09:00"}, "2026-11-16T16:00", "2026-11-23T14:00", id="past it, a week on"
        ),
        pytest.param(
            {"for_": "1 day", "between": "09:00-18:00", "on": "Mo-Fr"},
            "2026-11-20T16:00",
            "2026-11-23T15:00",
            id="a day after Friday is Monday",
        ),
        pytest.param(
            {"for_": "1 day", "between": "19:00-24:00"}, "2026-11-16T16:00", "2026-11-18T01:00", id="24:00 is its end"
        ),
        pytest.param({"between": "02:00-03:00"}, "2026-03-08T07:00", "2026-03-09T07:00", id="a window skipped"),
        pytest.param({"between": "02:15-04:00"}, "2026-03-08T07:00", "2026-03-08T08:00", id="one that begins at 03:00"),
        pytest.param({"between": "01:00-02:00"}, "2026-11-01T07:30", "2026-11-01T07:30", id="one that lasts two hours"),
        pytest.param({"between": "01:00-01:30"}, "2026-11-01T07:10", "2026-11-02T07:00", id="one that comes twice"),
    ],
)
def test_a_window_on_the_leads_clock(wait: dict[str, str], since: str, ends: str) -> None:
    assert over(since, (CHICAGO,), **wait) == instant(ends)


@pytest.mark.parametrize(
    ("wait", "since", "zones", "ends"),
    [
        pytest.param(
            {"for_": "1 day"}, "2026-03-07T16:00", (CHICAGO, PHOENIX), "2026-03-08T16:00", id="the later of two days"
        ),
        pytest.param(
            {"between": "09:00-18:00"}, "2026-11-16T13:00", (CHICAGO, NEW_YORK), "2026-11-16T15:00", id="open in both"
        ),
        pytest.param(
            {"between": "09:00-18:00"}, "2026-11-16T23:30", (CHICAGO, NEW_YORK), "2026-11-17T15:00", id="closed in one"
        ),
        pytest.param(
            {"between": "09:00-18:00"}, "2026-11-16T16:00", (NEW_YORK, HONOLULU), "2026-11-16T19:00", id="far apart"
        ),
        pytest.param(
            {"on": "Mo", "between": "09:00-18:00"}, "2026-11-17T16:00", (HONOLULU, GUAM), "2026-11-23T19:00",
            id="a Monday never meets the other's: the first zone's",
        ),
    ],
)  # fmt: skip
def test_every_zone_the_lead_may_live_in_is_asked(
    wait: dict[str, str], since: str, zones: tuple[str, ...], ends: str
) -> None:
    assert over(since, zones, **wait) == instant(ends)


def test_once_over_it_is_over_again_whenever_it_is_asked_inside_its_window() -> None:
    action = Action("wait", for_="1 day", between="09:00-18:00", on="Mo-Fr")
    since = instant("2026-11-16T16:00")
    for minutes in range(0, 60 * 24 * 14, 37):
        at = since + timedelta(minutes=minutes)
        end = wait_end(action, since, (CHICAGO,), at)
        assert wait_end(action, since, (CHICAGO,), end) == end >= at
        local = to_local(end, CHICAGO)
        assert 9 <= local.hour < 18
        assert local.weekday() < 5
