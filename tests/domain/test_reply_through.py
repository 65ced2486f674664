"""A text that begins with a bare number answers the lead of that number; any other does not."""

import pytest

from sami.domain.readings import Asks, Reading
from sami.domain.reply_through import ReplyTo, read_reply_through
from sami.domain.text_wording import FORWARDED_LENGTH_MAX, forwarded, note_on, opt_out_confirmed
from sami.domain.wording import LENGTH_AIM, Clock
from tests.domain.test_when import FRIDAY_NOON


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("12 Hi Maria, yes it is", ReplyTo(12, "Hi Maria, yes it is")),
        ("#12 Hi", ReplyTo(12, "Hi")),
        ("# 12 Hi", ReplyTo(12, "Hi")),
        ("12: Hi", ReplyTo(12, "Hi")),
        ("12:Hi", ReplyTo(12, "Hi")),
        ("12, Hi", ReplyTo(12, "Hi")),
        ("12 - Hi", ReplyTo(12, "Hi")),
        ("12\nHi\nthere", ReplyTo(12, "Hi\nthere")),
        ("  12  3 pm works ", ReplyTo(12, "3 pm works")),
        ("12", ReplyTo(12, "")),
        ("12.", ReplyTo(12, "")),
        ("0012 Hi", ReplyTo(12, "Hi")),
        ("12pm works", None),
        ("12th of May", None),
        ("1234567890 Hi", None),
        ("Hi 12", None),
        ("DONE 12", None),
        ("TAKE 12", None),
        ("OFF 30", None),
        ("RESULT 12 LATER FRI 3PM", None),
        ("", None),
        ("-5", None),
        ("١٢ Hi", None),
    ],
)
def test_a_bare_number_and_words(body: str, meant: ReplyTo | None) -> None:
    assert read_reply_through(body) == meant


def test_a_long_text_is_cut_and_its_note_is_not() -> None:
    note = note_on(Reading(Asks.LATER, FRIDAY_NOON), Clock(FRIDAY_NOON, "America/Chicago"), calling=False)
    told = forwarded("Maria Ortiz", "word " * 400, 2, 12, note)
    assert len(told) <= FORWARDED_LENGTH_MAX
    assert told.endswith("word ...\nLooks like: contact later, 12:00 PM.\nAnswer: 12 and your words")


def test_the_confirmation_is_one_text_however_long_the_name() -> None:
    assert len(opt_out_confirmed("The Honourable " * 20)) <= LENGTH_AIM
