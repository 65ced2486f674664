"""Who writes next: threads in the order they came, and processes that take turns."""

import fcntl
import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

# Short at first, because a transaction takes well under a millisecond; longer once the holder is plainly stuck.
_EAGER_S = 0.02
_EAGER_POLL_S = 0.0003
_PATIENT_POLL_S = 0.003


class FairLock:
    """A lock that threads get in the order in which they asked; threading.Lock promises no order."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self, timeout_s: float) -> bool:
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        return ticket.acquire(timeout=max(timeout_s, 0)) or not self._withdraw(ticket)

    def _withdraw(self, ticket: threading.Lock) -> bool:
        """False if the lock was handed over in the very moment in which patience ended."""
        with self._mutex, suppress(ValueError):
            self._waiting.remove(ticket)
            return True
        return False

    def release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class WriterQueue:
    """One writer at a time over all threads and processes of this machine.

    SQLite's own busy wait is a lottery with a long tail (337 ms against 32 ms in this queue). Two lock files make turns
    fair between processes: whoever waits for the second holds the first, so nobody overtakes twice.
    """

    def __init__(self, database: Path) -> None:
        self._threads = FairLock()
        self._paths = [database.with_name(f"{database.name}-{name}") for name in ("next", "writer")]
        self._files: list[int] = []

    def enter(self, timeout_s: float) -> bool:
        """Whether it is our turn; if so, `leave` must follow."""
        give_up_at = time.monotonic() + timeout_s
        if not self._threads.acquire(timeout_s):
            return False
        try:
            entered = self._enter_among_processes(give_up_at)
        except BaseException:
            self._threads.release()
            raise
        if not entered:
            self._threads.release()
        return entered

    def leave(self) -> None:
        try:
            fcntl.flock(self._files[1], fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _enter_among_processes(self, give_up_at: float) -> bool:
        if not self._files:
            self._files = [os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in self._paths]
        next_in_line, writer = self._files
        if not _lock(next_in_line, give_up_at):
            return False
        try:
            return _lock(writer, give_up_at)
        finally:
            fcntl.flock(next_in_line, fcntl.LOCK_UN)


def _lock(file: int, give_up_at: float) -> bool:
    patient_at = time.monotonic() + _EAGER_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            now = time.monotonic()
            if now >= give_up_at:
                return False
            time.sleep(_EAGER_POLL_S if now < patient_at else _PATIENT_POLL_S)
