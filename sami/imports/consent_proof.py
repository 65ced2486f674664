"""The ledger of consent as a table: each change with its source, instant and words, for whoever asks for proof."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from sami.domain.language.instants import rfc3339
from sami.imports.cells import inert
from sami.imports.files import UTF8, FileRefused

HEADERS = ("number", "phone", "change", "channel", "until", "source", "at", "words")


def write_proof(path: Path, changes: Iterable[Row[Any]]) -> int:
    """How many changes were written. The file is nobody else's to read. Raises FileRefused."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise FileRefused(f"{path} cannot be written: {error.strerror}.") from None
    written = 0
    with os.fdopen(descriptor, "w", encoding=UTF8, newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(HEADERS)
        for change in changes:
            writer.writerow(map(inert, _cells(change)))
            written += 1
    return written


def _cells(row: Row[Any]) -> tuple[str, ...]:
    until = "" if row.until is None else rfc3339(row.until, timespec="seconds")
    return (
        *(str(row.id), row.phone, row.state, row.channel or "every", until, row.source),
        *(rfc3339(row.at, timespec="seconds"), row.words or ""),
    )
