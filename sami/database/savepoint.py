"""A part of a transaction that may fail alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from sami.database.away import DatabaseAway
from sami.database.last_acts import forgotten_on_failure

_OF_THE_DATABASE = (
    *(DatabaseAway, OperationalError, InterfaceError),
    *(sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError),
)


class PartFailed(Exception):
    """What was written in this part is undone, and the transaction may go on; the cause says what went wrong."""


@contextmanager
def part(db: Connection) -> Iterator[None]:
    """Raises PartFailed. A database that is away, busy or too slow fails the whole, which is then tried again."""
    try:
        with forgotten_on_failure(db), db.begin_nested():
            yield
    except _OF_THE_DATABASE:
        raise
    except Exception as error:
        raise PartFailed from error
