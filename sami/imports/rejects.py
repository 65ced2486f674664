"""The rows that were not imported, each with its reason, in a file that is imported again once it is corrected."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from sami.domain.leads.written_values import Wrong
from sami.imports.cells import as_written, inert
from sami.imports.columns import REASON, Columns
from sami.imports.files import UTF8, FileRefused, FileRow


def refuse_unwritable(path: Path) -> None:
    """Raises FileRefused before anything is imported, and not in the middle."""
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise FileRefused(f"The rejected rows cannot be written to {path}: name another file with --rejects.")


class Rejects:
    """Written from the first rejected row on: a file without any leaves nothing behind. It is nobody else's to read."""

    def __init__(self, path: Path, columns: Columns, delimiter: str) -> None:
        self.path = path
        self.count = 0
        self._columns, self._delimiter = columns, delimiter
        self._stream: TextIO | None = None
        self._writer: Any = None

    def add(self, row: FileRow, faults: Iterable[Wrong]) -> None:
        if self._stream is None:
            self._begin()
        width = len(self._columns.headers)
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        reason = "; ".join(map(str, faults))
        self._writer.writerow([*map(_again, cells), inert(reason), *map(_again, self._columns.beyond(row))])
        self.count += 1

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _begin(self) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._stream = os.fdopen(descriptor, "w", encoding=UTF8, newline="")
        self._writer = csv.writer(self._stream, delimiter=self._delimiter, quoting=csv.QUOTE_ALL)
        self._writer.writerow([*map(inert, self._columns.headers), REASON])


def _again(cell: str) -> str:
    """One that stands behind an apostrophe already, as it was rejected before, gets no second."""
    return inert(as_written(cell))
