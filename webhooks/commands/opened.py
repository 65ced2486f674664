"""An open database for a command that does one thing and ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from migrations import upgrade
from sami import logs
from sami.settings import load_settings
from sami.store.db import Database
from webhooks.commands.ground import refuse_if_behind


@contextmanager
def opened_database() -> Iterator[Database]:
    """The database of the settings. An embedded one that nobody has used yet is made, as `sami run` would.

    What goes wrong meanwhile is logged on stderr: a command's own words, or its JSON, stand alone on stdout.
    """
    settings = load_settings()
    logs.configure_logs("WARNING", settings.logs.format)
    if settings.embedded_database is not None and not settings.embedded_database.exists():
        upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        refuse_if_behind(database.revision())
        yield database
    finally:
        database.close()
