"""Is this the database that this machine has worked with? Each machine keeps a copy of the database's own name."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from sami.database.engine import Database
from sami.doctor.check import Check, wrong
from sami.store.installation import installation_id, name_installation

NAME = "installation"


def keep_installation(database: Database, directory: Path) -> None:
    """The first machine to work with a database names it. A name that is another's stays, for `sami doctor` to tell."""
    with database.read() as db:
        name = installation_id(db)
    known = known_here(directory)
    if name is None and known is None:
        with database.begin() as db:
            name = name_installation(db)
    if name is not None and known is None:
        (directory / NAME).write_text(name + "\n", encoding="ascii")


def known_here(directory: Path) -> str | None:
    """The name of the database that this machine has worked with; None where it has worked with none."""
    try:
        return (directory / NAME).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def check_installation(db: Connection, directory: Path) -> Iterator[Check]:
    known = known_here(directory)
    if known is not None and installation_id(db) != known:
        sentence = "The database is another than this machine has worked with: what was known may be gone."
        remedy = f"Correct database.url, or `sami restore` a backup. Where it is meant: remove {directory / NAME}."
        yield wrong(NAME, sentence, remedy)
