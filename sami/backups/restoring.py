"""A backup's rows are written into an empty database, and compared row for row before they are kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import Connection, Table

from sami.audit.recording import record
from sami.backups.archive import Archive, BackupUnreadable, TableInArchive
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.store import copying
from sami.store.all_tables import declared_tables

OF_THE_PROCESSES = frozenset({"release", "heartbeat", "failing_beat", "backup", "audit_end"})
"""Rows that migrations and processes of ours write into a database without a business."""
PAUSED_BECAUSE = "restored from a backup: its steps since then may have been taken"

Progress = Callable[[TableInArchive], None]


class DatabaseNotEmpty(SamiError):
    """A backup is restored into an empty database only, so that nothing is overwritten."""

    code = "database_not_empty"
    status = 409


class RestoreDiffers(SamiError):
    """What was written is not what was backed up, so nothing was kept."""

    code = "restore_differs"


@dataclass(frozen=True, slots=True)
class Doubts:
    """What may have happened after the backup, and so is not simply done again."""

    items: int
    enrolments: int


def refuse_unless_empty(db: Connection) -> None:
    there = copying.tables_there(db)
    for table in declared_tables():
        if table.name in there and table.name not in OF_THE_PROCESSES and copying.has_rows(db, table):
            raise DatabaseNotEmpty(f"There are rows of {table.name}.")


def load(db: Connection, archive: Archive, progress: Progress = lambda entry: None) -> None:
    """In the caller's transaction, into a database at the backup's revision. Raises RestoreDiffers."""
    tables = {table.name: table for table in declared_tables()}
    entries = {entry.name: entry for entry in archive.manifest.tables}
    if strange := entries.keys() - tables.keys():
        raise BackupUnreadable(f"It has tables that this release does not know: {', '.join(sorted(strange))}.")
    for name in reversed(tables):
        if name in entries:
            copying.empty(db, tables[name])
    for name, table in tables.items():
        if name in entries:
            _load_table(db, archive, entries[name], table)
            progress(entries[name])
    copying.count_on_from_the_last(db, tables.values())


def note_restored(db: Connection, taken_at: str, *, by: Actor, now: datetime) -> None:
    record(db, Verb.RESTORED, "backup", taken_at, by=by, now=now)


def doubt(db: Connection, *, by: Actor, now: datetime) -> Doubts:
    """What was due by now is looked up at the carrier before it is said; cadences wait for a person (R6)."""
    items = copying.doubt_what_was_due(db, now=now)
    return Doubts(items, copying.pause_what_was_due(db, why=PAUSED_BECAUSE, by=by, now=now))


def _load_table(db: Connection, archive: Archive, entry: TableInArchive, table: Table) -> None:
    for rows in _batches(archive, entry, table):
        copying.write_rows(db, table, entry.columns, rows)
    there = copying.read_rows(db, table, entry.columns)
    for number, (kept, written) in enumerate(zip_longest(archive.rows(entry, table), there)):
        if kept is None or written is None or tuple(written) != kept:
            raise RestoreDiffers(f"Row {number + 1} of {entry.name} differs.")


def _batches(archive: Archive, entry: TableInArchive, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    rows = archive.rows(entry, table)
    while some := list(islice(rows, copying.ROWS_AT_ONCE)):
        yield some
