"""A text that begins with a bare number answers the lead of that number; any other does not."""

import pytest

from sami.domain.language.local_time import Clock
from sami.domain.messages.customer_readings import Asks, Reading
from sami.domain.messages.reply_through import ReplyTo, read_reply_through, staff_word_in
from sami.domain.messages.wording.customer_texts import FORWARDED_LENGTH_MAX, forwarded, note_on, opt_out_confirmed
from sami.domain.messages.wording.staff import LENGTH_AIM
from tests.domain.language.test_when import FRIDAY_NOON


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
    note = note_on(
        Reading(Asks.LATER, FRIDAY_NOON), Clock(FRIDAY_NOON, "America/Chicago"), "America/Mexico_City", calling=False
    )
    told = forwarded("Maria Ortiz", "word " * 400, 2, 12, note)
    assert len(told) <= FORWARDED_LENGTH_MAX
    assert told.endswith("word ...\nLooks like they want to be contacted later, 12:00 PM.\nAnswer: L12 and your words")


def test_the_confirmation_is_one_text_however_long_the_name() -> None:
    assert len(opt_out_confirmed("The Honourable " * 20)) <= LENGTH_AIM


@pytest.mark.parametrize(
    ("body", "instead"),
    [
        ("63 no answer", "NO ANSWER 63"),
        ("63 left message", "LEFT MESSAGE 63"),
        ("63 not interested", "RESULT 63 NOT INTERESTED"),
        ("63 later fri 3pm", "RESULT 63 LATER FRI 3PM"),
        ("63 undo", "RESULT 63 UNDO"),
        ("63 done", "DONE 63"),
        ("63 snooze 2h", "SNOOZE 63 2H"),
        ("63 status", "STATUS"),
        ("63 away", "AWAY"),
        ("63 No, it is sold", None),
        ("63 Later, I am driving", None),
        ("63 yes", None),
        ("63 there was no answer at the door", None),
        ("L63 no answer", None),
        ("63", None),
    ],
)
def test_a_number_and_only_a_word_for_us_is_for_no_lead(body: str, instead: str | None) -> None:
    meant = read_reply_through(body)
    assert meant is not None
    assert staff_word_in(meant, {"away": "OFF 60"}, "America/Chicago", FRIDAY_NOON) == instead
