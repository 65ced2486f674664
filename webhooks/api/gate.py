"""How much of a web process the API may take: so many requests at once, and of one key so many a minute (R20)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from webhooks.api.refusals import Overloaded, TooManyRequests

MINUTE_S = 60


class Gate:
    """`per_minute` 0 is no limit. Whoever finds no place is refused at once: a thread that waits answers no call."""

    def __init__(self, at_once: int, per_minute: int) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._minute = 0
        self._asked: dict[int, int] = {}

    @contextmanager
    def place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Overloaded
        try:
            yield
        finally:
            self._places.release()

    def count(self, key_id: int, now: datetime) -> None:
        """Minutes are those of the clock, so that one number for each key is all there is to remember."""
        if not self._per_minute:
            return
        minute, second = divmod(int(now.timestamp()), MINUTE_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._asked = minute, {}
            self._asked[key_id] = asked = self._asked.get(key_id, 0) + 1
        if asked > self._per_minute:
            raise TooManyRequests(headers={"Retry-After": str(MINUTE_S - second)})
