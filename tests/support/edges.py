"""Every edge at which the outside can fail a web process, counted, and the nth of them made to fail."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from types import ModuleType
from typing import Any, cast
from unittest.mock import patch

import psycopg
import requests
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

import sami.database.sqlite
import webhooks.twilio.safety_net
import webhooks.twilio.spool
from sami import clock

Act = Callable[[], Any]

EXECUTE, COMMIT, BEGIN, CLOCK, FILE, HTTP, NUDGE = "execute", "commit", "begin", "clock", "file", "http", "nudge"


class Kind(StrEnum):
    EXCEPTION = "exception"
    """The outside says that it failed."""
    TIMEOUT = "timeout"
    """It says that it took too long."""
    GARBAGE = "garbage"
    """Something is raised that nobody expects."""
    LIE = "lie"
    """It says that it went well, and it did not: no rows, nothing committed, another time."""
    EXIT_BEFORE = "exit before"
    EXIT_AFTER = "exit after"

    @property
    def is_exit(self) -> bool:
        return self in (Kind.EXIT_BEFORE, Kind.EXIT_AFTER)


class Died(BaseException):
    """The process ended at this instant: nothing after it ran."""


UNEXPECTED: tuple[Callable[[], Exception], ...] = (
    lambda: KeyError("garbage"),
    lambda: RecursionError("garbage"),
    lambda: MemoryError("garbage"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "garbage"),
)


def _raise_died() -> None:
    raise Died


class Edges:
    """Counts what is crossed while `watching`; with `fail_at`, that one fails in the way of `kind`."""

    def __init__(
        self, kind: Kind = Kind.EXCEPTION, fail_at: int | None = None, *, die: Callable[[], None] = _raise_died
    ) -> None:
        self._die = die
        self.kind = kind
        self.fail_at = fail_at
        self.crossed: list[str] = []
        self._watched: int | None = None

    @property
    def hit(self) -> str | None:
        """Which edge failed, if so many were crossed."""
        reached = self.fail_at is not None and len(self.crossed) >= self.fail_at
        return self.crossed[cast(int, self.fail_at) - 1] if reached else None

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._watched = threading.get_ident()
        try:
            yield
        finally:
            self._watched = None

    def cross(self, name: str, act: Act, *, fails: Callable[[Kind], Exception], lies: Act | None = None) -> Any:
        if self._watched != threading.get_ident():
            return act()
        self.crossed.append(name)
        if len(self.crossed) != self.fail_at:
            return act()
        match self.kind:
            case Kind.EXIT_BEFORE:
                self._die()
            case Kind.EXIT_AFTER:
                if name != BEGIN:  # Died holding a lock that only a real death would free.
                    act()
                self._die()
            case Kind.GARBAGE:
                raise UNEXPECTED[self.fail_at % len(UNEXPECTED)]()
            case Kind.LIE:
                return lies() if lies else act()
            case _:
                raise fails(self.kind)

    @contextmanager
    def installed(self) -> Iterator["Edges"]:
        with ExitStack() as stack:
            for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
                for method in ("do_execute", "do_executemany", "do_execute_no_params"):
                    stack.enter_context(self._statements(dialect, method))
                stack.enter_context(self._commits(dialect))
            stack.enter_context(self._begins())
            stack.enter_context(self._clock())
            stack.enter_context(self._http())
            for module in (webhooks.twilio.spool, webhooks.twilio.safety_net, sami.database.sqlite):
                stack.enter_context(patch.object(module, "os", _Files(self)))
            yield self

    def _statements(self, dialect: type, method: str) -> Any:
        true = getattr(dialect, method)

        def execute(itself: Any, cursor: Any, *args: Any, **kwargs: Any) -> None:
            def lie() -> None:
                true(itself, cursor, *args, **kwargs)
                if cursor.description is not None:
                    cursor.fetchall()

            self.cross(EXECUTE, lambda: true(itself, cursor, *args, **kwargs), fails=_database_fault(itself), lies=lie)

        return patch.object(dialect, method, execute)

    def _commits(self, dialect: type) -> Any:
        true = getattr(dialect, "do_commit")  # noqa: B009 - as the others are.

        def commit(itself: Any, connection: Any) -> None:
            self.cross(
                COMMIT, lambda: true(itself, connection), fails=_database_fault(itself), lies=connection.rollback
            )

        return patch.object(dialect, "do_commit", commit)

    def _begins(self) -> Any:
        file = sami.database.sqlite.SqliteFile
        true = file.begin

        def begin(itself: Any, *args: Any, **kwargs: Any) -> None:
            self.cross(BEGIN, lambda: true(itself, *args, **kwargs), fails=_sqlite_fault)

        return patch.object(file, "begin", begin)

    def _clock(self) -> Any:
        true = clock.utc_now

        def utc_now() -> datetime:
            now: datetime = self.cross(
                CLOCK,
                true,
                fails=lambda kind: OSError(kind),
                lies=lambda: datetime(1970, 1, 1, tzinfo=UTC),
            )
            return now

        return patch.object(clock, "utc_now", utc_now)

    def _http(self) -> Any:
        true = requests.Session.request

        def request(itself: Any, *args: Any, **kwargs: Any) -> Any:
            return self.cross(HTTP, lambda: true(itself, *args, **kwargs), fails=lambda kind: requests.Timeout(kind))

        return patch.object(requests.Session, "request", request)


class _Files(ModuleType):
    """`os` as one module sees it: what touches the disk is an edge."""

    def __init__(self, edges: Edges) -> None:
        super().__init__("os")
        self._edges = edges

    def __getattr__(self, name: str) -> Any:
        true = getattr(os, name)
        if name not in ("open", "write", "fsync", "stat", "fstat", "ftruncate"):
            return true
        return lambda *args, **kwargs: self._edges.cross(FILE, lambda: true(*args, **kwargs), fails=_file_fault)


def _file_fault(kind: Kind) -> Exception:
    return OSError(28, "No space left on device") if kind is Kind.TIMEOUT else OSError(5, "Input/output error")


def _database_fault(dialect: Any) -> Callable[[Kind], Exception]:
    return _sqlite_fault if dialect.name == "sqlite" else _postgres_fault


def _sqlite_fault(kind: Kind) -> Exception:
    error = sqlite3.OperationalError("database is locked" if kind is Kind.TIMEOUT else "disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY if kind is Kind.TIMEOUT else sqlite3.SQLITE_IOERR
    return error


def _postgres_fault(kind: Kind) -> Exception:
    if kind is Kind.TIMEOUT:
        return psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
    return psycopg.OperationalError("server closed the connection unexpectedly")
