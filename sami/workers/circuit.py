"""A service that keeps failing is left alone for a while; then one request finds out whether it is back."""

import threading

FAILURES_MAX = 5
OPEN_S = 30.0


class Circuit:
    """Of one address, in one process. Instants are `clock.monotonic`'s."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_from = 0.0

    def admits(self, at: float) -> bool:
        """Whether to ask now. While open one request is let through every `OPEN_S`; the others are not."""
        with self._lock:
            if self._failures < FAILURES_MAX:
                return True
            if at < self._closed_from:
                return False
            self._closed_from = at + OPEN_S
            return True

    def note_answer(self) -> None:
        with self._lock:
            self._failures = 0

    def note_failure(self, at: float) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES_MAX:
                self._closed_from = at + OPEN_S


_circuits: dict[str, Circuit] = {}
_making = threading.Lock()


def circuit_of(url: str) -> Circuit:
    with _making:
        return _circuits.setdefault(url, Circuit())
