"""The door to the database: one connection in one transaction, or `DatabaseAway` within a bounded time.

SAMI speaks Core everywhere and on purpose: building ORM rows would be the largest cost of a webhook.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sami.database.away import DatabaseAway, DatabaseBusy
from sami.database.connections import Backend, Connections
from sami.database.postgresql import PostgresServer
from sami.database.sqlite import SqliteFile

DEADLINE_S = 3.0


class Database:
    """Opened lazily, once per process: it may be built before a fork."""

    def __init__(
        self,
        url: str,
        *,
        statement_timeout_s: float = 1.5,
        lock_timeout_s: float = 1.0,
        pool_timeout_s: float = 1.0,
        pool_size: int = 16,
        deadline_s: float = DEADLINE_S,
        survives_power_loss: bool = False,
        on_away: Callable[[str], None] | None = None,
        on_back: Callable[[], None] | None = None,
    ) -> None:
        self.url = _with_driver(make_url(url))
        self._statement_timeout_s = statement_timeout_s
        self._lock_timeout_s = lock_timeout_s
        self._pool_timeout_s = pool_timeout_s
        self._pool_size = pool_size
        self._deadline_s = deadline_s
        self._survives_power_loss = survives_power_loss
        self._on_away = on_away
        self._on_back = on_back
        self._mine: tuple[int, Connections] | None = None
        self._inherited: list[Connections] = []

    @property
    def is_embedded(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_away(self) -> bool:
        return self._connections().breaker.is_open

    @contextmanager
    def begin(self, deadline_s: float | None = None) -> Iterator[Connection]:
        """A transaction that may write: committed if the block ends well, rolled back if it raises.

        `deadline_s` bounds all of it, waiting included; None is the database's own deadline. With a longer one a single
        statement may take that long too.
        """
        with self._transaction(deadline_s, write=True) as connection:
            yield connection

    @contextmanager
    def read(self, deadline_s: float | None = None) -> Iterator[Connection]:
        """A transaction that only reads: on SQLite it waits for no writer."""
        with self._transaction(deadline_s, write=False) as connection:
            yield connection

    @contextmanager
    def snapshot(self, deadline_s: float) -> Iterator[Connection]:
        """A reading transaction in which every statement sees the same committed instant, however long it takes."""
        with self._transaction(deadline_s, write=False) as connection:
            if not self.is_embedded:  # Where one reading transaction is one snapshot anyway.
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def tend(self) -> None:
        """Upkeep that nobody's answer should wait for; to be called every few seconds."""
        connections = self._connections()
        connections.breaker.refuse_while_open()
        try:
            connections.backend.tend()
        except Exception as error:
            raise _translated(error, connections.backend) or error from error

    def revision(self) -> str | None:
        """The migration this database stands at; None before the first."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()

    def close(self) -> None:
        """Give the idle connections up; the next transaction opens new ones."""
        if self._mine is not None and self._mine[0] == os.getpid():
            self._mine[1].throw_away()
            self._mine[1].breaker.forget()

    @contextmanager
    def _transaction(self, deadline_s: float | None, *, write: bool) -> Iterator[Connection]:
        connections = self._connections()
        connections.breaker.refuse_while_open()
        try:
            with connections.transaction(deadline_s, write=write) as connection:
                yield connection
        except Exception as error:
            failure = _translated(error, connections.backend)
            if failure is None:
                raise
            connections.note_failure(failure)
            if failure is error:
                raise
            raise failure from error
        connections.breaker.note_success()

    def _connections(self) -> Connections:
        mine = self._mine
        if mine is not None and mine[0] == os.getpid():
            return mine[1]
        if mine is not None:
            self._inherited.append(mine[1])  # The parent's: closing them here would close them there.
        fresh = self._open()
        self._mine = (os.getpid(), fresh)
        return fresh

    def _open(self) -> Connections:
        return Connections(
            self.url,
            self._backend(),
            deadline_s=self._deadline_s,
            pool_size=self._pool_size,
            pool_timeout_s=self._pool_timeout_s,
            on_away=self._on_away,
            on_back=self._on_back,
        )

    def _backend(self) -> Backend:
        if not self.is_embedded:
            return PostgresServer(statement_timeout_s=self._statement_timeout_s, lock_timeout_s=self._lock_timeout_s)
        assert self.url.database is not None
        return SqliteFile(
            Path(self.url.database).absolute(),
            lock_timeout_s=self._lock_timeout_s,
            survives_power_loss=self._survives_power_loss,
        )


def _with_driver(url: URL) -> URL:
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"sqlite", "sqlite+pysqlite"} and url.database not in {None, "", ":memory:"}:
        return url
    raise ValueError("The database is sqlite:///a/file or postgresql://host/name.")


def _translated(error: Exception, backend: Backend) -> DatabaseAway | None:
    """What this failure means for the caller; None for a bug or a broken constraint, which are raised as they are."""
    if isinstance(error, DatabaseAway):
        return error
    if isinstance(error, PoolTimeout):
        return DatabaseBusy("Every connection is in use.")
    if isinstance(error, DBAPIError):
        away = DatabaseAway(str(error.orig)) if error.connection_invalidated else None
        return away or (None if error.orig is None else backend.translate(error.orig))
    return backend.translate(error)
