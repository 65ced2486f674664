"""Hours open and close when the wall clock says so, also when that clock jumps."""

import time as stopwatch
from datetime import UTC, date, datetime, timedelta

import pytest

from sami.domain.language.hours import (
    Schedule,
    Shift,
    after_open_time,
    common_zones,
    end_of_plain_off,
    from_local,
    is_open,
    next_closing,
    next_opening,
    next_shifts,
    next_time_of_day,
    prepare,
    to_local,
    zone_problem,
)
from sami.domain.language.opening_hours import holiday_dates, holidays_problem, hours_problem

CHICAGO = "America/Chicago"
WEEK = Schedule(CHICAGO, "Mo-Fr 09:00-18:00; PH off", "US-TX")
NIGHTS = Schedule(CHICAGO, "Mo-Su 20:00-08:00", None)
ALWAYS = Schedule(CHICAGO, None, None)
NEVER = Schedule(CHICAGO, "off", None)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def there(text: str) -> datetime:
    """A local time in Chicago."""
    return from_local(wall(text), CHICAGO)


@pytest.mark.parametrize(
    ("schedule", "local", "expected"),
    [
        pytest.param(WEEK, "2026-06-01 09:00", True, id="open from the first minute"),
        pytest.param(WEEK, "2026-06-01 18:00", False, id="closed at the last"),
        pytest.param(WEEK, "2026-06-06 12:00", False, id="closed on a Saturday"),
        pytest.param(WEEK, "2026-03-02 12:00", False, id="closed on a holiday of Texas"),
        pytest.param(WEEK, "2027-01-01 12:00", False, id="closed on New Year's Day of another year"),
        pytest.param(NIGHTS, "2026-06-01 23:00", True, id="open before midnight"),
        pytest.param(NIGHTS, "2026-06-02 03:00", True, id="open after midnight"),
        pytest.param(NIGHTS, "2026-06-02 12:00", False, id="closed by day"),
        pytest.param(ALWAYS, "2026-06-02 03:00", True, id="no hours are always"),
        pytest.param(NEVER, "2026-06-02 12:00", False, id="off is never"),
        pytest.param(
            Schedule(CHICAGO, "Mo-Su 09:00-18:00; 2026 Dec 24 off", None),
            "2026-12-24 12:00",
            False,
            id="a dated exception",
        ),
        pytest.param(
            Schedule(CHICAGO, "Mo-Su 20:00-08:00; 2026 Dec 25 off", None),
            "2026-12-26 03:00",
            False,
            id="R11 the night that never began has no morning",
        ),
        pytest.param(
            Schedule(CHICAGO, "Mo-Fr 09:00-18:00; Sa,PH 10:00-12:00", "US"),
            "2026-12-25 13:00",
            False,
            id="other holiday hours",
        ),
        pytest.param(
            Schedule(CHICAGO, "Mo-Fr,PH 20:00-08:00", "US"), "2026-12-25 03:00", True, id="nights run into a holiday"
        ),
    ],
)
def test_somebody_is_open_or_not(schedule: Schedule, local: str, expected: bool) -> None:
    assert is_open(schedule, there(local)) is expected


@pytest.mark.parametrize(
    ("schedule", "local", "opens", "closes"),
    [
        (WEEK, "2026-06-01 12:00", "2026-06-01 12:00", "2026-06-01 18:00"),
        (WEEK, "2026-06-05 18:00", "2026-06-08 09:00", "2026-06-08 18:00"),
        (WEEK, "2026-12-23 19:00", "2026-12-28 09:00", "2026-12-28 18:00"),
        (NIGHTS, "2026-06-02 03:00", "2026-06-02 03:00", "2026-06-02 08:00"),
        (ALWAYS, "2026-06-02 03:00", "2026-06-02 03:00", None),
        (NEVER, "2026-06-02 03:00", None, None),
        (Schedule(CHICAGO, "Mo-Su 00:00-24:00", None), "2026-06-02 03:00", "2026-06-02 03:00", None),
    ],
)
def test_the_next_opening_and_closing(schedule: Schedule, local: str, opens: str | None, closes: str | None) -> None:
    assert next_opening(schedule, there(local)) == (there(opens) if opens else None)
    assert next_closing(schedule, there(local)) == (there(closes) if closes else None)


def test_the_next_shifts_begin_with_what_is_left_of_this_one() -> None:
    at = there("2026-06-05 17:00")
    assert next_shifts(WEEK, at, 2) == (
        Shift(at, there("2026-06-05 18:00")),
        Shift(there("2026-06-08 09:00"), there("2026-06-08 18:00")),
    )
    assert next_shifts(ALWAYS, at, 2) == next_shifts(NEVER, at, 2) == ()


def test_no_shift_is_on_a_day_out_of_office() -> None:
    at = there("2026-06-05 17:00")
    away = [(date(2026, 6, 5), date(2026, 6, 8)), (date(2026, 6, 10), date(2026, 6, 10))]
    assert [shift.starts_at for shift in next_shifts(WEEK, at, 2, away)] == [
        there("2026-06-09 09:00"),
        there("2026-06-11 09:00"),
    ]
    assert next_shifts(NIGHTS, at, 1, [(date(2026, 6, 6), date(2026, 6, 6))]) == (
        Shift(there("2026-06-05 20:00"), there("2026-06-06 00:00")),
    )


@pytest.mark.parametrize(
    ("schedule", "local", "ends"),
    [
        pytest.param(WEEK, "2026-06-01 08:00", "2026-06-01 09:00", id="before the shift, where none runs"),
        pytest.param(NIGHTS, "2026-06-02 02:30", "2026-06-02 20:00", id="in a night, until the next night"),
        pytest.param(
            Schedule(CHICAGO, "Mo-Fr 09:00-12:00,13:00-18:00", None),
            "2026-06-01 10:00",
            "2026-06-01 13:00",
            id="in the first of two shifts",
        ),
        pytest.param(WEEK, "2026-06-01 12:00", "2026-06-02 09:00", id="during the shift"),
        pytest.param(WEEK, "2026-06-05 12:00", "2026-06-08 09:00", id="over the weekend"),
        pytest.param(NIGHTS, "2026-06-01 22:00", "2026-06-02 20:00", id="the rest of a night is no new shift"),
        pytest.param(ALWAYS, "2026-06-01 12:00", "2026-06-02 08:00", id="without hours at eight tomorrow"),
        pytest.param(Schedule(CHICAGO, "24/7", None), "2026-06-01 12:00", "2026-06-02 08:00", id="open day and night"),
        pytest.param(NEVER, "2026-06-01 12:00", "2026-06-08 12:00", id="seven days at most"),
        pytest.param(
            Schedule(CHICAGO, "2026 Jul 01 09:00-12:00", None), "2026-06-01 12:00", "2026-06-08 12:00", id="later"
        ),
        pytest.param(ALWAYS, "2026-12-31 23:59", "2027-01-01 08:00", id="over the new year"),
    ],
)
def test_a_plain_off_ends_with_the_first_shift_after_the_running_one(schedule: Schedule, local: str, ends: str) -> None:
    assert end_of_plain_off(schedule, there(local)) == there(ends)


def test_the_next_time_of_day_is_today_or_tomorrow() -> None:
    assert next_time_of_day(CHICAGO, 15, 0, there("2026-06-01 14:59")) == there("2026-06-01 15:00")
    assert next_time_of_day(CHICAGO, 15, 0, there("2026-06-01 15:00")) == there("2026-06-02 15:00")


def test_r11_a_time_that_does_not_exist_moves_to_the_next_that_does() -> None:
    jump = datetime(2026, 3, 8, 8, tzinfo=UTC)
    assert from_local(wall("2026-03-08 02:30"), CHICAGO) == jump
    assert next_opening(Schedule(CHICAGO, "02:30-05:00", None), jump - timedelta(minutes=1)) == jump
    assert next_time_of_day(CHICAGO, 2, 30, jump - timedelta(hours=1)) == jump


def test_r11_a_time_that_comes_twice_fires_once() -> None:
    first = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    late = Schedule(CHICAGO, "01:30-05:00", None)
    assert from_local(wall("2026-11-01 01:30"), CHICAGO) == first
    assert next_opening(late, first - timedelta(hours=1)) == first
    assert is_open(late, first + timedelta(minutes=45)), "the clock shows 1:15 again, and the shift has begun"
    assert next_time_of_day(CHICAGO, 1, 30, first) == there("2026-11-02 01:30")


def test_r11_a_shift_that_ended_does_not_open_again_when_the_hour_repeats() -> None:
    early = Schedule(CHICAGO, "20:00-01:30", None)
    assert not is_open(early, datetime(2026, 11, 1, 7, 15, tzinfo=UTC))


def test_a_whole_day_may_be_skipped() -> None:
    assert from_local(wall("2011-12-30 12:00"), "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_local_time_and_back() -> None:
    assert to_local(there("2026-06-01 12:00"), CHICAGO) == wall("2026-06-01 12:00")


@pytest.mark.parametrize(
    ("text", "region", "said"),
    [
        ("Mo-Fr 09:00-18:00; PH off", "US-TX", None),
        ("Mo-Su 20:00-08:00", None, None),
        ("Mo-Fr 09:00-12:00,13:00-18:00; 2026 Dec 24,2026 Dec 26 off", None, None),
        ("24/7", None, None),
        ("Mon-Fri 9am-5pm", None, 'did you mean "Mo-Fr 09:00-17:00"?'),
        ("Monday - Friday: 9:30 am – 5 pm", None, 'did you mean "Mo-Fr 09:30-17:00"?'),
        ("Mo-Fr 9-17", None, 'did you mean "Mo-Fr 09:00-17:00"?'),
        ("9-5", None, 'did you mean "09:00-17:00"?'),
        ("Mo-Fr 09:00-17:00\nSa 10:00-12:00", None, "did you mean"),
        ("Mo-Fr 09:00-18:00; ph off", "US", "did you mean"),
        ("whenever", None, "write them like"),
        ("", None, "leave them out"),
        ("x" * 1001, None, "1000 characters"),
        ("SH off", None, "School holidays"),
        ("sunrise-sunset", None, "clock times"),
        ("09:00+", None, "both times"),
        ('09:00-12:00 "by appointment"', None, "open or off"),
        ("09:00-18:00; 2026 Dec 24, 2026 Dec 26 off", None, '"2026 Dec 24" names days without hours'),
        ("PH off", None, "needs a region"),
        ("PH off", "XX", "not known"),
        ("PH -1 day off", "US", "must stand alone"),
    ],
)
def test_wrong_hours_are_refused_with_what_would_be_right(text: str, region: str | None, said: str | None) -> None:
    problem = hours_problem(text, region)
    assert problem is None if said is None else problem is not None and said in problem


def test_a_wrong_region_or_zone_is_refused_with_a_right_one() -> None:
    assert holidays_problem("US-TX") is holidays_problem("US") is holidays_problem("GB-ENG") is None
    assert "US-TX" in (holidays_problem("texas") or "")
    assert "TX" in (holidays_problem("US-XX") or "")
    assert zone_problem(CHICAGO) is zone_problem("US/Central") is None
    assert zone_problem("Chicago") == 'There is no time zone "Chicago"; write America/Chicago.'
    assert zone_problem("") is not None
    assert CHICAGO in common_zones()


def test_holidays_are_those_of_the_region() -> None:
    assert date(2026, 3, 2) in holiday_dates("US-TX", 2026)
    assert date(2026, 3, 2) not in holiday_dates("US", 2026)


def test_r02_a_warm_answer_costs_no_caller_anything() -> None:
    at = there("2026-06-01 12:00")
    prepare(WEEK, at)
    began = stopwatch.perf_counter()
    for _ in range(1000):
        is_open(WEEK, at)
    assert stopwatch.perf_counter() - began < 0.5, "a thousand answers; generous, because machines differ"


def test_open_time_passes_in_shifts_only() -> None:
    nine_to_six = Schedule("America/Chicago", "Mo-Fr 09:00-18:00", None)
    friday_1758 = datetime(2026, 11, 20, 23, 58, tzinfo=UTC)
    assert after_open_time(nine_to_six, friday_1758, timedelta(minutes=5)) == datetime(2026, 11, 23, 15, 3, tzinfo=UTC)
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert after_open_time(nine_to_six, sunday, timedelta(minutes=5)) == datetime(2026, 11, 23, 15, 5, tzinfo=UTC)
    assert after_open_time(nine_to_six, sunday, timedelta(hours=10)) == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    always, never = Schedule("UTC", None, None), Schedule("UTC", "2020 Jan 1 09:00-10:00", None)
    for schedule in (always, never):
        assert after_open_time(schedule, sunday, timedelta(minutes=5)) == sunday + timedelta(minutes=5)
