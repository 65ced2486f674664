"""What an import shows at the terminal: how the columns are read, how far it is, what came of it, what was undone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Row

from sami.domain.leads.written_values import Wrong
from sami.domain.messages.intake_texts import IntakeTexts
from sami.imports.batch import Came, Import
from sami.imports.columns import Columns
from sami.imports.files import LeadFile
from sami.imports.owners_and_stages import STANDING, StandingReader
from sami.imports.undo import Undone
from webhooks.commands.leads.file_rows import print_rows

EXAMPLES = 3
DOUBTS_SHOWN = 20
CELL_MAX = 32

Doubted = tuple[int, Wrong]
"""The number of a row that was taken in, and what of it is not as it was meant."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file and how it is read: its columns, where its leads come from, and whose local phones are written in it."""

    file: LeadFile
    columns: Columns
    source: str
    country: str
    rejects: Path
    standing: StandingReader


def show_mapping(reading: Reading) -> None:
    """Every column with the field it is, and the first rows as they stand in the file."""
    examples = [row.cells for row, _ in islice(reading.file.rows(), EXAMPLES)]
    table = Table("Column", "is", *(f"row {number}" for number, _ in enumerate(examples, 1)), box=None)
    for place, (header, field) in enumerate(zip(reading.columns.headers, reading.columns.fields, strict=True)):
        cells = (cells[place] if place < len(cells) else "" for cells in examples)
        table.add_row(_shown(header), Text(field or "-"), *map(_shown, cells))
    Console(highlight=False, soft_wrap=True).print(table)
    left_out = reading.columns.left_out
    if left_out:
        click.echo(f"Not imported: {', '.join(map(_safe, left_out))}. --map 'COLUMN=attributes.NAME' keeps one.")
    if asked := [field for field in STANDING if field in reading.columns.fields]:
        zone = f" Dates without a zone are in {reading.standing.zone}." if "created_at" in asked else ""
        click.echo(f"Leads that are new here take {', '.join(asked)} from the file; known ones keep theirs.{zone}")


def print_mapping(row: Row[Any]) -> None:
    click.echo(f"{_safe(row.name)}  saved on {row.saved_at:%Y-%m-%d %H:%M} by {_safe(row.saved_by)}")
    for header, field in row.columns:
        click.echo(f"    {_safe(header)} = {_safe(field) or '(left out)'}")


def print_texts(rows: int, each: IntakeTexts) -> None:
    click.echo(
        f"{rows:,} rows mean up to {rows * each.to_us:,} texts to your people, {rows * each.to_lead:,} to the leads at "
        f"once and {rows * each.by_cadence:,} more by cadences. Each lead that nobody answers in time is told besides."
    )


def print_result(reading: Reading, counts: Counter[Came], doubted: Sequence[Doubted], batch: Import | None) -> None:
    """`batch` None: it was a dry run."""
    print_rows(counts, counted(counts), counts[Came.REJECTED], reading.rejects)
    for number, doubt in doubted[:DOUBTS_SHOWN]:
        click.echo(f"row {number} is a lead, with a doubt: {doubt}")
    if len(doubted) > DOUBTS_SHOWN:
        click.echo(f"and {len(doubted) - DOUBTS_SHOWN} more; each stands with its lead (sami why lead)")
    if batch is None:
        click.echo("Nothing was imported: this was a dry run.")
    else:
        click.echo(f"This is import {batch.ref}; `sami import-leads --undo {batch.ref}` undoes it.")


def print_interrupted(batch: Import) -> None:
    click.echo(
        f"Import {batch.ref} stopped before the end of the file; what it imported stays. Run the same command again to "
        f"carry on, or `sami import-leads --undo {batch.ref}`.",
        err=True,
    )


def print_undone(ref: str, each: Iterable[Undone]) -> None:
    counts: Counter[str] = Counter()
    for undone in each:
        if undone.left:
            counts["left alone"] += 1
            click.echo(f"row {undone.row}, lead {undone.lead_id}: left alone, {undone.left}")
        else:
            counts["moved to TRASHED" if undone.made else "as they were before"] += 1
    said = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
    click.echo(f"Import {ref} is undone: {said or 'it had imported nothing'}.")


def print_import(row: Row[Any]) -> None:
    state = "undone" if row.undone_at else "finished" if row.finished_at else "interrupted"
    settled = f" ({row.undone} rows undone, {row.left} left alone)" if row.undone_at else ""
    rows = f"{row.made} new, {row.changed} known"
    click.echo(f"{row.ref}  {row.at:%Y-%m-%d %H:%M}  {_safe(row.title)}: {rows}, by {row.by}; {state}{settled}")


def counted(counts: Counter[Came]) -> str:
    always = (Came.NEW, Came.KNOWN, Came.REJECTED)
    return ", ".join(f"{counts[came]} {came}" for came in Came if came in always or counts[came])


def _shown(cell: str) -> Text:
    safe = _safe(cell)
    return Text(safe if len(safe) <= CELL_MAX else f"{safe[: CELL_MAX - 3]}...")


def _safe(text: str) -> str:
    """What stands in a file must not steer the reader's terminal (S8)."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
