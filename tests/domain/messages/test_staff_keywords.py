"""Agents' words are understood as people write them; the carrier's words are consent first."""

import random
from datetime import time

import pytest

from sami.domain.consent.stop_words import CARRIER_WORDS, OPT_IN_WORDS, OPT_OUT_WORDS
from sami.domain.messages.notices import NoticeChannel, Quiet
from sami.domain.messages.staff_keywords import (
    CallLead,
    Command,
    Done,
    Help,
    LeadsOff,
    LeadsOn,
    Next,
    Notices,
    OptIn,
    OptOut,
    Ready,
    Status,
    SwitchOff,
    SwitchOn,
    Take,
    Tasks,
    Unknown,
    Why,
    WishChannels,
    WishQuiet,
    Words,
    read_consent,
    read_text,
    synonym_problem,
)
from tests.support.counts import count

PLAIN: dict[str, Command] = {
    "ON": SwitchOn(),
    "OFF": SwitchOff(),
    "OFF 30": SwitchOff(for_s=1800),
    "OFF 30M": SwitchOff(for_s=1800),
    "OFF 2H": SwitchOff(for_s=7200),
    "OFF 7D": SwitchOff(for_s=604_800),
    "OFF TIL 3PM": SwitchOff(until="3PM"),
    "OFF TILL 3:30 PM": SwitchOff(until="3:30 PM"),
    "OFF UNTIL 15:00": SwitchOff(until="15:00"),
    "OFF TIL 12AM": SwitchOff(until="12AM"),
    "OFF TIL 12PM": SwitchOff(until="12PM"),
    "OFF TIL 09:00": SwitchOff(until="09:00"),
    "LEADS ON": LeadsOn(),
    "LEADS OFF": LeadsOff(),
    "READY": Ready(),
    "STATUS": Status(),
    "WHY": Why(),
    "NEXT": Next(),
    "TASKS": Tasks(),
    "WORDS": Words(),
    "NOTICES": Notices(),
    "NOTICES EMAIL": WishChannels((NoticeChannel.EMAIL,)),
    "notices text, app and email.": WishChannels((NoticeChannel.TEXT, NoticeChannel.APP, NoticeChannel.EMAIL)),
    "NOTICES ANY": WishChannels(()),
    "QUIET 22:00-07:00": WishQuiet(Quiet(time(22), time(7))),
    "quiet 12:30 to 13:00": WishQuiet(Quiet(time(12, 30), time(13))),
    "QUIETOFF": WishQuiet(None),
    "DONE 12": Done(12),
    "TAKE 7": Take(7),
    "CALL L7": CallLead(7),
    "CALL 7": CallLead(7),
    "TAKE": Take(),
}


@pytest.mark.parametrize(("text", "command"), PLAIN.items())
def test_every_word_of_the_list_is_understood(text: str, command: Command) -> None:
    assert read_text(text, {}) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("OFF30", SwitchOff(for_s=1800)),
        ("off  2 h", SwitchOff(for_s=7200)),
        ("Off 45 minutes.", SwitchOff(for_s=2700)),
        ("off for 1 hour!", SwitchOff(for_s=3600)),
        ("ＯＦＦ\u3000３０", SwitchOff(for_s=1800)),
        ("\u200bon\u00a0", SwitchOn()),
        ("off 'til 3 p.m.", SwitchOff(until="3 P.M")),
        ("off\ntil 3pm", SwitchOff(until="3PM")),
        ("leadsoff", LeadsOff()),
        ("Why?", Why()),
        ("done #12", Done(12)),
        ("done T12", Done(12)),
        ("take l7", Take(7)),
        ("off please", SwitchOff()),
        ("I'm off", SwitchOff()),
        ("I’m off, thanks!", SwitchOff()),
        ("back on now", SwitchOn()),
        ("ON \U0001f44d\U0001f3fd", SwitchOn()),
        ("\u2705 on", SwitchOn()),
        ("\u2764\ufe0f OFF 30", SwitchOff(for_s=1800)),
        ("OFF 1.5H", SwitchOff(for_s=5400)),
        ("off for an hour", SwitchOff(until="AN HOUR")),
        ("off half an hour", SwitchOff(until="HALF AN HOUR")),
        ("OFF TODAY", SwitchOff(until="TODAY")),
        ("off for the rest of the day", SwitchOff(until="TODAY")),
        ("off til my next shift", SwitchOff()),
        ("LEADS OFF 2H", LeadsOff(for_s=7200)),
        ("leads off til fri", LeadsOff(until="FRI")),
        ("quiet 10pm-7am", WishQuiet(Quiet(time(22), time(7)))),
        ("QUIET 9:30PM TO NOON", WishQuiet(Quiet(time(21, 30), time(12)))),
    ],
)
def test_people_write_as_they_like(text: str, command: Command) -> None:
    assert read_text(text, {}) == command


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("OFF 0", "OFF 30"),
        ("OFF 10081", "7 days"),
        ("OFF 169H", "7 days"),
        ("OFF " + "9" * 1500, "7 days"),
        ("OFF TIL 25:00", "OFF TIL FRI"),
        ("OFF TIL 13PM", "OFF TIL FRI"),
        ("OFF TIL 3:75PM", "OFF TIL FRI"),
        ("OFF TIL SOMEDAY", "OFF TIL FRI"),
        ("OFF FOR LUNCH", "OFF TIL FRI"),
        ("OFF FRI", "text OFF TIL FRI"),
        ("LEADS OFF SOMETIME", None),
        ("NOTICES FAX", "NOTICES EMAIL APP"),
        ("QUIET", "QUIET 22:00-07:00"),
        ("QUIET 10-7", "QUIET 10PM-7AM"),
        ("QUIET 22:00-22:00", "QUIET 22:00-07:00"),
    ],
)
def test_what_came_close_gets_a_hint(text: str, hint: str | None) -> None:
    command = read_text(text, {})
    assert isinstance(command, Unknown)
    assert command.hint is None if hint is None else hint in (command.hint or "")


@pytest.mark.parametrize(
    "text", ["", " ", "...", "hello", "ONE", "OFFER", "ON OFF", "DONE", "DONE 0", "TAKE 1 2", "O F F", "\x00", "😀"]
)
def test_nonsense_is_unknown(text: str) -> None:
    assert read_text(text, {}) == Unknown(text)


def test_the_longest_off_is_seven_days() -> None:
    assert read_text("OFF 10080", {}) == SwitchOff(for_s=604_800)


@pytest.mark.parametrize("word", sorted(CARRIER_WORDS))
def test_the_carriers_words_are_consent_before_anything_else(word: str) -> None:
    kind = OptOut if word in OPT_OUT_WORDS else OptIn if word in OPT_IN_WORDS else Help
    for text in (word, word.lower(), f" {word.title()}. ", f"{word}!"):
        assert read_text(text, {word.lower(): "ON"}) == kind(word) == read_consent(text)
    assert synonym_problem(word.lower(), "OFF 60") is not None


@pytest.mark.parametrize("text", ["opt out", "Opt-Out", "stop all"])
def test_stop_is_understood_in_two_words(text: str) -> None:
    assert isinstance(read_consent(text), OptOut)


@pytest.mark.parametrize("text", ["please stop calling", "yes please", "the end", "OFF", ""])
def test_a_longer_text_is_no_word_of_the_carrier(text: str) -> None:
    assert read_consent(text) is None


def test_synonyms_stand_for_a_command() -> None:
    synonyms = {"away": "OFF 60", "Back Soon": "off 2h", "loop": "loop"}
    assert read_text("Away!", synonyms) == SwitchOff(for_s=3600)
    assert read_text("backsoon", synonyms) == SwitchOff(for_s=7200)
    assert read_text("loop", synonyms) == Unknown("loop")


@pytest.mark.parametrize(
    ("word", "command", "said"),
    [
        ("away", "OFF 60", None),
        ("stop", "OFF", "carrier"),
        ("opt out", "OFF", "carrier"),
        ("on", "OFF", "understood already"),
        ("brb", "SLEEP", "not a command"),
        ("brb", "STOP", "not a command"),
        ("!", "ON", "needs a word"),
    ],
)
def test_a_synonym_may_not_take_a_word_that_means_something(word: str, command: str, said: str | None) -> None:
    problem = synonym_problem(word, command)
    assert problem is None if said is None else problem is not None and said in problem


def test_thousands_of_variants_mean_what_they_say_or_nothing() -> None:
    chance = random.Random(12)
    for _ in range(count(5_000, 50_000)):
        plain, command = chance.choice(list(PLAIN.items()))
        assert read_text(vary(chance, plain), {}) == command, plain
        noise = "".join(chance.choice("qxzäñ漢-_/") for _ in range(chance.randint(1, 4)))
        spoilt = noise + plain if chance.random() < 0.5 else plain + noise
        assert isinstance(read_text(vary(chance, spoilt), {}), Unknown), spoilt


def vary(chance: random.Random, plain: str) -> str:
    """The same text in other case, spaces, widths and invisible signs."""
    spaces = [" ", "  ", "\t", "\u00a0", "\u2003", "\u3000", "\n"]
    signs = []
    for sign in plain:
        if sign == " ":
            sign = chance.choice(spaces)
        elif sign.isascii() and chance.random() < 0.2:
            sign = chr(ord(sign) + 0xFEE0)
        signs.append(chance.choice((sign, sign.lower())) + ("\u200b" if chance.random() < 0.05 else ""))
    return chance.choice(["", " ", "\u00a0"]) + "".join(signs) + chance.choice(["", ".", "!", " ", ". ", "!!"])
