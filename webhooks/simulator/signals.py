"""What happens on one side of a call, as the side itself is told: by its person, by REST, by whoever dialled it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Goto:
    """The next document of a call: fetched from a URL, or given outright by a REST request."""

    url: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    twiml: str | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    key: str


@dataclass(frozen=True, slots=True)
class Spoke:
    text: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The person at this end of the leg left."""


@dataclass(frozen=True, slots=True)
class EndedByRest:
    """`Status=completed` or `canceled` was posted to the leg."""


@dataclass(frozen=True, slots=True)
class Redirected:
    goto: Goto


@dataclass(frozen=True, slots=True)
class PickedUp:
    """The called phone was answered, by a person or by a machine."""


@dataclass(frozen=True, slots=True)
class RingRefused:
    status: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Whoever dialled this leg no longer wants it: `canceled`, or `no-answer` when time ran out."""

    status: str


PersonSignal: TypeAlias = KeyPressed | Spoke | HungUp | PickedUp | RingRefused
"""What a hand with a phone in it can do."""
