"""How an agent says what a call came to: a word, and for some a time; or a key after the call.

The whole text is read. A note stands after a comma, a colon or a dash. What only begins like a word of ours ("never
picked up", "stop by Friday") may mean something else: it is asked back, and never obeyed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.domain.language.when import find_when, read_when
from sami.domain.leads.outcome import Outcome

_WORDS: Mapping[str, Outcome] = {
    "NOT INTERESTED": Outcome.NOT_INTERESTED,
    "NOTINTERESTED": Outcome.NOT_INTERESTED,
    "NO": Outcome.NOT_INTERESTED,
    "NOT QUALIFIED": Outcome.UNQUALIFIED,
    "UNQUALIFIED": Outcome.UNQUALIFIED,
    "WRONG NUMBER": Outcome.BAD_NUMBER,
    "BAD NUMBER": Outcome.BAD_NUMBER,
    "WRONG": Outcome.BAD_NUMBER,
    "BAD": Outcome.BAD_NUMBER,
    "FOLLOW UP": Outcome.NEEDS_FOLLOW_UP,
    "FOLLOWUP": Outcome.NEEDS_FOLLOW_UP,
    "CALL BACK": Outcome.CONTACT_LATER,
    "CALLBACK": Outcome.CONTACT_LATER,
    "LATER": Outcome.CONTACT_LATER,
    "DO NOT CONTACT": Outcome.OPT_OUT,
    "DO NOT CALL": Outcome.OPT_OUT,
    "OPT OUT": Outcome.OPT_OUT,
    "OPTOUT": Outcome.OPT_OUT,
    "NEVER": Outcome.OPT_OUT,
    "STOP": Outcome.OPT_OUT,
    "DNC": Outcome.OPT_OUT,
}
_TIMED = frozenset({Outcome.NEEDS_FOLLOW_UP, Outcome.CONTACT_LATER})
_LONGEST_FIRST = sorted(_WORDS, key=len, reverse=True)

RESULT_KEYS: Mapping[str, Outcome] = {
    "1": Outcome.NEEDS_FOLLOW_UP,
    "2": Outcome.CONTACT_LATER,
    "3": Outcome.NOT_INTERESTED,
    "4": Outcome.UNQUALIFIED,
    "5": Outcome.BAD_NUMBER,
    "9": Outcome.OPT_OUT,
}
"""After a call taken from the queue; no key is no report."""


@dataclass(frozen=True, slots=True)
class Said:
    """`later_at` None where no time was said."""

    outcome: Outcome
    later_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """What was reported last is to be taken back."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something else may be meant: `outcome` is what it begins like, `unanswered` that nobody may have picked up."""

    outcome: Outcome | None
    unanswered: bool
    later_at: datetime | None = None

    @property
    def may_be_a_stop(self) -> bool:
        return self.outcome is Outcome.OPT_OUT


class WhenUnclear(ValueError):
    """A time was said that cannot be read."""


_SEPARATOR = re.compile(r"\s*(?:[,;\n]|(?<!\d):|:(?!\d)|\s[-–—]+|[-–—]+\s)\s*")
_UNANSWERED = re.compile(
    r"\b(?:NO|NOT|NOBODY|NOONE|NO ONE|NEVER|DID ?N[O']?T|DIDNT|WONT|COULD ?N[O']?T)\W+(?:\w+\W+)?"
    r"(?:ANSWER\w*|PICK\w*|RESPON\w*|REACH\w*|REPL\w+|HOME|THERE|GOT THROUGH)\b"
    r"|\b(?:VOICE ?MAIL|VM|MACHINE|RANG OUT|HUNG UP|LEFT (?:A |AN )?(?:MESSAGE|MSG)|UNANSWERED|UNREACHABLE)\b",
    re.IGNORECASE,
)


def read_report(said: str, zone: str, now: datetime) -> Said | Undo | Unclear | None:
    """None for no word of ours. Raises WhenUnclear. Times are on the agent's own clock."""
    said = said.replace("’", "'").strip(" .!")
    if said.upper() == "UNDO":
        return Undo()
    exact = _exact(said)
    if exact is not None and not _UNANSWERED.match(_SEPARATOR.sub(" ", said)):
        return exact
    begins, unanswered = _begins_like(said), _UNANSWERED.search(said) is not None
    if begins in _TIMED and not unanswered:
        return _timed(begins, said, zone, now)
    if begins is None and not unanswered:
        return None
    return Unclear(begins, unanswered, find_when(said, zone, now))


def _exact(said: str) -> Said | None:
    """A word of ours and nothing else, or a note set off from it."""
    for head, note in _halves(said):
        outcome = _WORDS.get(_plain(head))
        if outcome is not None and not (note and outcome in _TIMED):
            return Said(outcome, note=note)
    return None


def _timed(outcome: Outcome, said: str, zone: str, now: datetime) -> Said:
    """The part of what follows the word that is a time; a note may follow it."""
    rest = said[len(_word_of(said) or "") :].strip()
    for head, note in _halves(rest.lstrip(",;:-–— ")):
        later_at = read_when(head, zone, now)
        if later_at is not None:
            return Said(outcome, later_at, note)
    note = rest.lstrip(",;:-–— ")
    if note == rest or find_when(note, zone, now) is not None:
        raise WhenUnclear(rest)  # A time may be in it; a day on would be a guess.
    return Said(outcome, note=note)


def _halves(said: str) -> Iterator[tuple[str, str]]:
    """All of it, and then what stands before and behind each separator, the last one first."""
    yield said, ""
    for found in reversed(list(_SEPARATOR.finditer(said))):
        yield said[: found.start()], said[found.end() :]


def _begins_like(said: str) -> Outcome | None:
    word = _word_of(said)
    return None if word is None else _WORDS[_plain(word)]


def _word_of(said: str) -> str | None:
    """The longest word of ours that the text begins with, as it was written."""
    for word in _LONGEST_FIRST:
        found = re.match(word.replace(" ", "[ -]+") + r"(?!\w)", said, re.IGNORECASE)
        if found is not None:
            return found[0]
    return None


def _plain(head: str) -> str:
    return " ".join(head.upper().replace("-", " ").split())
