"""What can the carrier answer to what we ask of it?

An answer is one of five: it came and says yes, it came and says no, it was lost, the request never arrived, or Twilio
was too busy to look at it.
"""

from dataclasses import dataclass


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
    """The carrier was never asked, for want of a connection or of its address: it certainly did not happen."""

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
