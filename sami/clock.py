"""What time is it? The only reader of the clock; the demo moves it and tests replace it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

RECHECK_S = 0.05


class _ShiftFile:
    """Seconds added to the real time, in a small file that all processes of a demo share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seconds = 0.0
        self._version: tuple[int, int] | None = None
        self._look_again_at = 0.0

    def seconds(self) -> float:
        if time.monotonic() >= self._look_again_at:
            self._look_again_at = time.monotonic() + RECHECK_S
            self._read_if_changed()
        return self._seconds

    def move(self, seconds: float) -> float:
        self._read_if_changed()
        total = self._seconds + seconds
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        fresh.write_text(f"{total}\n")
        fresh.replace(self.path)
        self._read_if_changed()
        return total

    def _read_if_changed(self) -> None:
        try:
            stat = self.path.stat()
            version = (stat.st_mtime_ns, stat.st_ino)
            if version != self._version:
                self._seconds = float(self.path.read_text() or 0)
                self._version = version
        except FileNotFoundError:
            self._seconds, self._version = 0.0, None


def _read_real_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the door


_source: Callable[[], datetime] = _read_real_clock
_shift = _ShiftFile(Path(os.environ["SAMI_CLOCK_FILE"])) if "SAMI_CLOCK_FILE" in os.environ else None


def utc_now() -> datetime:
    """This instant, aware and in UTC."""
    now = _source()
    return now if _shift is None else now + timedelta(seconds=_shift.seconds())


def monotonic() -> float:
    """Seconds for measuring how long something took; never moved, never replaced."""
    return time.monotonic()


def use_shift_file(path: Path | None) -> None:
    """From now on the seconds in this file are added to the time; None ends it."""
    global _shift
    _shift = None if path is None else _ShiftFile(path)


def move_clock(seconds: float) -> float:
    """Move the demo's clock on, for every process that shares the file; answers the whole shift."""
    if _shift is None:
        raise RuntimeError("The clock can be moved only after use_shift_file() or with SAMI_CLOCK_FILE.")
    return _shift.move(seconds)


@contextmanager
def use(source: Callable[[], datetime]) -> Iterator[None]:
    """Read the time from `source` while this block runs, in every thread."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
