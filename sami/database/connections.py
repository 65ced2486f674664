"""The connections of one process: pooled, watched, and thrown away together when the database is away."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from sami.database.away import DatabaseAway, DatabaseBusy
from sami.database.breaker import Breaker
from sami.database.deadline import Leash, Watchdog
from sami.database.last_acts import do_last

_PROBE_S = 2.0


class Cutter(Protocol):
    """Ends, from another thread, whatever a connection is waiting for."""

    def __call__(self) -> None: ...
    def close(self) -> None: ...


class Backend(Protocol):
    """What differs between the two databases."""

    connect_args: dict[str, Any]

    def check(self) -> None: ...
    def recognise(self) -> None: ...
    def connect(self, connect: Callable[[], Any], /) -> Any: ...
    def cutter(self, connection: Any) -> Cutter: ...
    def is_stale(self, connection: Any) -> bool: ...
    def begin(self, connection: Any, *, write: bool, deadline_s: float | None) -> None: ...
    def end(self, *, write: bool) -> None: ...
    def probe(self, connection: Any) -> None: ...
    def tend(self) -> None: ...
    def translate(self, error: BaseException) -> DatabaseAway | None: ...


class Connections:
    def __init__(
        self,
        url: URL,
        backend: Backend,
        *,
        deadline_s: float,
        pool_size: int,
        pool_timeout_s: float,
        on_away: Callable[[str], None] | None,
        on_back: Callable[[], None] | None,
    ) -> None:
        self.backend = backend
        self.breaker = Breaker(self._probe, on_away=on_away, on_back=on_back)
        self._watchdog = Watchdog()
        self._newborn = threading.local()
        self._deadline_s = deadline_s
        self._epoch = 0
        self._engine = create_engine(
            url,
            connect_args=backend.connect_args,
            hide_parameters=True,  # A failing statement is logged, and its values may be anybody's name (S6).
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout_s,
        )
        event.listen(self._engine, "do_connect", self._connect)
        event.listen(self._engine, "checkout", self._refuse_stale)
        event.listen(self._engine, "close", _close_cutter)

    @contextmanager
    def transaction(self, deadline_s: float | None, *, write: bool) -> Iterator[Connection]:
        give_up_at = time.monotonic() + (self._deadline_s if deadline_s is None else deadline_s)
        self.backend.check()
        connection = self._check_out()
        epoch = self._epoch
        leash = self._watchdog.watch(connection.info["cutter"], give_up_at)
        try:
            with self._begun(connection, write=write, deadline_s=deadline_s):
                yield connection
                if write:
                    self.backend.check()  # A commit into a file that was just removed would be lost in silence.
        finally:
            if self._watchdog.release(leash) or epoch != self._epoch:
                connection.invalidate()
            connection.close()

    def note_failure(self, failure: DatabaseAway) -> None:
        if not isinstance(failure, DatabaseBusy):
            self.throw_away()
        self.breaker.note_failure(failure)

    def throw_away(self) -> None:
        """No connection opened before this moment is used again."""
        self._epoch += 1
        self._engine.dispose()

    @contextmanager
    def _begun(self, connection: Connection, *, write: bool, deadline_s: float | None) -> Iterator[None]:
        transaction = connection.begin()
        self.backend.begin(connection.connection.dbapi_connection, write=write, deadline_s=deadline_s)
        try:
            yield
            if write:
                do_last(connection)
                transaction.commit()
            else:
                transaction.rollback()  # What was written in a reading transaction is not kept, so nobody relies on it.
        except BaseException:
            with suppress(Exception):  # What went wrong first is what is told.
                transaction.rollback()
            raise
        finally:
            self.backend.end(write=write)  # Only after the rollback, else the next writer meets our lock.

    def _check_out(self) -> Connection:
        try:
            return self._engine.connect()
        finally:
            leash: Leash | None = self._newborn.__dict__.pop("leash", None)
            if leash is not None:
                self._watchdog.release(leash)

    def _connect(self, dialect: Any, record: Any, cargs: Any, cparams: Any) -> Any:
        connection = self.backend.connect(lambda: dialect.connect(*cargs, **cparams))
        record.info["cutter"] = cutter = self.backend.cutter(connection)
        record.info["epoch"] = self._epoch
        # SQLAlchemy now asks the server a few questions, and a frozen one would keep us waiting.
        self._newborn.leash = self._watchdog.watch(cutter, time.monotonic() + _PROBE_S)
        return connection

    def _refuse_stale(self, connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["epoch"] != self._epoch or self.backend.is_stale(connection):
            raise DisconnectionError

    def _probe(self) -> None:
        self.backend.recognise()
        connection = self.backend.connect(self._connect_outside_the_pool)
        cutter = self.backend.cutter(connection)
        leash = self._watchdog.watch(cutter, time.monotonic() + _PROBE_S)
        try:
            self.backend.probe(connection)
        finally:
            self._watchdog.release(leash)
            connection.close()
            cutter.close()

    def _connect_outside_the_pool(self) -> Any:
        cargs, cparams = self._engine.dialect.create_connect_args(self._engine.url)
        return self._engine.dialect.connect(*cargs, **{**cparams, **self.backend.connect_args})


def _close_cutter(_connection: Any, record: Any) -> None:
    cutter = record.info.pop("cutter", None)
    if cutter is not None:
        cutter.close()
