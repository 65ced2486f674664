"""Does an agent's text answer a lead? "12 Hi Maria, ...": the number of the lead, and the words that go to them.

"L12 Hi" says the same beyond doubt. Without the letter the number may also be that of a call or a task.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.domain.messages.staff_keywords import Attempt, CallLead, Consent, Done, Snooze, Take, Unknown, read_text
from sami.domain.outcomes.reports import Said, Undo, WhenUnclear, read_report

_NUMBER_THEN_WORDS = re.compile(r"\s*#?\s*([Ll]?)([0-9]{1,9})(?:\s*[:,.)\-]+\s*|\s+|$)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """`words` may be empty: then nothing is sent, and the agent is told how. `is_lead`: the letter is there."""

    lead: int
    words: str
    is_lead: bool = False


def read_reply_through(body: str) -> ReplyTo | None:
    """A text that begins with a bare number is always one; a number with letters on it ("12pm") is none."""
    found = _NUMBER_THEN_WORDS.fullmatch(body)
    return None if found is None else ReplyTo(int(found[2]), found[3].strip(), is_lead=bool(found[1]))


def staff_word_in(meant: ReplyTo, synonyms: Mapping[str, str], zone: str, now: datetime) -> str | None:
    """What a number and nothing but a word of ours was probably to be; None where the words are for the lead.

    "63 no answer" must never reach lead 63: the two stand the wrong way round, or a word is missing.
    """
    number, words = meant.lead, " ".join(meant.words.upper().split())
    if meant.is_lead or not words:
        return None
    first, _, rest = words.partition(" ")
    turned = read_text(f"{words} {number}", {}), read_text(f"{first} {number} {rest}", {})
    if any(isinstance(command, Attempt | CallLead | Done | Take | Snooze) for command in turned):
        return f"{first} {number} {rest}" if isinstance(turned[1], Snooze) else f"{words} {number}"
    try:
        read = read_report(meant.words, zone, now)
    except WhenUnclear:
        return None
    if isinstance(read, Undo) or (isinstance(read, Said) and not read.note):
        return f"RESULT {number} {words}"
    command = read_text(meant.words, synonyms)
    return None if isinstance(command, Unknown | Consent) else words
