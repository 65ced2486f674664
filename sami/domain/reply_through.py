"""Does an agent's text answer a lead? "12 Hi Maria, ...": the number of the lead, and the words that go to them."""

import re
from dataclasses import dataclass

_NUMBER_THEN_WORDS = re.compile(r"\s*#?\s*([0-9]{1,9})(?:\s*[:,.)\-]+\s*|\s+|$)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """`words` may be empty: then nothing is sent, and the agent is told how it is done."""

    lead: int
    words: str


def read_reply_through(body: str) -> ReplyTo | None:
    """A text that begins with a bare number is always one; a number with letters on it ("12pm") is none."""
    found = _NUMBER_THEN_WORDS.fullmatch(body)
    return None if found is None else ReplyTo(int(found[1]), found[2].strip())
