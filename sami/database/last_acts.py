"""What a transaction does last, when everything else of it is done: just before its commit, in the order of asking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

Act = Callable[[Connection, list[Any]], None]

# By transaction: each has a `Connection` of its own, whose `info` would connect anew where the database is away.
_PUT_OFF: WeakKeyDictionary[Connection, list[tuple[Act, Any]]] = WeakKeyDictionary()


def at_the_end(db: Connection, act: Act, what: Any) -> None:
    """`act` is called once, with everything that was put off for it."""
    _PUT_OFF.setdefault(db, []).append((act, what))


def do_last(db: Connection) -> None:
    put_off = _PUT_OFF.pop(db, [])
    for act in dict.fromkeys(act for act, _ in put_off):
        act(db, [what for asked, what in put_off if asked is act])


@contextmanager
def forgotten_on_failure(db: Connection) -> Iterator[None]:
    """What is undone by itself takes along what was to be done last for it."""
    before = len(_PUT_OFF.get(db, ()))
    try:
        yield
    except BaseException:
        del _PUT_OFF.get(db, [])[before:]
        raise
