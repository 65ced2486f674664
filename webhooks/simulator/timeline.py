"""When does what happen? Events in order of time: jumped through by tests, lived through by the demo."""

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Act = Callable[[], None]

_log = logging.getLogger(__name__)

_IDLE_S = 0.1  # How stale `now` may grow between two events of real time.


class Endless(RuntimeError):
    """More events than any scenario needs: something spins."""


@dataclass(order=True, slots=True)
class Event:
    when: datetime
    order: int
    act: Act = field(compare=False)
    standing: bool = field(compare=False, default=False)
    """A standing event (a beat) keeps nobody waiting: `run()` ends when only these are left."""
    cancelled: bool = field(compare=False, default=False)


class Timeline:
    """One thread runs all events; any thread may `post` work for it."""

    def __init__(self, start: datetime, *, events_max: int = 200_000) -> None:
        assert start.tzinfo is not None, "a timeline needs an aware start"
        self._now = start
        self._events_max = events_max
        self._events: list[Event] = []
        self._order = itertools.count()
        self._inbox: deque[Act] = deque()
        self._watchers: list[Callable[[datetime], None]] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._skipped_s = 0.0

    @property
    def now(self) -> datetime:
        return self._now

    def at(self, when: datetime, act: Act) -> Event:
        return self._add(Event(max(when, self._now), next(self._order), act))

    def after(self, seconds: float, act: Act) -> Event:
        return self.at(self._now + timedelta(seconds=seconds), act)

    def every(self, seconds: float, act: Act) -> None:
        """Repeat for ever, as the beats of a worker do."""

        def repeat() -> None:
            self._add(Event(self._now + timedelta(seconds=seconds), next(self._order), repeat, standing=True))
            act()

        self._add(Event(self._now + timedelta(seconds=seconds), next(self._order), repeat, standing=True))

    def post(self, act: Act) -> None:
        """Leave work from any thread; it is done at the present instant by the thread of the timeline."""
        self._inbox.append(act)
        with self._wake:
            self._wake.notify()

    def on_advance(self, watcher: Callable[[datetime], None]) -> None:
        """Be told each new instant before its events happen: where tests move the clock of the program."""
        self._watchers.append(watcher)

    def run(self, until: datetime | None = None) -> None:
        """Jump from event to event: to the end of all that is planned, or to an instant."""
        for _ in range(self._events_max):
            self._empty_inbox()
            if not self._may_go_on(until):
                break
            self._happen(heapq.heappop(self._events))
        else:
            raise Endless(f"{self._events_max} events and no end, at {self._now.isoformat()}")
        if until is not None:
            self._move_to(until)

    def run_for(self, seconds: float) -> None:
        self.run(self._now + timedelta(seconds=seconds))

    def start(self) -> None:
        """Live in real time, on a thread of its own, until `stop`."""
        self._stopping = False
        self._thread = threading.Thread(target=self._live, name="phone-network", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        with self._wake:
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def skip(self, seconds: float) -> None:
        """Move real time forward; what lies between still happens, in order."""

        def jump() -> None:
            self._skipped_s += seconds

        self.post(jump)

    def _live(self) -> None:
        began_at, began_s, skipped_before_s = self._now, time.monotonic(), self._skipped_s
        while not self._stopping:
            elapsed_s = time.monotonic() - began_s + self._skipped_s - skipped_before_s
            self._catch_up_or_log(began_at + timedelta(seconds=elapsed_s))
            with self._wake:
                if not self._inbox and not self._stopping:
                    self._wake.wait(self._pause_s())

    def _catch_up_or_log(self, target: datetime) -> None:
        """One broken call must not silence all the phones of a demo."""
        try:
            self._catch_up(target)
        except Exception:
            _log.exception("an event of the phone network failed")

    def _catch_up(self, target: datetime) -> None:
        self._empty_inbox()
        while not self._stopping and self._events and self._events[0].when <= target:
            self._happen(heapq.heappop(self._events))
            self._empty_inbox()
        self._move_to(target)

    def _pause_s(self) -> float:
        if not self._events:
            return _IDLE_S
        return min(_IDLE_S, max(0.001, (self._events[0].when - self._now).total_seconds()))

    def _may_go_on(self, until: datetime | None) -> bool:
        while self._events and self._events[0].cancelled:
            heapq.heappop(self._events)
        if until is not None:
            return bool(self._events) and self._events[0].when <= until
        return any(not event.standing and not event.cancelled for event in self._events)

    def _happen(self, event: Event) -> None:
        if event.cancelled:
            return
        self._move_to(event.when)
        event.act()

    def _move_to(self, when: datetime) -> None:
        if when > self._now:
            self._now = when
            for watcher in self._watchers:
                watcher(when)

    def _empty_inbox(self) -> None:
        while self._inbox:
            self._inbox.popleft()()

    def _add(self, event: Event) -> Event:
        heapq.heappush(self._events, event)
        return event
