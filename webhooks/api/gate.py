"""How much of a web process the API may take: so many requests at once, so many in line, so often one key (R20)."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from webhooks.api.refusals import Overloaded, TooManyRequests

MINUTE_S = 60
WAITS_S = 5.0


class Gate:
    """First come, first served. Beside those who work, `in_line` may wait or be away; more are refused.

    Each of them has a thread, and the server has as many that no call needs. `per_minute` 0 is no limit.
    """

    def __init__(self, at_once: int, *, in_line: int = 0, per_minute: int = 0) -> None:
        self._lock = threading.Lock()
        self._free = at_once
        self._room = at_once + in_line
        self._line: deque[threading.Event] = deque()
        self._per_minute = per_minute
        self._minute = 0
        self._asked: dict[int, int] = {}

    @contextmanager
    def place(self) -> Iterator[None]:
        self._come()
        try:
            if not self._enter():
                raise Overloaded
            try:
                yield
            finally:
                self._leave()
        finally:
            self._go()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Gives the place up while its holder waits for somebody elsewhere: the next in line works meanwhile."""
        self._leave()
        try:
            yield
        finally:
            self._enter(back=True)

    def hold_room(self) -> Callable[[], None]:
        """Room for one who is still given an answer after its place was left; until what is returned is called."""
        self._come()
        return self._go

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

    def _come(self) -> None:
        with self._lock:
            if not self._room:
                raise Overloaded
            self._room -= 1

    def _go(self) -> None:
        with self._lock:
            self._room += 1

    def _enter(self, *, back: bool = False) -> bool:
        """False after waiting in vain. Who was away is first in line and waits as long as it takes."""
        mine = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._line.insert(0 if back else len(self._line), mine)
        return mine.wait(None if back else WAITS_S) or not self._give_up(mine)

    def _give_up(self, mine: threading.Event) -> bool:
        """False where the place was handed over in this very instant."""
        with self._lock:
            if mine.is_set():
                return False
            self._line.remove(mine)
            return True

    def _leave(self) -> None:
        """The place goes to whoever is first in line, so that nobody who comes later can take it."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
