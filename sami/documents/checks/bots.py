"""Does every line have a working end, and does each bot say and do what is possible?"""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from sami.documents.checks.actions import check_outcomes, check_placeholders
from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, dialled_phone, refer, say_something, within
from sami.documents.checks.names import nearest
from sami.documents.checks.people import check_key
from sami.domain.organisation.document import RING_TIMEOUT_MAX_S, RING_TIMEOUT_MIN_S, RING_TIMEOUT_S
from sami.domain.organisation.sentences import SENTENCES, missing_in, placeholders

MAX_WAIT_MIN_S, MAX_WAIT_MAX_S = 15, 600
MAX_RING_MAX = 10
CHOICES_MAX = 9  # One key each.

_DIGITS = re.compile(r"[1-9*]")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_line(row: Row, known: Known) -> Iterator[Problem]:
    yield from say_something(row, "name")
    yield from dialled_phone(row, "phone", known.country)
    yield from refer(row, "bot", known.bots, "bot")


def check_bot(row: Row, known: Known) -> Iterator[Problem]:
    yield from check_key(row)
    yield from say_something(row, "language", "voice")
    yield from refer(row, "team", known.teams, "team")
    yield from _check_times(row)
    yield from _check_number(row, known)
    yield from _check_fallback(row, known)
    yield from _check_hold_music(row)
    yield from _check_sentences(row)
    yield from _check_language(row)
    yield from _check_menu(row)
    yield from _check_questions(row)
    yield from check_outcomes(row, known)


def _check_times(row: Row) -> Iterator[Problem]:
    yield from within(row, "ring_timeout", RING_TIMEOUT_MIN_S, RING_TIMEOUT_MAX_S)
    yield from within(row, "max_wait", MAX_WAIT_MIN_S, MAX_WAIT_MAX_S)
    yield from within(row, "max_ring", 1, MAX_RING_MAX)
    ring_timeout = row.get("ring_timeout", RING_TIMEOUT_S)
    yield from within(row, "overlap", 0, max(ring_timeout, RING_TIMEOUT_MIN_S))


def _check_number(row: Row, known: Known) -> Iterator[Problem]:
    yield from dialled_phone(row, "number", known.country)
    if row.get("number") in known.lines:
        yield _own_line("number", row["number"])
    if row.get("behaviour") == "number" and "number" not in row:
        yield Problem("number", "is missing", 'behaviour = "number" needs the number to ring')


def _check_fallback(row: Row, known: Known) -> Iterator[Problem]:
    for number, fallback in enumerate(row.get("fallback", ()), 1):
        for problem in dialled_phone(fallback, "phone", known.country):
            yield problem.within(f"fallback[{number}]")
        if fallback.get("phone") in known.lines:
            yield _own_line(f"fallback[{number}].phone", fallback["phone"])


def _own_line(field: str, phone: str) -> Problem:
    return Problem(field, f"{quoted(phone)} is one of our own lines", "use a number that ends outside")


def _check_hold_music(row: Row) -> Iterator[Problem]:
    if "hold_music" not in row:
        return
    try:
        parts = urlsplit(row["hold_music"])
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        right = "write an address like https://static.example.com/hold.mp3"
        yield Problem("hold_music", f"{quoted(row['hold_music'])} is not a web address", right)


def _check_sentences(row: Row) -> Iterator[Problem]:
    if "greeting" in row:
        yield from check_placeholders("greeting", row["greeting"], placeholders(SENTENCES["greeting"]))
    for name, text in row.get("sentences", {}).items():
        field = f"sentences.{name}"
        if name not in SENTENCES:
            yield Problem(field, "is not a sentence", nearest(name, sorted(SENTENCES)))
        else:
            yield from say_something({field: text}, field)
            yield from check_placeholders(field, text, placeholders(SENTENCES[name]))


def _check_language(row: Row) -> Iterator[Problem]:
    """A bot must not say half of what it says in another language than its own."""
    worded = {*row.get("sentences", {}), *(["greeting"] if "greeting" in row else [])}
    missing = missing_in(row.get("language") or "en-US", worded)
    if missing:
        wrong = f"{quoted(row['language'])} is a language in which these sentences are missing: {', '.join(missing)}"
        yield Problem("language", wrong, "word each of them under sentences, or speak English or Spanish")


def _check_menu(row: Row) -> Iterator[Problem]:
    menu = row.get("menu", ())
    counts = Counter(choice["digits"] for choice in menu if "digits" in choice)
    for number, choice in enumerate(menu, 1):
        for problem in (*_check_digits(choice, counts), *say_something(choice, "say", "skill")):
            yield problem.within(f"menu[{number}]")


def _check_digits(choice: Row, counts: Counter[str]) -> Iterator[Problem]:
    if "digits" not in choice:
        return
    digits = choice["digits"]
    if digits == "0":
        yield Problem("digits", '"0" always reaches a person', "use 1 to 9 or *")
    elif not _DIGITS.fullmatch(digits):
        yield Problem("digits", f"{quoted(digits)} is not one key", "use 1 to 9 or *")
    elif counts[digits] > 1:
        yield Problem("digits", f"{quoted(digits)} stands there twice", "give every choice a key of its own")


def _check_questions(row: Row) -> Iterator[Problem]:
    questions = row.get("questions", ())
    counts = Counter(question["attribute"] for question in questions if "attribute" in question)
    for number, question in enumerate(questions, 1):
        for problem in (*_check_attribute(question, counts), *_check_choices(question)):
            yield problem.within(f"questions[{number}]")


def _check_attribute(question: Row, counts: Counter[str]) -> Iterator[Problem]:
    attribute = question.get("attribute")
    if attribute is None:
        return
    if not _ATTRIBUTE.fullmatch(attribute):
        yield Problem("attribute", f"{quoted(attribute)} is not a name", "write small letters, for example timeframe")
    elif counts[attribute] > 1:
        yield Problem("attribute", f"{quoted(attribute)} is asked twice", "ask for every attribute once")


def _check_choices(question: Row) -> Iterator[Problem]:
    yield from say_something(question, "ask")
    choices = question.get("choices", ())
    if len(choices) > CHOICES_MAX:
        yield Problem("choices", f"are {len(choices)}", f"offer at most {CHOICES_MAX}, one for each key")
    if len({choice.strip().casefold() for choice in choices} - {""}) < len(choices):
        yield Problem("choices", "hold an empty one or one twice", "word every choice differently")
