"""Announcements leave in lanes, one for each subscription: who is slow, or gone, holds up nobody else."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from sami import logs
from sami.apply.items import ANNOUNCE_LANE
from sami.database.away import DatabaseAway
from sami.domain.delivery.kinds import Kind, Track, kinds_on
from sami.outbox.delivery import deliver
from sami.outbox.items import Delivery
from sami.store.digests import lanes_due

log = logs.logger(__name__)

LANES_AT_ONCE = 8
EACH_MAX = 20
KINDS = kinds_on(Track.ANNOUNCEMENTS)


class Announcer:
    """A few threads, which begin with the first lane that has something to say."""

    def __init__(self, delivery: Delivery) -> None:
        self._here = delivery
        self._pool = ThreadPoolExecutor(LANES_AT_ONCE, thread_name_prefix="announce")
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[None]] = {}

    def look(self, now: datetime) -> None:
        """Write what is announced for each subscription, and set a thread to each lane that is due and has none."""
        due = self._due(now)
        if ANNOUNCE_LANE in due:
            deliver(self._here, now, kinds=KINDS, lane=ANNOUNCE_LANE)
            due = self._due(now)
        with self._lock:
            self._under_way = {lane: job for lane, job in self._under_way.items() if not job.done()}
            for lane in due:
                if lane != ANNOUNCE_LANE and lane not in self._under_way:
                    self._under_way[lane] = self._pool.submit(self._deliver, lane, now)

    def rest(self) -> None:
        """Returns when what is under way has ended."""
        with self._lock:
            jobs = list(self._under_way.values())
        for job in jobs:
            job.result()

    def stop(self) -> None:
        """Like `rest`, without beginning anything new."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _due(self, now: datetime) -> list[str]:
        with self._here.database.read() as db:
            return lanes_due(db, kind=Kind.ANNOUNCEMENT, now=now)

    def _deliver(self, lane: str, now: datetime) -> None:
        try:
            deliver(self._here, now, kinds=KINDS, limit=EACH_MAX, lane=lane)
        except DatabaseAway as away:
            log.warning("Announcements wait for the database.", detail=away.detail)
        except Exception:
            log.exception("An announcement could not be sent; it is tried again.")
