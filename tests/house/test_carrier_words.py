"""Twilio's words are raw text at its doors alone: inside they are enums of `domain/delivery/carrier_words.py`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sami.domain.delivery import carrier_words
from sami.domain.delivery.carrier_words import (
    AnsweredBy,
    CallDirection,
    CallStatus,
    CarrierWord,
    MessageStatus,
    OptOutType,
    QueueResult,
)

ROOT = Path(__file__).parents[2]
INSIDE = sorted(
    path
    for package in ("sami", "cadences")
    for path in (ROOT / package).rglob("*.py")
    if path != ROOT / "sami/domain/delivery/carrier_words.py"
)
ENUMS = (CallStatus, CallDirection, QueueResult, AnsweredBy, MessageStatus, OptOutType)
WORDS = {word.value for words in ENUMS for word in words} | {"initiated", "answered"}
# What outbox items, keywords and others of ours are called, too: Twilio's only where it is asked of something of hers.
ALSO_OURS = {"sent", "failed", "unknown", "error", "queued", "accepted", "scheduled", "read", "STOP", "START", "HELP"}
ALSO_OURS |= {"sending", "received", "answered"}
HERS = {"status", "leg_status", "answered_by", "result", "direction", "opt_out_type"}


def compared(tree: ast.AST) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """Each pair that is compared, by an operator, by `startswith` or by `match`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for left, right in zip([node.left, *node.comparators], node.comparators, strict=False):
                yield left, right
                yield right, left
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "startswith":
            yield from ((node.func.value, part) for part in node.args)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                patterns = (part for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue))
                yield from ((node.subject, part.value) for part in patterns)


def texts(part: ast.expr) -> set[str]:
    """What is written there as raw text, alone or within a tuple or set."""
    found = {node.value for node in ast.walk(part) if isinstance(node, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def sets_of_words(tree: ast.AST) -> Iterator[ast.expr]:
    """Sets that are named once and compared elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("frozenset", "set"):
            yield from node.args


def name_of(part: ast.expr | None) -> str:
    return part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""


def raw_words(source: str) -> set[str]:
    tree = ast.parse(source)
    raw = {word for part in sets_of_words(tree) for word in texts(part) & WORDS - ALSO_OURS}
    for subject, part in compared(tree):
        hers = WORDS if name_of(subject) in HERS else WORDS - ALSO_OURS
        raw |= texts(part) & hers if not isinstance(part, ast.Call) else set()
    return raw


def test_nothing_inside_compares_twilios_raw_words() -> None:
    found = {str(path.relative_to(ROOT)): raw_words(path.read_text()) for path in INSIDE}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "source",
    [
        'if status == "no-answer": pass',
        'if attempt.leg_status in (None, "canceled"): pass',
        'if answered_by.startswith("machine_start"): pass',
        'match report.status:\n    case "busy" | "failed": pass',
        'OVER = frozenset({"completed", "busy"})',
        'if report.status == "failed": pass',
    ],
)
def test_this_test_sees_raw_words(source: str) -> None:
    assert raw_words(source)


@pytest.mark.parametrize("words", ENUMS)
def test_a_word_of_tomorrow_is_unknown(words: type[CarrierWord]) -> None:
    assert words("a word of tomorrow") == "unknown"


def test_every_kind_of_word_is_looked_for() -> None:
    kinds = {kind for kind in vars(carrier_words).values() if isinstance(kind, type) and issubclass(kind, CarrierWord)}
    assert kinds - {CarrierWord} == set(ENUMS)
