"""Is the database the one we know, at its revision and backed up? Is there room, and does anything wait on disk?"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from sami.doctor.check import Check, advice, fine, wrong
from sami.doctor.installation import check_installation
from sami.settings.loading import Settings
from sami.store.backups import newest_backup

BACKUP_MAX = timedelta(days=2)
FREE_MIN_BYTES = 1_000_000_000
FULL_BYTES = 100_000_000
_BACK_UP = "`sami backup FILE` makes one while it runs; let cron do so daily."


def check_revision(revision: str | None, newest: str | None) -> Check:
    if newest is not None and (revision is None or revision < newest):
        sentence = f"The database stands at {revision or 'nothing'}, behind {newest}."
        return wrong("database", sentence, "Run `sami migrate`.")
    if newest is not None and revision is not None and revision > newest:
        sentence = f"The database stands at {revision}, ahead of {newest}, the newest that this release knows."
        return advice("database", sentence, "Update this machine to the release that migrated it.")
    return fine("database", f"The database answers and stands at {revision}.")


def check_database(db: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    yield from check_installation(db, settings.local_dir)
    last = newest_backup(db)
    if last is None:
        yield advice("backup", "No backup was ever made.", _BACK_UP)
    elif now - last.at > BACKUP_MAX:
        sentence = f"The last backup is {(now - last.at).days} days old."
        yield advice("backup", sentence, _BACK_UP)
    else:
        yield fine("backup", f"The last backup is of {last.at:%Y-%m-%d %H:%M} UTC.")


def check_files(settings: Settings) -> Iterator[Check]:
    directory = settings.local_dir
    if not _is_writable(directory):
        sentence = (
            f"{directory} cannot be written: neither the safety net nor what callers said while the database is away."
        )
        yield wrong("data_dir", sentence, "Give it to the user that SAMI runs as, or set server.data_dir.")
        return
    free = shutil.disk_usage(directory).free
    if free < FREE_MIN_BYTES:
        tell = wrong if free < FULL_BYTES else advice
        yield tell(
            "data_dir", f"{directory} has {free // 1_000_000} MB left.", "Make room, or set server.data_dir elsewhere."
        )
    else:
        yield fine("data_dir", f"{directory} can be written and has room.")
    waiting = _waiting(directory / "spool")
    if waiting:
        sentence = f"{waiting} request(s) of calls wait on disk for the database."
        yield advice("spool", sentence, "They are stored once `sami run` or `sami web` runs and the database answers.")


def _is_writable(directory: Path) -> bool:
    """Of the directory, or of the nearest that stands above one that is still to be made."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return directory.is_dir() and os.access(directory, os.W_OK | os.X_OK)


def _waiting(folder: Path) -> int:
    try:
        return sum(len(path.read_bytes().splitlines()) for path in folder.glob("*.jsonl"))
    except OSError:
        return 0
