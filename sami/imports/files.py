"""Which rows does this file hold? Read as a stream, and never more of it at once than one row may be long (S17)."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from sami.errors import SamiError

ROW_MAX = 65_536  # Characters, line breaks included.
CHUNK_BYTES = 1 << 20
DELIMITERS = ",;\t"  # In case of doubt the first.
UTF8 = "utf-8-sig"
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[ ,;\t|]*\r?\n?', re.IGNORECASE)

_ZIP_BEGINS = b"PK\x03\x04"
_UTF16_BEGINS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileRefused(SamiError):
    """This file cannot be imported."""

    code = "file_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class FileRow:
    """`number` counts the rows below the headers from one; `wrong` and `right` say why it could not be read."""

    number: int
    cells: tuple[str, ...]
    wrong: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class LeadFile:
    """A file that was looked through once: its way of writing is known, and all of it can be decoded.

    `names_delimiter`: a first line above the headers says `sep=;`, as some spreadsheets write and want it.
    """

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    digest: str
    size: int
    names_delimiter: bool = False

    def rows(self) -> Iterator[tuple[FileRow, int]]:
        """Every row below the headers, with how many bytes were read by then."""
        with self.path.open("rb") as raw, TextIOWrapper(raw, self.encoding, newline="") as stream:
            try:
                if self.names_delimiter:
                    stream.readline()
                for number, row in enumerate(_rows(stream, self.delimiter)):
                    if number:
                        yield FileRow(number, *row), raw.tell()
            except UnicodeError:
                raise FileRefused(f"{self.path} was changed while it was read.") from None


def open_file(path: Path, encoding: str | None = None) -> LeadFile:
    """Raises FileRefused where the file is none, is empty, or is not in this encoding anywhere."""
    if not path.is_file():
        raise FileRefused(f"{path} is no regular file: it is read twice, so save it first.")
    try:
        with path.open("rb") as raw:
            beginning = raw.read(len(_ZIP_BEGINS))
        if beginning == _ZIP_BEGINS:
            raise FileRefused(f"{path} is a workbook: save its sheet as CSV.")
        chosen = _encoding(beginning, encoding)
        digest, size = _look_through(path, chosen, is_guess=encoding is None)
        with path.open(encoding=chosen, newline="") as stream:
            first = stream.readline(ROW_MAX)
            stated = _SEPARATOR.fullmatch(first)
            if stated is None:
                stream.seek(0)
            delimiter = _delimiter(first) if stated is None else stated[1]
            headers, wrong, right = next(_rows(stream, delimiter), ((), "", ""))
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from None
    if wrong:
        raise FileRefused(f"Its first row {wrong}: {right}.")
    if not headers:
        raise FileRefused(f"{path} is empty: its first row must name the columns.")
    named = tuple(header.strip() for header in headers)
    return LeadFile(path, chosen, delimiter, named, digest, size, stated is not None)


def _encoding(beginning: bytes, stated: str | None) -> str:
    if stated is not None:
        name = codecs.lookup(stated).name
        return UTF8 if name == "utf-8" else name
    return "utf-16" if beginning.startswith(_UTF16_BEGINS) else UTF8


def _look_through(path: Path, encoding: str, *, is_guess: bool) -> tuple[str, int]:
    """The digest and the size of a file that can be decoded to its end."""
    digest, size, line = sha256(), 0, 1
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as raw:
        while True:
            chunk = raw.read(CHUNK_BYTES)
            digest.update(chunk)
            size += len(chunk)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeError as error:
                line += chunk[: getattr(error, "start", 0)].count(b"\n")
                name = "UTF-8" if encoding == UTF8 else encoding
                other = "name its encoding, such as --encoding cp1252, or save it" if is_guess else "save it"
                raise FileRefused(f"{path} is not {name} in line {line}: {other} as UTF-8.") from None
            if not chunk:
                return digest.hexdigest(), size


def _delimiter(line: str) -> str:
    """Which makes the most columns of the headers."""
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([line], delimiter=delimiter), [])))


class _Runaway(Exception):
    """A row goes on and on."""


class _Lines:
    """The lines of a stream, those of the row at hand kept, so that they can be read again as rows of their own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        length = 0
        while line := self._next():
            if not self.taken:
                length = 0
            self.taken.append(line)
            length += len(line)
            if length > ROW_MAX:
                raise _Runaway
            yield line
        self.ended = True

    def give_back(self) -> str:
        """The first line of the row at hand; the others come again."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.ended = False
        return first

    def _next(self) -> str:
        if self._again:
            return self._again.popleft()
        line = rest = self._stream.readline(ROW_MAX + 1)
        while len(rest) > ROW_MAX and not rest.endswith(("\n", "\r")):  # The end of a line that is too long is dropped.
            rest = self._stream.readline(ROW_MAX + 1)
        return line


def _rows(stream: TextIO, delimiter: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Cells, and what is wrong with the row and what would be right. Where every cell is blank there is no row."""
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.taken = []
        try:
            cells = next(reader, None)
            # A row that is whole does not ask for another line, so here a quotation mark stands open to the end.
            runs_away = cells is not None and lines.ended
        except (_Runaway, csv.Error):
            cells, runs_away = [], True
        if cells is None:
            return
        if runs_away:
            yield _cut_off(lines.give_back(), delimiter)
            reader = csv.reader(lines, delimiter=delimiter)
        elif any("\0" in cell for cell in cells):
            yield tuple(cell.replace("\0", "") for cell in cells), "held a NUL, taken out here", "look it through again"
        elif any(cell.strip() for cell in cells):
            yield tuple(cells), "", ""


def _cut_off(line: str, delimiter: str) -> tuple[tuple[str, ...], str, str]:
    cells = tuple(next(csv.reader([line[:ROW_MAX]], delimiter=delimiter), []))
    if len(line) > ROW_MAX:
        return cells, f"is longer than {ROW_MAX} characters, only its beginning stands here", "shorten it"
    return cells, "opens a quotation mark that is not closed", "close it or take it away"
