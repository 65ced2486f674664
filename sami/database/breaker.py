"""While the database is away everybody is told at once; one probe finds out when it is back."""

import logging
import threading
import time
from collections.abc import Callable

from sami.circuit import Circuit
from sami.database.away import DatabaseAway, DatabaseBusy
from sami.helper_threads import start_helper

_log = logging.getLogger(__name__)

PROBE_EVERY_S = 0.5
BUSY_MAX = 3
BUSY_WITHIN_S = 5.0


class Breaker:
    """Open means away. It opens at the first failure to reach the database, or at the third busy one in a row."""

    def __init__(
        self,
        probe: Callable[[], None],
        *,
        on_away: Callable[[str], None] | None = None,
        on_back: Callable[[], None] | None = None,
    ) -> None:
        self._probe = probe
        self._on_away = on_away
        self._on_back = on_back
        self._lock = threading.Lock()
        self._why: str | None = None
        self._busy = Circuit(BUSY_MAX, within_s=BUSY_WITHIN_S)

    @property
    def is_open(self) -> bool:
        return self._why is not None

    def refuse_while_open(self) -> None:
        why = self._why
        if why is not None:
            raise DatabaseAway(why)

    def note_success(self) -> None:
        self._busy.note_answer()

    def note_failure(self, failure: DatabaseAway) -> None:
        if isinstance(failure, DatabaseBusy):
            self._busy.note_failure(time.monotonic())
            if not self._busy.is_open:
                return
        self._open(failure.detail)

    def forget(self) -> None:
        """Away or not, the next who asks finds out; the probing ends."""
        self._busy.note_answer()
        self._why = None

    def _open(self, why: str) -> None:
        with self._lock:
            if self._why is not None:
                return
            self._why = why or "no answer"
        _log.error("database_away: %s", why)
        start_helper("database-probe", self._probe_until_back)
        if self._on_away is not None:
            self._on_away(why)

    def _probe_until_back(self) -> None:
        while self._why is not None:
            time.sleep(PROBE_EVERY_S)
            if self._why is None:
                return  # Forgotten meanwhile.
            try:
                self._probe()
            except Exception as failure:
                _log.debug("database_probe_failed: %s", failure)
            else:
                self._close()

    def _close(self) -> None:
        self._busy.note_answer()
        self._why = None
        _log.warning("database_back")
        if self._on_back is not None:
            self._on_back()
