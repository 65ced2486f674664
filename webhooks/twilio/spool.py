"""What live voice was answered while the database was away, kept on disk until it can be applied (R3)."""

import fcntl
import json
import logging
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from sami import clock

_log = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
_NAME = re.compile(r"\d+-\w+-\d+\.jsonl")


class SpoolFull(Exception):
    """This process has spooled as much as it may; what comes now is answered and lost."""


@dataclass(frozen=True, slots=True)
class SpooledRequest:
    """A request of Twilio's, as it came."""

    path: str
    form: tuple[tuple[str, str], ...]
    received_at: datetime

    @property
    def call_sid(self) -> str:
        return next((value for name, value in self.form if name == "CallSid"), "")

    def to_line(self) -> bytes:
        fields = {"received_at": self.received_at.isoformat(), "path": self.path, "form": self.form}
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "SpooledRequest":
        fields = json.loads(line)
        form = tuple((str(name), str(value)) for name, value in fields["form"])
        received_at = datetime.fromisoformat(fields["received_at"])
        if received_at.tzinfo is None:
            raise ValueError("an instant without a zone")
        return cls(str(fields["path"]), form, received_at)


Apply = Callable[[SpooledRequest], bool | None]


class SpoolFile:
    """One file of one writer. Its lock is held as long as the writer lives, so others can tell that it died."""

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file
        self.size = os.fstat(file).st_size

    @classmethod
    def create(cls, path: Path, content: bytes = b"") -> "SpoolFile":
        """Locked and filled before it gets its name: nobody ever sees it unlocked, or half of it."""
        unnamed = path.with_suffix(".new")
        file = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            fresh = cls(path, file)
            fresh.append(content)
            unnamed.replace(path)
            _fsync_folder(path.parent)
        except BaseException:
            os.close(file)  # A disk that stays full would cost one open file for every caller.
            raise
        return fresh

    @classmethod
    def adopt(cls, path: Path) -> "SpoolFile | None":
        """The file of a dead process, now ours; None while its writer lives, or if another adopted it first."""
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_ino == os.stat(path).st_ino:
                return cls(path, file)
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(file)
        return None

    def append(self, line: bytes) -> None:
        """On the disk when this returns. What was written by half is taken back, so the next line stays readable."""
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(line)

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)

    def replace(self, lines: list[bytes]) -> "SpoolFile | None":
        """Keep only these lines; without any, the file goes."""
        kept = SpoolFile.create(self.path, b"".join(lines)) if lines else None
        if kept is None:
            self.path.unlink(missing_ok=True)
        self.close()
        return kept

    def close(self) -> None:
        os.close(self._file)


class Spool:
    """Appends for this process; replays for this process and for dead ones."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._replaying = threading.Lock()
        self._current: SpoolFile | None = None
        self._sealed: list[SpoolFile] = []
        self._pid = os.getpid()

    def append(self, record: SpooledRequest) -> None:
        """Safe on disk when this returns; raises SpoolFull or OSError if it cannot be."""
        line = record.to_line()
        with self._lock:
            self._leave_parents_files()
            if self._bytes() + len(line) > self._max_bytes:
                _log.critical("spool_full: %s bytes wait; %s is not kept", self._bytes(), record.path)
                raise SpoolFull
            if self._current is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._current = SpoolFile.create(self._next_path())
            try:
                self._current.append(line)
            except OSError:
                self._seal()  # Its end may be torn: what is kept next must not stand on the same line.
                raise

    def has_waiting(self) -> bool:
        """Whether a replay would find anything, of ours or of another process."""
        return bool(self._files())

    def records(self) -> int:
        """How many wait in files of this process."""
        with self._lock:
            ours = [*self._sealed, *([self._current] if self._current else [])]
            return sum(len(file.lines()) for file in ours)

    def replay(self, apply: Apply) -> int:
        """Apply what waits, in order, and answer how many are done.

        A record goes only after `apply` returned; killed in between, it is applied again. Where `apply` raises, that
        call's later records wait with it, and other calls go on; where it answers False, that record alone waits.
        A torn line is kept aside and counts as done.
        """
        if not self._replaying.acquire(blocking=False):
            return 0
        try:
            files = self._take()
            lines = [(file, line) for file in files for line in file.lines()]
            waiting = self._apply_in_order(lines, apply)
            for file in files:
                self._keep_only(file, [line for owner, line in waiting if owner is file])
            return len(lines) - len(waiting)
        finally:
            self._replaying.release()

    def _take(self) -> list[SpoolFile]:
        """Ours are sealed first: what arrives from now on goes to a new file, and its turn comes later."""
        with self._lock:
            self._leave_parents_files()
            self._seal()
            ours = {file.path for file in self._sealed}
            strangers = [SpoolFile.adopt(path) for path in self._files() if path not in ours]
            self._sealed.extend(file for file in strangers if file is not None)
            return sorted(self._sealed, key=lambda file: _age(file.path))

    def _seal(self) -> None:
        if self._current is not None:
            self._sealed.append(self._current)
            self._current = None

    def _apply_in_order(self, lines: list[tuple[SpoolFile, bytes]], apply: Apply) -> list[tuple[SpoolFile, bytes]]:
        """What is still to be done. A call's requests may lie in the files of several processes: their own instants put
        them in order.
        """
        records: list[tuple[SpooledRequest, SpoolFile, bytes]] = []
        for file, line in lines:
            try:
                records.append((SpooledRequest.from_line(line), file, line))
            except (ValueError, KeyError, TypeError):
                self._keep_aside(line)
        records.sort(key=lambda each: each[0].received_at)
        stopped: set[str] = set()
        return [(file, line) for record, file, line in records if not self._is_done(record, apply, stopped)]

    def _is_done(self, record: SpooledRequest, apply: Apply, stopped: set[str]) -> bool:
        if record.call_sid and record.call_sid in stopped:
            return False
        try:
            return apply(record) is not False
        except Exception as failure:
            stopped.add(record.call_sid)
            _log.error("spool_not_applied: %s %s %r", record.path, record.call_sid, failure)
            return False

    def _keep_only(self, file: SpoolFile, lines: list[bytes]) -> None:
        fresh = file if len(lines) == len(file.lines()) else file.replace(lines)
        with self._lock:
            self._sealed.remove(file)
            if fresh is not None:
                self._sealed.append(fresh)

    def _keep_aside(self, line: bytes) -> None:
        """A line torn by a crash: never acknowledged, so nothing is lost, but somebody may want to read it."""
        _log.error("spool_unreadable: %s bytes were moved to unreadable.txt", len(line))
        with (self._folder / "unreadable.txt").open("ab") as aside:
            aside.write(line.rstrip(b"\n") + b"\n")

    def _leave_parents_files(self) -> None:
        """After a fork the files are the parent's: holding its locks on would make it look alive after its death."""
        if self._pid == os.getpid():
            return
        for file in (*self._sealed, *([self._current] if self._current else [])):
            file.close()
        self._pid, self._current, self._sealed = os.getpid(), None, []

    def _files(self) -> list[Path]:
        return [path for path in self._folder.glob("*.jsonl") if _NAME.fullmatch(path.name)]

    def _bytes(self) -> int:
        return sum(file.size for file in self._sealed) + (self._current.size if self._current else 0)

    def _next_path(self) -> Path:
        started = clock.utc_now().strftime("%Y%m%dT%H%M%S%f")
        return self._folder / f"{self._pid}-{started}-{next(self._numbers)}.jsonl"


def _age(path: Path) -> tuple[str, int, str]:
    pid, started, number = path.stem.split("-")
    return started, int(number), pid


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
