"""Times are read as people write them, in the local time of whoever they concern, through both clock changes."""

from datetime import UTC, datetime, timedelta

import pytest

from sami.domain.language.hours import to_local
from sami.domain.language.when import find_when, read_when

CHICAGO = "America/Chicago"
FRIDAY_NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # 12:00 in Chicago.

READ = [
    ("FRI 3PM", "2026-11-20 15:00"),
    ("THU DEC 24 3:00 PM", "2026-12-24 15:00"),
    ("Thursday, 12/24", "2026-12-24 10:00"),
    ("3pm Fri", "2026-11-20 15:00"),
    ("FRI", "2026-11-27 10:00"),
    ("FRI 10AM", "2026-11-27 10:00"),
    ("friday at 3", "2026-11-20 15:00"),
    ("this friday 3:30p", "2026-11-20 15:30"),
    ("NEXT FRI 3PM", "2026-11-27 15:00"),
    ("next tuesday", "2026-11-24 10:00"),
    ("MON", "2026-11-23 10:00"),
    ("Monday morning", "2026-11-23 10:00"),
    ("Mon, afternoon", "2026-11-23 14:00"),
    ("Weds evening at 6:15", "2026-11-25 18:15"),
    ("TOMORROW", "2026-11-21 10:00"),
    ("TOMORROW 10AM", "2026-11-21 10:00"),
    ("tmrw at 3", "2026-11-21 15:00"),
    ("tomorrow morning at 7", "2026-11-21 07:00"),
    ("tomorrow at 7", "2026-11-21 19:00"),
    ("tomorrow at 8", "2026-11-21 08:00"),
    ("at 3 tomorrow", "2026-11-21 15:00"),
    ("the day after tomorrow at 4", "2026-11-22 16:00"),
    ("IN 2 HOURS", "2026-11-20 14:00"),
    ("in an hour", "2026-11-20 13:00"),
    ("in half an hour", "2026-11-20 12:30"),
    ("in 20 min", "2026-11-20 12:20"),
    ("2 hours from now", "2026-11-20 14:00"),
    ("30M", "2026-11-20 12:30"),
    ("in 3 days", "2026-11-23 10:00"),
    ("in two weeks at 5", "2026-12-04 17:00"),
    ("in a couple of weeks", "2026-12-04 10:00"),
    ("in 3 months", "2027-02-20 10:00"),
    ("3PM", "2026-11-20 15:00"),
    ("3 P.M.", "2026-11-20 15:00"),
    ("at three o'clock", "2026-11-20 15:00"),
    ("3", "2026-11-20 15:00"),
    ("11AM", "2026-11-21 11:00"),
    ("9", "2026-11-21 09:00"),
    ("12", "2026-11-21 12:00"),
    ("12AM", "2026-11-21 00:00"),
    ("noon", "2026-11-21 12:00"),
    ("15:00", "2026-11-20 15:00"),
    ("1.30pm", "2026-11-20 13:30"),
    ("12/24 3PM", "2026-12-24 15:00"),
    ("12/24", "2026-12-24 10:00"),
    ("1/5", "2027-01-05 10:00"),
    ("12/24/27 9am", "2027-12-24 09:00"),
    ("2026-12-24 15:00", "2026-12-24 15:00"),
    ("DEC 24 3PM", "2026-12-24 15:00"),
    ("24th of December at 3", "2026-12-24 15:00"),
    ("November 20 at 3", "2026-11-20 15:00"),
    ("November 20 at 9am", "2027-11-20 09:00"),
    ("2/29", "2028-02-29 10:00"),
    ("on the 5th", "2026-12-05 10:00"),
    ("the 31st at 3", "2026-12-31 15:00"),
    ("TONIGHT", "2026-11-20 18:00"),
    ("tonight at 8", "2026-11-20 20:00"),
    ("8 tonight", "2026-11-20 20:00"),
    ("this afternoon", "2026-11-20 14:00"),
    ("later today", "2026-11-20 14:00"),
    ("TODAY 3PM", "2026-11-20 15:00"),
    ("NEXT WEEK", "2026-11-23 10:00"),
    ("next week at 3", "2026-11-23 15:00"),
    ("NEXT MONTH", "2026-12-01 10:00"),
]
NOT_READ = [
    *("", "hello", "soon", "sometime", "FRI FRI", "3PM 4PM", "FRIDAY 3PM please", "TODAY 9AM", "this morning"),
    *("25:00", "3:75PM", "13PM", "0PM", "2/30", "13/1", "99", "in 999 months", "in 0 minutes", "1/1/99"),
    *("0000-01-01", "0001-01-01", "9999-12-31", "<b>", "3PM; DROP", "x" * 2000, "at at at at at at at at at at 3"),
]


@pytest.mark.parametrize(("words", "local"), READ, ids=[words for words, _ in READ])
def test_words_are_read_as_a_local_time(words: str, local: str) -> None:
    found = read_when(words, CHICAGO, FRIDAY_NOON)
    assert found is not None
    assert f"{to_local(found, CHICAGO):%Y-%m-%d %H:%M}" == local
    assert read_when(f" {words.lower()}. ", CHICAGO, FRIDAY_NOON) == found


@pytest.mark.parametrize("words", NOT_READ, ids=range(len(NOT_READ)))
def test_what_is_no_time_of_the_future_is_not_read(words: str) -> None:
    assert read_when(words, CHICAGO, FRIDAY_NOON) is None


@pytest.mark.parametrize(
    ("now", "words", "at"),
    [
        pytest.param("2026-03-07 18:00", "tomorrow 2:30am", "2026-03-08 08:00", id="the hour that does not exist"),
        pytest.param("2026-03-07 18:00", "tomorrow 3pm", "2026-03-08 20:00", id="the day the clocks go forward"),
        pytest.param("2026-10-31 18:00", "tomorrow 1:30am", "2026-11-01 06:30", id="the hour that comes twice"),
        pytest.param("2026-10-31 18:00", "tomorrow 3pm", "2026-11-01 21:00", id="the day the clocks go back"),
        pytest.param("2026-11-01 06:45", "1:30am", "2026-11-02 07:30", id="the second 1:30 is nobody's"),
        pytest.param("2026-11-01 05:30", "in 3 hours", "2026-11-01 08:30", id="hours that pass are hours"),
        pytest.param("2026-12-31 23:00", "1pm", "2027-01-01 19:00", id="into the next year"),
        pytest.param("2028-02-28 18:00", "tomorrow", "2028-02-29 16:00", id="a leap day"),
        pytest.param("2027-01-31 18:00", "in 1 month", "2027-02-28 16:00", id="the end of a shorter month"),
        pytest.param("2026-11-21 04:00", "tomorrow", "2026-11-21 16:00", id="tomorrow begins at the local midnight"),
        pytest.param("2026-11-20 23:30", "tonight", "2026-11-21 00:00", id="tonight is still to come"),
        pytest.param("2026-11-21 00:30", "tonight", "2026-11-21 01:00", id="tonight has begun"),
        pytest.param("2026-11-21 02:30", "tonight", None, id="tonight is too late"),
    ],
)
def test_clock_changes_and_midnights(now: str, words: str, at: str | None) -> None:
    assert read_when(words, CHICAGO, utc(now)) == (None if at is None else utc(at))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_answer_is_always_ahead_wherever_and_whenever_it_is_asked() -> None:
    for zone in (
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ):
        for hours in range(0, 24 * 366, 53):
            now = FRIDAY_NOON + timedelta(hours=hours)
            for words, _ in READ[::5]:
                found = read_when(words, zone, now)
                assert found is None or now < found, f"{words} in {zone} at {now}"


@pytest.mark.parametrize(
    ("sentence", "local"),
    [
        ("please call me tomorrow at 3 thanks", "2026-11-21 15:00"),
        ("After 5pm works better", "2026-11-20 17:00"),
        ("call me on Monday, after 5:30", "2026-11-23 17:30"),
        ("I'm in a meeting, can you call me in 20 min?", "2026-11-20 12:20"),
        ("next week is better", "2026-11-23 10:00"),
        ("not until Friday", "2026-11-27 10:00"),
        ("the day after tomorrow please", "2026-11-22 10:00"),
        ("stop by at 5", "2026-11-20 17:00"),
        ("I have 3 kids", None),
        ("Good morning!", None),
        ("I'm 30 min away", None),
        ("give me 2 weeks", None),
        ("24/7", None),
        ("it is 1500 a month", None),
        ("at 1500 Main St", None),
        ("we may sell", None),
        ("word " * 400 + "tomorrow", None),
    ],
)
def test_a_time_is_found_in_a_sentence_and_a_number_alone_is_none(sentence: str, local: str | None) -> None:
    found = find_when(sentence, CHICAGO, FRIDAY_NOON)
    assert (None if found is None else f"{to_local(found, CHICAGO):%Y-%m-%d %H:%M}") == local
