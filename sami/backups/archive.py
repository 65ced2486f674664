"""A backup's file: a zip with the rows of each table as lines of JSON, and at its end a manifest of what is in it.

The same rows give the same file whichever database they come from, so one goes back into the other. A file that was cut
off has no manifest.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Table

from sami.database.column_types import UtcDateTime
from sami.errors import SamiError

FORMAT = 1
MANIFEST = "manifest.json"
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class BackupUnreadable(SamiError):
    """The backup cannot be read."""

    code = "backup_unreadable"
    status = 422


@dataclass(frozen=True, slots=True)
class TableInArchive:
    """`digest` is the SHA-256 of its lines."""

    name: str
    columns: tuple[str, ...]
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`taken_at` in RFC 3339: the instant whose rows these are."""

    taken_at: str
    release: str
    revision: str
    database: str
    tables: tuple[TableInArchive, ...]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


@dataclass
class ArchiveWriter:
    """Writes beside `path` and puts it there whole, readable by us alone (S28); what fails leaves nothing behind."""

    path: Path
    tables: list[TableInArchive] = field(default_factory=list)

    def __enter__(self) -> "ArchiveWriter":
        self._part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        return self

    def add(self, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        instants = [isinstance(table.c[name].type, UtcDateTime) for name in columns]
        digest, count = hashlib.sha256(), 0
        with self._zip.open(_member(table.name), "w", force_zip64=True) as member:
            for row in rows:
                line = (_encode(_written(row, instants)) + "\n").encode()
                digest.update(line)
                member.write(line)
                count += 1
        self.tables.append(TableInArchive(table.name, tuple(columns), count, digest.hexdigest()))

    def finish(self, *, taken_at: str, release: str, revision: str, database: str) -> Manifest:
        manifest = Manifest(taken_at, release, revision, database, tuple(self.tables))
        self._zip.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        os.replace(self._part, self.path)
        return manifest

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # It writes its directory, for which there may be no room either.
            self._zip.close()
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)


class Archive:
    """A backup that was opened. Raises BackupUnreadable for what is none, was cut off, or was changed."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest = _manifest(json.loads(self._zip.read(MANIFEST)))
        except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as failure:
            raise BackupUnreadable(f"{path.name}: {_reason(failure)}") from failure

    def rows(self, entry: TableInArchive, table: Table) -> Iterator[tuple[Any, ...]]:
        instants = [isinstance(table.c[name].type, UtcDateTime) for name in entry.columns]
        for line in self._lines(entry):
            yield tuple(_read(json.loads(line), instants))

    def check(self) -> None:
        """Reads all of it once."""
        for entry in self.manifest.tables:
            digest, count = hashlib.sha256(), 0
            for line in self._lines(entry):
                digest.update(line)
                count += 1
            if (digest.hexdigest(), count) != (entry.digest, entry.rows):
                raise BackupUnreadable(f"The rows of {entry.name} are not those that were backed up.")

    def _lines(self, entry: TableInArchive) -> Iterator[bytes]:
        try:
            with self._zip.open(_member(entry.name)) as member:
                yield from _each_line(member)
        except (OSError, zipfile.BadZipFile, KeyError) as failure:
            raise BackupUnreadable(f"{entry.name}: {_reason(failure)}") from failure


def _each_line(member: IO[bytes]) -> Iterator[bytes]:
    yield from member


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _written(row: Sequence[Any], instants: Sequence[bool]) -> list[Any]:
    return [
        value.isoformat(timespec="microseconds") if at and value is not None else value
        for value, at in zip(row, instants, strict=True)
    ]


def _read(row: Sequence[Any], instants: Sequence[bool]) -> list[Any]:
    return [
        datetime.fromisoformat(value) if at and value is not None else value
        for value, at in zip(row, instants, strict=True)
    ]


def _manifest(document: dict[str, Any]) -> Manifest:
    if document["format"] != FORMAT:
        raise ValueError(f"it has format {document['format']}, and this release reads {FORMAT}")
    tables = tuple(
        TableInArchive(entry["name"], tuple(entry["columns"]), entry["rows"], entry["digest"])
        for entry in document["tables"]
    )
    return Manifest(document["taken_at"], document["release"], document["revision"], document["database"], tables)


def _reason(failure: Exception) -> str:
    match failure:
        case FileNotFoundError():
            return "there is no such file"
        case KeyError():
            return f"it lacks {failure.args[0]}: it was cut off, or is no backup of SAMI's"
        case zipfile.BadZipFile():
            return "it was cut off or changed, or is no backup of SAMI's"
        case _:
            return str(failure)
