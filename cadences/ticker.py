"""The door of APScheduler: a clock in memory that wakes the beats, and nothing more.

It keeps nothing between runs: what is due stands in the database, so a beat that was missed is made up by the next one.
A job store of its own ran jobs twice and lost others when it was tried with two processes.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Generic, TypeVar

from apscheduler.executors.pool import ThreadPoolExecutor  # noqa: TID251 - the door
from apscheduler.schedulers.background import BackgroundScheduler  # noqa: TID251 - the door
from apscheduler.triggers.interval import IntervalTrigger  # noqa: TID251 - the door

from cadences.beats import Beat
from sami import clock, logs, metrics
from sami.database.away import DatabaseAway

log = logs.logger(__name__)
# A beat that is still running when its turn comes is no news; APScheduler would warn of it each time.
logging.getLogger("apscheduler").setLevel(logging.ERROR)
W = TypeVar("W")


class Ticker(Generic[W]):
    """Runs each beat at most once at a time; missed ones become one; a failing beat is seen and tried again."""

    def __init__(
        self,
        beats: Iterable[Beat[W]],
        worker: W,
        now: Callable[[], datetime] = clock.utc_now,
        on_end: Callable[[str, Exception | None], None] = lambda beat, failure: None,
    ) -> None:
        """`on_end` hears of each run of a beat, and how it failed."""
        self._beats = tuple(beats)
        self._worker = worker
        self._now = now
        self._on_end = on_end
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(max(1, len(self._beats)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        for beat in self._beats:
            self._scheduler.add_job(self.run_once, IntervalTrigger(seconds=beat.every_s), args=[beat], id=beat.name)
        self._scheduler.start()

    def stop(self) -> None:
        """Wakes nothing any more, and returns when the beats under way have ended."""
        self._scheduler.shutdown(wait=True)

    def run_once(self, beat: Beat[W]) -> bool:
        """Run it now; False if it failed, which is logged and counted and stops nothing."""
        with logs.bound(beat=beat.name), _measured(beat.name):
            failure = self._failure_of(beat)
        if failure is not None:
            metrics.beat_failures.labels(beat.name).inc()
        self._on_end(beat.name, failure)
        return failure is None

    def _failure_of(self, beat: Beat[W]) -> Exception | None:
        try:
            beat.run(self._worker, self._now())
        except DatabaseAway as away:
            log.warning("A beat waits for the database.", detail=away.detail)
            return away
        except Exception as failure:
            log.exception("A beat failed; it is tried again at its next turn.")
            return failure
        return None


def _measured(name: str) -> AbstractContextManager[object]:
    return metrics.beats_seconds.labels(name).time()
