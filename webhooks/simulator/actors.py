"""How does a call live? A coroutine that waits for seconds or for signals, whichever comes first."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from webhooks.simulator.timeline import Event, Timeline

if TYPE_CHECKING:
    from webhooks.simulator.exchange import Member
    from webhooks.simulator.legs import Leg


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


@dataclass(frozen=True, slots=True)
class LegAnswered:
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegReady:
    """The leg's screening let it through."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class LegEnded:
    leg: Leg


@dataclass(frozen=True, slots=True)
class Joined:
    partner: Leg


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody dialled the queue this leg waits in."""

    by: Leg
    member: Member
    page_url: str | None


@dataclass(frozen=True, slots=True)
class Parted:
    """The other side of the talk is gone."""

    partner: Leg


Signal: TypeAlias = (
    KeyPressed
    | Spoke
    | HungUp
    | EndedByRest
    | Redirected
    | PickedUp
    | RingRefused
    | Cancelled
    | LegAnswered
    | LegReady
    | LegEnded
    | Joined
    | Taken
    | Parted
)
Result = TypeVar("Result")
Scene: TypeAlias = Generator[float | None, Signal | None, Result]
"""Yields the seconds it would wait (None: for ever); is sent the next signal, or None when they are over."""


class Actor:
    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._scene: Scene[None] | None = None
        self._signals: deque[Signal] = deque()
        self._alarm: Event | None = None
        self._resting = False

    def begin(self, scene: Scene[None]) -> None:
        self._scene = scene
        self.timeline.after(0, lambda: self._go_on(None))

    def tell(self, signal: Signal) -> None:
        """Whoever is gone hears nothing; whoever is busy hears it when next waiting."""
        self._signals.append(signal)
        if self._resting:
            self._set_alarm(0)

    def _set_alarm(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancelled = True
        self._alarm = self.timeline.after(seconds, self._wake_up)

    def _wake_up(self) -> None:
        self._alarm = None
        self._resting = False
        self._go_on(self._signals.popleft() if self._signals else None)

    def _go_on(self, signal: Signal | None) -> None:
        assert self._scene is not None
        try:
            wait_s = self._scene.send(signal)
        except StopIteration:
            return
        self._resting = True
        if self._signals:
            self._set_alarm(0)
        elif wait_s is not None:
            self._set_alarm(max(0.0, wait_s))
