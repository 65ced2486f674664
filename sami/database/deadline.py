"""A deadline of our own, because a frozen server keeps none of its time-outs."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from sami.helper_threads import start_helper

TICK_S = 0.1
_QUIET_TICKS = 50


class Leash:
    """One thing under watch."""

    __slots__ = ("at", "cut", "was_cut")

    def __init__(self, cut: Callable[[], None], at: float) -> None:
        self.cut = cut
        self.at = at
        self.was_cut = False


class Watchdog:
    """Cuts what outlives its deadline, from a thread of its own, at most one tick late.

    It ticks instead of sleeping until the next deadline: waking a thread for each transaction would cost more than the
    transaction. After some quiet seconds it sleeps until something is watched again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leashes: set[Leash] = set()
        self._something_watched = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, cut: Callable[[], None], at: float) -> Leash:
        leash = Leash(cut, at)
        with self._lock:
            self._leashes.add(leash)
            if self._thread is None:
                self._thread = start_helper("database-deadline", self._run)
        if not self._something_watched.is_set():
            self._something_watched.set()
        return leash

    def release(self, leash: Leash) -> bool:
        """Let go; the answer says whether it was cut. After this it never will be: others may have the connection."""
        with self._lock:
            self._leashes.discard(leash)
            return leash.was_cut

    def _run(self) -> None:
        quiet = 0
        while True:
            quiet = 0 if self._leashes else quiet + 1
            if quiet > _QUIET_TICKS:
                self._sleep_until_watching()
            self._cut_overdue()
            time.sleep(TICK_S)

    def _sleep_until_watching(self) -> None:
        self._something_watched.clear()
        if not self._leashes:
            self._something_watched.wait()

    def _cut_overdue(self) -> None:
        now = time.monotonic()
        with self._lock:
            overdue = [leash for leash in self._leashes if leash.at <= now]
            for leash in overdue:
                self._leashes.discard(leash)
                leash.was_cut = True
                with suppress(Exception):  # It closed in this moment: nothing is left to cut.
                    leash.cut()
