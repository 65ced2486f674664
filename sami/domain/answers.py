"""What can the carrier answer, and what is each of its codes about?

An answer is one of five: it came and says yes, it came and says no, it was lost, the request never arrived, or Twilio
was too busy to look at it.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Accepted:
    """`sid` is the carrier's name for it, `status` its first state; both empty where nothing was created."""

    sid: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer came and says no. `code` is the carrier's own, `status` that of HTTP."""

    code: int
    status: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """Timeout, reset, 5xx or garbage: nobody knows whether it happened."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unreached:
    """No connection came about, so it certainly did not happen."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class TryLater:
    """429, or a mail server's 4xx: never taken in, always safe to repeat. `after_s`: they asked for so much time."""

    detail: str = ""
    after_s: int = 0


NotCarried = Refused | Lost | Unreached | TryLater
Answer = Accepted | NotCarried


def why_not(answer: NotCarried) -> str:
    """In words, for whoever reads what became of it."""
    return f"{answer.code or ''} {answer.message}".strip() if isinstance(answer, Refused) else answer.detail


class Kind(StrEnum):
    """What an outbox item wants carried."""

    TEXT = "text"
    RING_LEG = "ring_leg"
    END_LEG = "end_leg"
    REDIRECT_CALLER = "redirect_caller"
    DELETE_QUEUE = "delete_queue"
    BOT_CALL = "bot_call"
    TEST_RING = "test_ring"
    EMAIL = "email"
    SLACK = "slack"
    ANNOUNCEMENT = "announcement"


class Meaning(StrEnum):
    """What one of the carrier's codes is about, in an answer or in a status callback."""

    BAD_NUMBER = "bad_number"
    NO_TEXTS = "no_texts"
    OPTED_OUT = "opted_out"
    BUSY = "busy"
    ONCE_MORE = "once_more"
    BLOCKED = "blocked"
    CONFIGURATION = "configuration"
    BAD_LEG = "bad_leg"
    GONE = "gone"
    NOT_EMPTY = "not_empty"
    OTHER = "other"


_CODES: dict[Meaning, tuple[int, ...]] = {
    Meaning.BAD_NUMBER: (21211, 21214, 21217, 30005),
    # A landline: calls and call backs are as welcome as before.
    Meaning.NO_TEXTS: (21614, 30006),
    Meaning.OPTED_OUT: (21610,),
    Meaning.BUSY: (20429, 21611, 30001),
    Meaning.ONCE_MORE: (30003, 30008),
    Meaning.BLOCKED: (30004, 30007),
    Meaning.CONFIGURATION: (20003, 21408, 21606, 21608, 30034),
    Meaning.BAD_LEG: (13214, 13223, 13224, 13225),
    # The call is no longer there: a normal race.
    Meaning.GONE: (404, 20404, 21220),
    Meaning.NOT_EMPTY: (22003,),
}
_MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes}

AUTHENTICATION = 20003


NO_TEXTS_CODES = frozenset(_CODES[Meaning.NO_TEXTS])


def meaning_of(code: int) -> Meaning:
    return _MEANINGS.get(code, Meaning.OTHER)
