"""Nothing is read out of a quotation: reactions, answers with our own words below them, words quoted in passing."""

from datetime import UTC, datetime

import pytest

from sami.domain.messages.customer_readings import Asks, read_reply
from sami.domain.messages.quotations import own_words, unquoted

NIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
OURS = "Hi Maria, it is Ana from Harbor Homes. Call me when you can. Reply STOP to end texts."

REACTIONS = [
    f'Liked "{OURS}"',
    f"Liked “{OURS}”",
    f"Loved “{OURS}”",
    f"Disliked “{OURS}”",
    f"Laughed at “{OURS}”",
    f"Emphasized “{OURS}”",
    f"Questioned “{OURS}”",
    f"Reacted 👍 to “{OURS}”",
    f"Reacted ❤️ to “{OURS}”",
    f"Reacted with 😂 to “{OURS}”",
    f"Removed a like from “{OURS}”",
    f"Removed a heart from “{OURS}”",
    f"Removed an exclamation from “{OURS}”",
    f"Removed 👍 from “{OURS}”",
    f"👍 to “{OURS}”",
    f"👍\u200a to \u200a“\u200a{OURS}\u200a”\u200a",
    f"❤️ to “{OURS}”",
    f"😂 a “{OURS}”",
    f"Le gustó “{OURS}”",
    f"Le encantó «{OURS}»",
    f"Reaccionó con 👍 a “{OURS}”",
    f"Liked “{OURS[:60]}",
    f"liked '{OURS}'",
    "Liked “Call me\nwhen you can”",
    "Liked an image",
    "Loved a photo",
    "Reacted ❤️ to a photo",
    "Laughed at an audio message",
    f"Liked “He said “{OURS}” to me”",
]


@pytest.mark.parametrize("body", REACTIONS)
def test_a_reaction_asks_for_nothing(body: str) -> None:
    assert own_words(body) == ""
    assert read_reply(body, "America/Chicago", NIGHT) is None


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (f"Yes please\n> {OURS}", "Yes please"),
        (f"> {OURS}\n> Ana\nNot now", "Not now"),
        (f"Tomorrow works\n\nOn Mon, Nov 16, 2026 at 10:00 AM, Ana Ruiz wrote:\n{OURS}", "Tomorrow works"),
        (f"Tomorrow works On Mon, Nov 16, 2026 at 10:00 AM Ana wrote: {OURS}", "Tomorrow works"),
        (f"Ok\nAna wrote:\n{OURS}", "Ok"),
        (f"Vale\nEl lun, 16 nov 2026 a las 10:00, Ana escribió:\n{OURS}", "Vale"),
        (f"Ok\n-----Original Message-----\n{OURS}", "Ok"),
        ("I wrote: call me", "I wrote: call me"),
        ("On Monday I can", "On Monday I can"),
        ("Liked the house on Oak", "Liked the house on Oak"),
        ("Loved it! Call me", "Loved it! Call me"),
        ("Liked", "Liked"),
        ("👍", "👍"),
        ("👍 to the price", "👍 to the price"),
        ("5 > 3", "5 > 3"),
        ("", ""),
    ],
)
def test_what_the_sender_wrote_is_kept_and_what_is_quoted_goes(body: str, own: str) -> None:
    assert own_words(body) == own


def test_words_quoted_in_passing_are_no_request_but_a_wish_to_stop_counts_all_the_same() -> None:
    def asks(body: str) -> Asks | None:
        reading = read_reply(body, "America/Chicago", NIGHT)
        return None if reading is None else reading.asks

    assert asks('Why did you write "call me when you can" to my wife') is None
    assert asks('I said "stop texting me"') is Asks.OPT_OUT
    assert asks('"Call me now"') is Asks.CALL_ME, "all that was written is no quotation"
    assert asks('Call me "now"') is Asks.CALL_ME


def test_a_word_or_two_in_quotation_marks_are_the_writers_own() -> None:
    assert unquoted('the "big" house') == 'the "big" house'
    assert unquoted('you wrote "call me when you can" twice').split() == ["you", "wrote", "twice"]
