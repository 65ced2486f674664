"""Threads that go from one statement to the next only when they are told to: any interleaving, on purpose.

One that waits for a lock of another is left waiting, and goes on when it gets it: that is an interleaving too.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self
from unittest.mock import patch

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from sami.database.sqlite import SqliteFile

BLOCKED_AFTER_S = 0.03
LOST_AFTER_S = 30.0
ALL = 1_000_000

_moved = threading.Condition()
_actors: dict[int, "Actor"] = {}


class Actor:
    """`act` in a thread of its own, with a gate before each statement, commit and beginning of a transaction."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._allowed = 0
        self._stands = False
        self._failed: BaseException | None = None
        self.crossed = 0
        self.is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Self:
        self._thread.start()
        self.go(0)
        return self

    def go(self, statements: int) -> bool:
        """So many statements more; False where a lock held it up before."""
        with _moved:
            self._allowed += statements
            _moved.notify_all()
            return self._settles(BLOCKED_AFTER_S)

    def finish(self) -> bool:
        """To its end; False where a lock holds it up."""
        return self.go(ALL)

    def join(self) -> None:
        """Raises what its act raised."""
        with _moved:
            assert self._settles(LOST_AFTER_S), "neither at a gate nor at its end"
            assert self.is_over, "it was to go to its end"
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def pass_gate(self) -> None:
        with _moved:
            while self._allowed == 0:
                self._stands = True
                _moved.notify_all()
                _moved.wait()
            self._stands = False
            self._allowed -= 1
            self.crossed += 1
            _moved.notify_all()

    def _settles(self, patience_s: float) -> bool:
        """At a gate or at its end; patience begins anew with each gate it passes."""
        seen, until = self.crossed, time.monotonic() + patience_s
        while not (self.is_over or (self._stands and self._allowed == 0)):
            if self.crossed != seen:
                seen, until = self.crossed, time.monotonic() + patience_s
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            _moved.wait(left_s)
        return True

    def _run(self) -> None:
        _actors[threading.get_ident()] = self
        try:
            self._act()
        except BaseException as failed:
            self._failed = failed
        finally:
            del _actors[threading.get_ident()]
            with _moved:
                self.is_over = True
                _moved.notify_all()


@contextmanager
def stepping() -> Iterator[None]:
    """While it lasts, actors stop at their gates; other threads notice nothing."""
    with ExitStack() as stack:
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            for method in ("do_execute", "do_executemany", "do_execute_no_params", "do_commit"):
                stack.enter_context(_gate_before(dialect, method))
        stack.enter_context(_gate_before(SqliteFile, "begin"))
        yield


def _gate_before(owner: type, method: str) -> Any:
    true = getattr(owner, method)

    def gated(*args: Any, **kwargs: Any) -> Any:
        actor = _actors.get(threading.get_ident())
        if actor is not None:
            actor.pass_gate()
        return true(*args, **kwargs)

    return patch.object(owner, method, gated)
