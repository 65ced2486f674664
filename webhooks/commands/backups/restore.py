"""`sami restore`: a backup goes into an empty database, or proves that it could."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from migrations import newest_revision, upgrade, upgrade_to
from sami import clock
from sami.audit.origin import coming_from
from sami.backups.archive import Archive, TableInArchive
from sami.backups.restoring import DatabaseNotEmpty, Doubts, doubt, load, note_restored, refuse_unless_empty
from sami.database.engine import Database
from sami.database.postgresql import scratch_database
from sami.database.sqlite import create_embedded, refuse_left_log
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.leads.history import verify_history
from sami.settings.loading import load_settings
from webhooks.commands.shared.system_user import shell_origin, system_user

WITHIN_S = 6 * 3600.0


class BackupAhead(SamiError):
    """The backup was made by a newer release."""

    code = "backup_ahead"
    status = 409


class HistoriesBroken(SamiError):
    """Histories of leads in this backup were changed behind SAMI's back."""

    code = "histories_broken"


@click.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Only prove that it can be restored, in a database that goes away again.")
@click.option("--moved", is_flag=True, help="Nothing ran after the backup: what waits is said as if nothing had been.")
def restore(file: Path, verify: bool, moved: bool) -> None:
    """Bring the rows of a backup into an empty database, and compare each with the backup.

    An older release's backup is migrated. It goes into either database, from whichever it was made. What was due since
    the backup may have been said already: it is looked up at Twilio first, and cadences that were due are paused.
    """
    archive = Archive(file)
    _refuse_ahead(archive)
    archive.check()
    manifest = archive.manifest
    click.echo(f"{file.name}: {manifest.rows} rows of {manifest.taken_at}, by release {manifest.release}.")
    url = load_settings().database_url
    if verify:
        _verify(archive, url)
    else:
        _restore(archive, url, None if moved else system_user())


def _verify(archive: Archive, url: str) -> None:
    with _scratch(url) as (scratch, place):
        _fill(scratch, archive)
        upgrade(scratch)
        with closing(Database(scratch)) as database, database.read(WITHIN_S) as db:
            broken = verify_history(db)
    if broken:
        raise HistoriesBroken(f"Of lead {broken[0].lead_id} and {len(broken) - 1} more.")
    click.echo(
        f"Restored into {place}, equal row for row; every lead's history is as it was written. It is gone again."
    )


def _restore(archive: Archive, url: str, doubted_by: Actor | None) -> None:
    if url.startswith("sqlite:///"):
        doubts = _restore_file(archive, Path(url.removeprefix("sqlite:///")), doubted_by)
    else:
        with closing(Database(url)) as database, database.read(WITHIN_S) as db:
            refuse_unless_empty(db)
        doubts = _fill_and_migrate(url, archive, doubted_by)
    click.echo(f"Restored, equal row for row, at {newest_revision()}.")
    if doubts is not None and doubts.items:
        click.echo(f"{doubts.items} thing(s) to say were due since: they are looked up at Twilio before they are said.")
    if doubts is not None and doubts.enrolments:
        click.echo(f"{doubts.enrolments} cadence(s) were due since and are paused: sami cadences resume LEAD.")


def _restore_file(archive: Archive, path: Path, doubted_by: Actor | None) -> Doubts | None:
    """Made beside its place and put there whole, so that nobody ever opens half of it."""
    if path.exists():
        raise DatabaseNotEmpty(f"There is one at {path}. Stop SAMI and move it away, with its -wal and -shm.")
    refuse_left_log(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restoring-") as folder:
        made = Path(folder) / path.name
        create_embedded(made)
        doubts = _fill_and_migrate(f"sqlite:///{made}", archive, doubted_by)
        os.replace(made, path)
    return doubts


def _fill_and_migrate(url: str, archive: Archive, doubted_by: Actor | None) -> Doubts | None:
    _fill(url, archive)
    upgrade(url)
    now = clock.utc_now()
    with closing(Database(url)) as database, coming_from(shell_origin()), database.begin(WITHIN_S) as db:
        note_restored(db, archive.manifest.taken_at, by=system_user(), now=now)
        return None if doubted_by is None else doubt(db, by=doubted_by, now=now)


def _fill(url: str, archive: Archive) -> None:
    """At the revision of the backup, whose rows no migration since has touched."""
    upgrade_to(url, archive.manifest.revision)
    with closing(Database(url)) as database, database.begin(WITHIN_S) as db:
        load(db, archive, _say)


def _say(entry: TableInArchive) -> None:
    if entry.rows:
        click.echo(f"  {entry.name}: {entry.rows}", err=True)


@contextmanager
def _scratch(url: str) -> Iterator[tuple[str, str]]:
    """A database of the same kind that goes away again, and what to call it."""
    if not url.startswith("sqlite:///"):
        name = f"sami_verify_{secrets.token_hex(4)}"
        with scratch_database(url, name) as scratch:
            yield scratch, f"the database {name} on the same server"
        return
    with tempfile.TemporaryDirectory(prefix="sami-verify-") as folder:
        path = Path(folder) / "sami.db"
        create_embedded(path)
        yield f"sqlite:///{path}", "a scratch file"


def _refuse_ahead(archive: Archive) -> None:
    newest, manifest = newest_revision(), archive.manifest
    if newest is None or manifest.revision > newest:
        raise BackupAhead(f"By release {manifest.release}, at {manifest.revision}; this one knows {newest}.")
