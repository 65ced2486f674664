"""How an agent says what a call came to: a word, and for some a time; or a key after the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.domain.outcomes import Outcome
from sami.domain.when import read_when

# The longest first: NOT INTERESTED must not be read as a note to NO.
_WORDS: Mapping[str, Outcome] = {
    "NOT INTERESTED": Outcome.NOT_INTERESTED,
    "NOTINTERESTED": Outcome.NOT_INTERESTED,
    "NOT QUALIFIED": Outcome.UNQUALIFIED,
    "UNQUALIFIED": Outcome.UNQUALIFIED,
    "WRONG NUMBER": Outcome.BAD_NUMBER,
    "BAD NUMBER": Outcome.BAD_NUMBER,
    "FOLLOW UP": Outcome.NEEDS_FOLLOW_UP,
    "FOLLOWUP": Outcome.NEEDS_FOLLOW_UP,
    "CALL BACK": Outcome.CONTACT_LATER,
    "CALLBACK": Outcome.CONTACT_LATER,
    "OPT OUT": Outcome.OPT_OUT,
    "OPTOUT": Outcome.OPT_OUT,
    "NEVER": Outcome.OPT_OUT,
    "LATER": Outcome.CONTACT_LATER,
    "WRONG": Outcome.BAD_NUMBER,
    "STOP": Outcome.OPT_OUT,
    "DNC": Outcome.OPT_OUT,
    "BAD": Outcome.BAD_NUMBER,
    "NO": Outcome.NOT_INTERESTED,
}
_TIMED = frozenset({Outcome.NEEDS_FOLLOW_UP, Outcome.CONTACT_LATER})

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
    """`later_at` None where no time was said; `note` is what follows an outcome that has none."""

    outcome: Outcome
    later_at: datetime | None = None
    note: str = ""


class WhenUnclear(ValueError):
    """A time was said that cannot be read."""


def read_report(said: str, zone: str, now: datetime) -> Said | None:
    """None for no word of ours. Raises WhenUnclear. Times are on the agent's own clock."""
    upper = said.upper()
    for word, outcome in _WORDS.items():
        if upper == word or upper.startswith(f"{word} "):
            rest = said[len(word) :].strip()
            return _read_rest(outcome, rest, zone, now)
    return None


def _read_rest(outcome: Outcome, rest: str, zone: str, now: datetime) -> Said:
    if outcome not in _TIMED:
        return Said(outcome, note=rest)
    later_at = read_when(rest, zone, now) if rest else None
    if rest and later_at is None:
        raise WhenUnclear(rest)
    return Said(outcome, later_at)
