"""What a transaction does last, when everything else of it is done: just before its commit, in the order of asking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

Act = Callable[[Connection, list[Any]], None]

_KEY = "last_acts"


def at_the_end(db: Connection, act: Act, what: Any) -> None:
    """`act` is called once, with everything that was put off for it."""
    db.info.setdefault(_KEY, []).append((act, what))


def do_last(db: Connection) -> None:
    put_off = _taken(db)
    for act in dict.fromkeys(act for act, _ in put_off):
        act(db, [what for asked, what in put_off if asked is act])


def forget_last(db: Connection) -> None:
    """The connection outlives the transaction, and the next one has nothing to do with this one."""
    _taken(db)


@contextmanager
def forgotten_on_failure(db: Connection) -> Iterator[None]:
    """What is undone by itself takes along what was to be done last for it."""
    before = len(db.info.get(_KEY, ()))
    try:
        yield
    except BaseException:
        del db.info.get(_KEY, [])[before:]
        raise


def _taken(db: Connection) -> list[tuple[Act, Any]]:
    taken: list[tuple[Act, Any]] = db.info.pop(_KEY, [])
    return taken
