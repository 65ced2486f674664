"""A backup is taken: every table at one committed instant, while calls are answered."""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sami.backups.archive import ArchiveWriter, Manifest
from sami.database.engine import Database
from sami.domain.language.actor import Actor
from sami.domain.language.instants import rfc3339
from sami.errors import SamiError
from sami.store.all_tables import declared_tables
from sami.store.backups import note_backup
from sami.store.copying import columns_there, read_rows, tables_there

WITHIN_S = 6 * 3600.0
NOTED_WITHIN_S = 30.0
NAMED = "sami-*.zip"


class BackupFailed(SamiError):
    """The backup could not be written."""

    code = "backup_failed"


def file_name(now: datetime) -> str:
    return f"sami-{now:%Y%m%dT%H%M%SZ}.zip"


def take_backup(database: Database, path: Path, *, by: Actor, now: datetime) -> Manifest:
    """Raises BackupFailed where the folder has no room or may not be written; then nothing is left there."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        manifest = _write(database, path, now)
    except OSError as failure:
        raise BackupFailed(f"{path}: {failure.strerror or failure}.") from failure
    with database.begin(NOTED_WITHIN_S) as db:
        note_backup(db, file=path.name, row_count=manifest.rows, by=by, at=now)
    return manifest


def remove_old_backups(folder: Path, *, keep: int) -> list[Path]:
    """Of those that were named by us; what else lies there is not ours to remove."""
    old = sorted(folder.glob(NAMED))[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _write(database: Database, path: Path, now: datetime) -> Manifest:
    revision = database.revision()
    assert revision is not None, "a database without tables has nothing to keep"
    with ArchiveWriter(path) as archive, database.snapshot(WITHIN_S) as db:
        there = tables_there(db)
        for table in declared_tables():
            if table.name in there:
                columns = columns_there(db, table)
                archive.add(table, columns, read_rows(db, table, columns))
        kind = "sqlite" if database.is_embedded else "postgresql"
        return archive.finish(taken_at=rfc3339(now), release=version("sami"), revision=revision, database=kind)
