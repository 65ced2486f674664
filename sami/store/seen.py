"""What a file named so far, for trying an import out: kept in a file of SQLite's own, which nobody else ever sees."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager


class Seen:
    """Which lead an identity belongs to since an earlier row; a file of millions of rows needs no memory for it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.execute(
            "CREATE TABLE seen (kind TEXT, value TEXT, lead TEXT, PRIMARY KEY (kind, value)) WITHOUT ROWID"
        )
        self._connection.execute("CREATE UNIQUE INDEX seen_lead ON seen (lead, kind)")

    def lead_of(self, kind: str, value: str) -> str | None:
        found = self._connection.execute("SELECT lead FROM seen WHERE kind = ? AND value = ?", (kind, value)).fetchone()
        return None if found is None else str(found[0])

    def has(self, lead: str, kind: str) -> bool:
        asked = self._connection.execute("SELECT 1 FROM seen WHERE lead = ? AND kind = ?", (lead, kind))
        return asked.fetchone() is not None

    def add(self, lead: str, kind: str, value: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (kind, value, lead))


@contextmanager
def seen() -> Iterator[Seen]:
    with closing(sqlite3.connect("")) as connection:  # No name: it lives in a temporary file that SQLite removes.
        yield Seen(connection)
