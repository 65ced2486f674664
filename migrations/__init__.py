"""The way from one release's tables to the next: which revisions there are, and how a database gets to the newest."""

import logging
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from alembic import command
from alembic.config import Config

from sami import clock
from sami.database.engine import Database
from sami.database.sqlite import create_embedded, refuse_emptied
from sami.errors import SamiError
from sami.store.releases import note_release, release_of

HERE = Path(__file__).parent
NOTE_WITHIN_S = 30.0
logging.getLogger("alembic").setLevel(logging.WARNING)  # It tells of every start which dialect it found.


def config_for(url: str) -> Config:
    """Made here and not read from an alembic.ini, so that it is the same from a checkout and from a wheel."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("truncate_slug_length", "60")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url  # Not an option: a password may hold a percent sign.
    return config


def newest_revision() -> str | None:
    """Read from the file names, so that a web process that starts need not import every revision."""
    names = [path.name for path in (HERE / "versions").glob("[0-9]*.py")]
    return max((name.split("_")[0] for name in names), default=None)


def is_behind(revision: str | None) -> bool:
    """Whether a database at this revision lacks something. One that is ahead does not: releases overlap."""
    newest = newest_revision()
    return newest is not None and (revision is None or revision < newest)


def upgrade(url: str) -> None:
    """Bring the database to the newest revision; an embedded one is made if there never was one.

    Raises DatabaseAway where one existed and is gone: it is to be put back, not begun anew. Raises DatabaseAhead where
    a newer release migrated it.
    """
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///"):
        if path.exists():
            refuse_emptied(path)
        else:
            create_embedded(path)
    with closing(Database(url)) as database:
        _refuse_ahead(database)
        command.upgrade(config_for(url), "head")
        _note_release(database)


class DatabaseAhead(SamiError):
    """The database was migrated by a newer release."""

    code = "database_ahead"
    status = 503


def _refuse_ahead(database: Database) -> None:
    revision, newest = database.revision(), newest_revision()
    if revision is None or newest is None or revision <= newest:
        return
    with database.read() as db:
        wanted = release_of(db, revision)
    wants = f"It wants release {wanted}, or a newer one" if wanted else "It wants a newer release"
    raise DatabaseAhead(f"{wants}: it stands at {revision}, and this, {version('sami')}, knows {newest} as the newest.")


def upgrade_to(url: str, revision: str) -> None:
    """An embedded or a server's database that is there is brought to this revision, up or down."""
    with closing(Database(url)) as database:
        stands_at = database.revision()
    move = command.downgrade if stands_at is not None and stands_at > revision else command.upgrade
    move(config_for(url), revision)


def _note_release(database: Database) -> None:
    revision = newest_revision()
    if revision is not None:
        with database.begin(NOTE_WITHIN_S) as db:
            note_release(db, revision=revision, release=version("sami"), now=clock.utc_now())


def downgrade(url: str, revision: str = "base") -> None:
    command.downgrade(config_for(url), revision)


def refuse_drift(url: str) -> None:
    """Raise if the declared tables differ from those of a migrated database (`alembic check`)."""
    command.check(config_for(url))
