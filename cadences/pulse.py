"""A worker says that it lives, and which of its beats failed when they last ran."""

import os
import socket
import threading
from datetime import datetime, timedelta
from importlib.metadata import version

from sami import metrics
from sami.database.engine import Database
from sami.store.heartbeats import (
    forget_heartbeats,
    forget_worker,
    note_failing_beat,
    note_heartbeat,
    note_recovered_beats,
)

KILLED_KEPT = timedelta(days=1)
"""So long the row of a worker stands that was killed: until then one can see that there was one."""


class Pulse:
    """What one worker's beats came to since it was last written down; beats end in threads of their own."""

    def __init__(self) -> None:
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._started_at: datetime | None = None
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[str, int]] = {}
        self._recovered: set[str] = set()
        self._well: set[str] = set()

    def note(self, beat: str, failure: Exception | None) -> None:
        """The first good run of a beat counts as a recovery too: an earlier worker may have left it failing."""
        with self._lock:
            if failure is not None:
                times = self._failed.get(beat, ("", 0))[1]
                self._failed[beat] = (type(failure).__name__, times + 1)
                self._well.discard(beat)
                self._recovered.discard(beat)
            elif beat not in self._well:
                self._well.add(beat)
                self._recovered.add(beat)
                self._failed.pop(beat, None)

    def write(self, database: Database, now: datetime) -> None:
        """What could not be written is kept for the next time."""
        with self._lock:
            failed, recovered = dict(self._failed), set(self._recovered)
            started_at = self._started_at = self._started_at or now
        with database.begin() as db:
            note_heartbeat(db, worker=self._worker, release=version("sami"), started_at=started_at, now=now)
            forget_heartbeats(db, before=now - KILLED_KEPT)
            for beat, (error, times) in failed.items():
                note_failing_beat(db, beat=beat, error=error, times=times, now=now)
            note_recovered_beats(db, recovered)
        metrics.worker_seen_timestamp_seconds.set(now.timestamp())
        with self._lock:
            self._forget_written(failed, recovered)

    def end(self, database: Database) -> None:
        """A worker that ends in peace is not missed."""
        with database.begin() as db:
            forget_worker(db, self._worker)

    def _forget_written(self, failed: dict[str, tuple[str, int]], recovered: set[str]) -> None:
        for beat, (_, times) in failed.items():
            error, times_now = self._failed.get(beat, ("", 0))
            if times_now > times:
                self._failed[beat] = (error, times_now - times)
            else:
                self._failed.pop(beat, None)
        self._recovered -= recovered
