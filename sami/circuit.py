"""What keeps failing is left alone for a while; then one request finds out whether it is back."""

import threading
from math import inf

FAILURES_MAX = 5
OPEN_S = 30.0


class Circuit:
    """Of one service, in one process. Instants are `clock.monotonic`'s.

    So many failures in a row open it; those that lie further apart than `within_s` are no row.
    """

    def __init__(self, failures_max: int = FAILURES_MAX, *, within_s: float = inf) -> None:
        self._failures_max = failures_max
        self._within_s = within_s
        self._lock = threading.Lock()
        self._failed_at: tuple[float, ...] = ()
        self._closed_from = 0.0

    @property
    def is_open(self) -> bool:
        return len(self._failed_at) == self._failures_max

    def admits(self, at: float) -> bool:
        """Whether to ask now. While open one request is let through every `OPEN_S`; the others are not."""
        with self._lock:
            if not self.is_open:
                return True
            if at < self._closed_from:
                return False
            self._closed_from = at + OPEN_S
            return True

    def note_answer(self) -> None:
        if self._failed_at:  # Looked at without the lock: most answers follow an answer.
            with self._lock:
                self._failed_at = ()

    def note_failure(self, at: float) -> None:
        with self._lock:
            row = (*(failed for failed in self._failed_at if at - failed < self._within_s), at)
            self._failed_at = row[-self._failures_max :]
            if self.is_open:
                self._closed_from = at + OPEN_S


_circuits: dict[str, Circuit] = {}
_making = threading.Lock()


def circuit_of(url: str) -> Circuit:
    with _making:
        return _circuits.setdefault(url, Circuit())
