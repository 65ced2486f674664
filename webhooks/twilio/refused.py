"""Refused webhooks leave a trace that strangers cannot make large: a count by cause and hour, a log line a minute."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from sami import logs, metrics
from sami.domain.access.refused_webhooks import RefusedBecause
from sami.store.refused_webhooks import Refusals
from webhooks.twilio.signatures import Refused

LOG_EVERY = timedelta(minutes=1)

log = logs.logger(__name__)


class RefusedWebhooks:
    """Counted in memory, because no stranger's request should cost a transaction; written by the background thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unwritten: dict[tuple[RefusedBecause, datetime], Refusals] = {}
        self._quiet_until: datetime | None = None
        self._unsaid = 0

    def note(self, refused: Refused, now: datetime) -> None:
        metrics.webhooks_refused.labels(refused.because.value).inc()
        hour = now.replace(minute=0, second=0, microsecond=0)
        with self._lock:
            self._add(Refusals(refused.because, hour, 1, refused.address, now))
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
                self._add(one)

    def _add(self, one: Refusals) -> None:
        key = (one.cause, one.hour)
        known = self._unwritten.get(key, one)
        times = one.times if known is one else known.times + one.times
        self._unwritten[key] = replace(max(known, one, key=lambda each: each.last_at), times=times)
