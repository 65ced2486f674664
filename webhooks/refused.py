"""Refused webhooks leave a trace that strangers cannot make large: a count by cause and hour, a log line a minute."""

import threading
from datetime import datetime, timedelta

from sami import logs, metrics
from sami.store.refused_webhooks import Refusals
from webhooks.signatures import Refused

LOG_EVERY = timedelta(minutes=1)

log = logs.logger(__name__)


class RefusedWebhooks:
    """Counted in memory, because no stranger's request should cost a transaction; written by the background thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unwritten: dict[tuple[str, datetime], Refusals] = {}
        self._quiet_until: datetime | None = None
        self._unsaid = 0

    def note(self, refused: Refused, now: datetime) -> None:
        metrics.webhooks_refused.labels(refused.because.value).inc()
        hour = now.replace(minute=0, second=0, microsecond=0)
        with self._lock:
            key = (refused.because.value, hour)
            before = self._unwritten.get(key)
            times = 1 if before is None else before.times + 1
            self._unwritten[key] = Refusals(refused.because, hour, times, refused.address, now)
            is_said = self._quiet_until is None or now >= self._quiet_until
            unsaid = self._unsaid
            self._unsaid = 0 if is_said else unsaid + 1
            if is_said:
                self._quiet_until = now + LOG_EVERY
        if is_said:
            log.warning(
                "A webhook was refused.",
                cause=refused.because.value,
                checked_against=refused.address,
                detail=refused.detail,
                more_since_last_said=unsaid,
            )

    def take(self) -> list[Refusals]:
        """What was counted since the last time; give it back where it could not be written."""
        with self._lock:
            taken, self._unwritten = list(self._unwritten.values()), {}
        return taken

    def give_back(self, refusals: list[Refusals]) -> None:
        with self._lock:
            for one in refusals:
                key = (one.cause.value, one.hour)
                since = self._unwritten.get(key)
                if since is None:
                    self._unwritten[key] = one
                else:
                    times = since.times + one.times
                    self._unwritten[key] = Refusals(one.cause, one.hour, times, since.address, since.last_at)
