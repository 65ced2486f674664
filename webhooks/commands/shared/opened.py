"""An open database for a command that does one thing and ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from migrations import upgrade
from sami import clock, logs
from sami.audit.origin import coming_from
from sami.database.engine import Database
from sami.settings.loading import load_settings
from webhooks.commands.servers.startup import refuse_if_behind
from webhooks.commands.shared.system_user import shell_origin


@contextmanager
def opened_database() -> Iterator[Database]:
    """The database of the settings. An embedded one that nobody has used yet is made, as `sami run` would.

    What goes wrong meanwhile is logged on stderr: a command's own words, or its JSON, stand alone on stdout.
    """
    settings = load_settings()
    logs.configure_logs("WARNING", settings.logs.format)
    if settings.embedded_database is not None and not settings.embedded_database.exists():
        upgrade(settings.database_url)
    with _opened(settings.database_url) as database:
        yield database


@contextmanager
def opened_database_or_demo() -> Iterator[Database]:
    """As `opened_database`; where no business was ever kept here and the demo runs, the demo's, on its own clock."""
    from webhooks.commands.shared.running_demo import current_directory, find_running_demo

    settings = load_settings()
    directory = current_directory(settings.server.data_dir)
    embedded = settings.embedded_database
    is_begun = embedded is None or embedded.exists()
    if is_begun or not (directory / "sami.db").exists() or find_running_demo(settings.server.port) is None:
        with opened_database() as database:
            yield database
        return
    clock.use_shift_file(directory / "clock")
    try:
        with _opened(f"sqlite:///{directory / 'sami.db'}") as database:
            yield database
    finally:
        clock.use_shift_file(None)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        refuse_if_behind(database.revision())
        with coming_from(shell_origin()):
            yield database
    finally:
        database.close()
