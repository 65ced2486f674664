"""How does a call live? A coroutine that waits for seconds or for signals, whichever comes first."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Generic, TypeAlias, TypeVar

from webhooks.simulator.timeline import Event, Timeline

Signal = TypeVar("Signal")
Result = TypeVar("Result")
SceneOf: TypeAlias = Generator[float | None, Signal | None, Result]
"""Yields the seconds it would wait (None: for ever); is sent the next signal, or None when they are over."""


class Actor(Generic[Signal]):
    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._scene: SceneOf[Signal, None] | None = None
        self._signals: deque[Signal] = deque()
        self._alarm: Event | None = None
        self._resting = False

    def begin(self, scene: SceneOf[Signal, None]) -> None:
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
