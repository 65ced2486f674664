"""The embedded database as what it is, a file: made by one explicit act, and missed as soon as it is gone."""

import json
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sami.database.away import DatabaseAway, DatabaseBusy
from sami.database.fair_lock import WriterQueue

Identity = tuple[int, int]

# A call changes a few bytes each on some twenty pages, and the log takes whole pages: a quarter of SQLite's own size.
PAGE_BYTES = 1024
LOG_PAGES_MAX = 65_536  # Beyond, the writers copy the log themselves: nobody tends the file, or the disk is too slow.

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT})
_AWAY = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


class Interrupt:
    """Ends a statement that another thread is waiting for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self) -> None:
        self._connection.interrupt()

    def close(self) -> None:
        """Nothing is held."""


class SqliteFile:
    """One file, known by device and inode: an open connection would go on writing to a file that was removed."""

    def __init__(self, path: Path, *, lock_timeout_s: float, survives_power_loss: bool) -> None:
        self.path = path
        self.connect_args: dict[str, Any] = {}
        self._lock_timeout_s = lock_timeout_s
        # NORMAL loses nothing when a process is killed, only the last commits when the power fails; FULL costs an fsync
        # for every commit.
        self._synchronous = "FULL" if survives_power_loss else "NORMAL"
        self._queue = WriterQueue(path)
        self._known: Identity | None = None
        self._known_wal: Identity | None = None

    def check(self) -> None:
        """Refuse unless the file we know still stands at its path. One stat, before each begin and each commit."""
        found = self._identity()
        if self._known is None:
            self._known = found
        elif found != self._known:
            raise DatabaseAway("The database file was replaced by another.")

    def connect(self, _connect: Callable[[], Any]) -> sqlite3.Connection:
        """Our own way to open, which never creates the file; SQLAlchemy's would."""
        self.check()
        connection = self._open("rw")
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            connection.execute(f"PRAGMA synchronous = {self._synchronous}").close()
            connection.execute("PRAGMA foreign_keys = ON").close()
            connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX}").close()
            self.check()
        except BaseException:
            connection.close()
            raise
        wal = _stat_wal(self.path)
        self._known_wal = None if wal is None else _identity_of(wal)
        return connection

    def begin(self, connection: Any, *, write: bool, deadline_s: float | None = None) -> None:
        if not write:
            connection.execute("BEGIN")
            return
        if not self._enter_queue():
            raise DatabaseBusy("Another writer keeps the database locked.")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._queue.leave()
            raise

    def end(self, *, write: bool) -> None:
        if write:
            self._queue.leave()

    def tend(self) -> None:
        """Copy the log into the file. Left to SQLite a commit does it, and every fiftieth caller waits for the disk."""
        self.check()
        connection = self._open("rw")
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
        finally:
            connection.close()

    def is_stale(self, connection: Any) -> bool:
        return False

    def cutter(self, connection: sqlite3.Connection) -> Interrupt:
        return Interrupt(connection)

    def recognise(self) -> None:
        """Take the file that stands there now for ours, if it was migrated: one put back, or a restored copy."""
        found = self._identity()
        if found != self._known:
            self._refuse_stale_wal()
            self._read_revision()
            self._known = found

    def probe(self, connection: Any) -> None:
        """Raise unless the file was migrated and can be written."""
        self.begin(connection, write=True)
        try:
            _refuse_unless_migrated(connection)
            connection.rollback()
        finally:
            self.end(write=True)

    def translate(self, error: BaseException) -> DatabaseAway | None:
        if not isinstance(error, sqlite3.Error):
            return None
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _BUSY:
            return DatabaseBusy(str(error))
        return DatabaseAway(str(error)) if code in _AWAY else None

    def _open(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={mode}",
            uri=True,
            timeout=self._lock_timeout_s,
            isolation_level=None,  # The driver's own begin is deferred: readers that turn writer would deadlock.
            check_same_thread=False,
            cached_statements=512,
        )

    def _enter_queue(self) -> bool:
        try:
            return self._queue.enter(self._lock_timeout_s)
        except OSError as failure:
            raise DatabaseAway(f"The folder of the database cannot be written: {failure}") from failure

    def _identity(self) -> Identity:
        try:
            found = os.stat(self.path)
        except OSError as failure:
            raise DatabaseAway(f"The database file cannot be found: {failure}") from failure
        if not stat.S_ISREG(found.st_mode) or found.st_size == 0:
            raise DatabaseAway("What stands at the path of the database is no database.")
        return _identity_of(found)

    def _refuse_stale_wal(self) -> None:
        """The log of the old file, replayed into another file, would destroy it."""
        wal = _stat_wal(self.path)
        if wal is not None and wal.st_size and _identity_of(wal) == self._known_wal:
            raise DatabaseAway("Another file stands beside the old -wal: put the old back, or remove -wal and -shm.")

    def _read_revision(self) -> None:
        connection = self._open("ro")
        try:
            _refuse_unless_migrated(connection)
        finally:
            connection.close()


def create_embedded(path: Path, *, safety_net: Path | None = None) -> None:
    """Make a new, empty database file: the one act that may.

    Refused where the safety net's file beside it knows lines, or an old log lies there, because then a database existed
    and should be put back.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if database_existed(safety_net or path.with_name("safety_net.json")):
        raise DatabaseAway(f"A database existed at {path}: restore it, or remove safety_net.json to begin anew.")
    refuse_left_log(path)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}").close()
        connection.execute("PRAGMA journal_mode = WAL").close()
    finally:
        connection.close()


def refuse_left_log(path: Path) -> None:
    """A log without its file would be replayed into whatever is put there."""
    if not path.exists() and _stat_wal(path) is not None:
        raise DatabaseAway(f"The log of a database stands at {path}-wal: put its file back, or remove -wal and -shm.")


def refuse_emptied(path: Path) -> None:
    """What stands where a database with lines stood, and is none, is not to be made into a new one."""
    if not path.is_file():
        raise DatabaseAway(f"What stands at {path} is no file.")
    if database_existed(path.with_name("safety_net.json")) and not _was_migrated(path):
        raise DatabaseAway(f"A database existed at {path}: restore it, or remove safety_net.json to begin anew.")


def _was_migrated(path: Path) -> bool:
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as connection:
        try:
            _refuse_unless_migrated(connection)
        except DatabaseAway:
            return False
        except sqlite3.Error as failure:
            return failure.sqlite_errorcode & 0xFF in _BUSY  # Somebody works with it.
    return True


def database_existed(safety_net: Path) -> bool:
    """Whether the safety net's file names a line. One that cannot be read was written by somebody, so yes."""
    try:
        return bool(json.loads(safety_net.read_bytes())["lines"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _identity_of(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino


def _stat_wal(path: Path) -> os.stat_result | None:
    try:
        return os.stat(f"{path}-wal")
    except OSError:
        return None


def _refuse_unless_migrated(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT version_num FROM alembic_version").fetchone() is None:
        raise DatabaseAway("The database has no revision.")
