"""A date that a program or a person wrote of the past is one instant, or none."""

from datetime import UTC, datetime

import pytest

from sami.domain.language.past_dates import read_past

CHICAGO = "America/Chicago"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2024-03-05", "2024-03-05 06:00"),
        ("2024/3/5 14:30", "2024-03-05 20:30"),
        ("2024-03-05T14:30:00Z", "2024-03-05 14:30"),
        ("2024-03-05T14:30:00.000+0000", "2024-03-05 14:30"),
        ("2024-03-05 14:30:59 -05:30", "2024-03-05 20:00:59"),
        ("2024-03-05 14:30 EST", "2024-03-05 19:30"),
        ("2024-07-05 14:30 pdt", "2024-07-05 21:30"),
        ("3/5/2024", "2024-03-05 06:00"),
        ("03/05/24 2:30 PM", "2024-03-05 20:30"),
        ("3/5/2024, 12:05 a.m.", "2024-03-05 06:05"),
        ("7/5/99", "1999-07-05 05:00"),
        ("5.3.2024 08:00", "2024-03-05 14:00"),
        ("Mar 5, 2024", "2024-03-05 06:00"),
        ("Tuesday, March 5th, 2024 at 2:30 PM", "2024-03-05 20:30"),
        ("5 September 2024", "2024-09-05 05:00"),
        ("05-Mar-24", "2024-03-05 06:00"),
        ("  2024-03-10   02:30 ", "2024-03-10 08:00"),
    ],
)
def test_usual_ways_of_writing_a_date_are_read(written: str, instant: str) -> None:
    assert read_past(written, CHICAGO) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *("25/12/2024", "2024-02-30", "2024-13-01", "2024-03-05 25:00", "2024-03-05 13:00 pm", "1/0/1900"),
        *("yesterday", "45356", "1709649000000", "2024", "March 2024", "Mars 5, 2024", "3/5", "", "2024-03-05 9"),
    ],
)
def test_what_could_mean_several_days_or_none_is_no_date(written: str) -> None:
    assert read_past(written, CHICAGO) is None
