"""What one rung phone did, and for how long it rang."""

from collections.abc import Mapping
from datetime import datetime

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.language.durations import format_seconds
from sami.views.call_story import RungPhone
from sami.views.phrases import Phrases

# What follows on how long the phone rang.
_AFTER_RINGING: Mapping[AttemptEnd, str] = {
    AttemptEnd.DECLINED: "passed by pressing 2",
    AttemptEnd.SNOOZED: "passed by pressing 3, and is off duty for an hour",
    AttemptEnd.NO_KEY: "picked up, and no key was pressed",
    AttemptEnd.RANG_OUT: "no answer",
    AttemptEnd.LOST_RACE: "somebody else was faster",
    AttemptEnd.CALLER_LEFT: "the caller left",
    AttemptEnd.LOST_AFTER_ACCEPT: "pressed 1, but the caller was gone before they were joined",
    AttemptEnd.UNKNOWN: "nobody knows how it ended",
}
# What is said alone: a phone that never rang has no seconds.
_WITHOUT_RINGING: Mapping[AttemptEnd, str] = {
    AttemptEnd.BUSY: "was busy",
    AttemptEnd.UNREACHABLE: "could not be reached",
    AttemptEnd.INVALID_NUMBER: "has a number that does not exist",
    AttemptEnd.BLOCKED_BY_CARRIER: "was blocked by the carrier",
    AttemptEnd.ERROR: "was not rung properly, by a fault that is not theirs",
}


def attempt_words(end: AttemptEnd) -> str:
    """What a word of an attempt's end means, whoever's phone it was."""
    if end is AttemptEnd.ACCEPTED:
        return "took the call"
    return _AFTER_RINGING.get(end) or _WITHOUT_RINGING[end]


def ring_words(attempt: RungPhone, words: Phrases) -> str:
    return f"{words.phone(attempt)} {_fate(attempt, words)}."


def _fate(attempt: RungPhone, words: Phrases) -> str:
    if attempt.ended is AttemptEnd.ACCEPTED or (attempt.ended is None and attempt.accepted_at is not None):
        return f"{_rang(attempt)}, {_talk(attempt)}"
    if attempt.ended is None:
        return "is hearing who calls" if attempt.picked_up_at else "is ringing"
    if attempt.ended is AttemptEnd.LOST_AFTER_ACCEPT and words.is_call_back:
        return f"{_rang(attempt)}, pressed 1 and called them, and nobody answered"
    if attempt.ended is AttemptEnd.UNKNOWN and _told_nothing(attempt):
        return "may not have rung at all: nothing was heard of the call to that phone"
    if attempt.ended is AttemptEnd.UNKNOWN and attempt.screened and attempt.picked_up_at is not None:
        return f"{_rang(attempt)}, picked up, and was gone without a key that reached us"
    if attempt.ended is AttemptEnd.DECLINED and attempt.pressed != "2":
        return f"{_rang(attempt)}, pressed {attempt.pressed}, which means nothing, and no other key after it"
    alone = _WITHOUT_RINGING.get(attempt.ended)
    return alone or f"{_rang(attempt)}, {_AFTER_RINGING[attempt.ended]}"


def _told_nothing(attempt: RungPhone) -> bool:
    return attempt.ringing_at is None and attempt.picked_up_at is None and attempt.accepted_at is None


def _rang(attempt: RungPhone) -> str:
    """The network tells when a phone began to ring; where it did not, no more is claimed than when it was offered."""
    until = attempt.picked_up_at or attempt.accepted_at or attempt.ended_at
    rang_s = _between(attempt.ringing_at or attempt.offered_at, until)
    return f"rang {'' if attempt.ringing_at else 'up to '}{format_seconds(rang_s)}"


def _talk(attempt: RungPhone) -> str:
    taken = "picked up"
    if attempt.screened:
        took_s = _between(attempt.picked_up_at, attempt.accepted_at)
        taken = f"pressed 1 after {format_seconds(took_s)}" if attempt.picked_up_at else "pressed 1"
    if attempt.ended_at is None:
        return f"{taken}, is talking"
    return f"{taken}, talked {format_seconds(_between(attempt.joined_at, attempt.ended_at))}"


def _between(begin: datetime | None, end: datetime | None) -> float:
    """Never negative: clocks of two machines may disagree by a second."""
    return 0.0 if begin is None or end is None else max(0.0, (end - begin).total_seconds())
