"""The web process's own way out: legs are created right after the commit that wants them, all of a group at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sami import clock, logs
from sami.database.away import DatabaseAway
from sami.helper_threads import start_helper
from sami.outbox.delivery import CALL_KINDS, deliver
from sami.outbox.items import Delivery
from sami.store.deliveries import count_due, next_due_at

log = logs.logger(__name__)

LEGS_AT_ONCE = 10
DATABASE_AGAIN_S = 1.0


class LegSender:
    """Asleep until nudged, or until a leg that starts later is due. The worker's beat is the second chance.

    Its threads begin with the first nudge, so it may be made before a server forks.
    """

    def __init__(self, delivery: Delivery, now: Callable[[], datetime] = clock.utc_now) -> None:
        self._here = delivery
        self._now = now
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    def nudge(self) -> None:
        if self._thread is None:
            self._start()
        self._wake.set()

    def stop(self) -> None:
        """Returns when what is under way has ended."""
        with self._starting:
            self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopping and self._here.carrier.is_configured:
                self._pool = ThreadPoolExecutor(LEGS_AT_ONCE, thread_name_prefix="leg")
                self._thread = start_helper("leg-sender", self._run)

    def _run(self) -> None:
        sleep_s: float | None = None
        while not self._stopping:
            self._wake.wait(sleep_s)
            self._wake.clear()
            if not self._stopping:
                sleep_s = self._send_due()

    def _send_due(self) -> float | None:
        """Set as many threads to work as there are legs due; the seconds until the next one is."""
        assert self._pool is not None, "made before the thread"
        try:
            now = self._now()
            with self._here.database.read() as db:
                due = count_due(db, now=now, kinds=CALL_KINDS, most=LEGS_AT_ONCE)
                next_at = next_due_at(db, after=now, kinds=CALL_KINDS)
        except Exception as error:
            self._note(error)
            return DATABASE_AGAIN_S
        for _ in range(due):
            self._pool.submit(self._send_one)
        return None if next_at is None else max(0.0, (next_at - now).total_seconds())

    def _send_one(self) -> None:
        """Look again after each: its end may have made another due, and one that was refused comes back in a second."""
        try:
            if deliver(self._here, self._now(), kinds=CALL_KINDS, limit=1):
                self._wake.set()
        except Exception as error:
            self._note(error)

    def _note(self, error: Exception) -> None:
        if isinstance(error, DatabaseAway):
            log.warning("Legs wait for the database.", detail=error.detail)
        else:
            log.exception("A leg could not be sent; the worker's beat tries it again.")
