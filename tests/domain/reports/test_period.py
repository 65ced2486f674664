"""Days, weeks and hours of reports are those of the zone's own clock, also where it is set forward or back."""

from datetime import UTC, datetime, timedelta

import pytest

from sami.domain.reports.period import Period, name_of, number_of, period_of

CHICAGO, KOLKATA = "America/Chicago", "Asia/Kolkata"
FALL_BACK = datetime(2026, 11, 1, 7, tzinfo=UTC)


def period(since: datetime, days: int, zone: str) -> Period:
    return Period(since, since + timedelta(days=days), zone)


def test_a_period_knows_when_the_clock_is_set_back() -> None:
    begin = datetime(2026, 10, 20, 5, 30, tzinfo=UTC)
    assert period(begin, 30, CHICAGO).offsets == ((begin, -5 * 3600), (FALL_BACK, -6 * 3600))
    assert period(begin, 5, CHICAGO).offsets == ((begin, -5 * 3600),)
    assert (period(begin, 5, KOLKATA).slot_s, period(begin, 30, CHICAGO).slot_s) == (900, 3600)


@pytest.mark.parametrize(
    ("at", "zone", "day", "hour"),
    [
        (datetime(2026, 11, 16, 5, 59, tzinfo=UTC), CHICAGO, "2026-11-15", "Su 23"),
        (datetime(2026, 11, 16, 6, 0, tzinfo=UTC), CHICAGO, "2026-11-16", "Mo 00"),
        (datetime(2026, 11, 15, 18, 29, tzinfo=UTC), KOLKATA, "2026-11-15", "Su 23"),
        (datetime(2026, 11, 15, 18, 30, tzinfo=UTC), KOLKATA, "2026-11-16", "Mo 00"),
    ],
)
def test_an_instant_lies_in_a_local_day_and_hour(at: datetime, zone: str, day: str, hour: str) -> None:
    assert name_of(number_of(at, "day", zone), "day") == day
    assert name_of(number_of(at, "hour", zone), "hour") == hour


def test_without_a_beginning_it_is_the_last_thirty_days() -> None:
    found = period_of(None, FALL_BACK, CHICAGO, FALL_BACK + timedelta(days=9))
    assert (found.since, found.until) == (FALL_BACK - timedelta(days=30), FALL_BACK)
    assert found.before.until == found.since
