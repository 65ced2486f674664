"""What commands share that take in a file row by row: how far it is, what came of the rows so far, and patience."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from sami.database.away import DatabaseBusy
from sami.imports.files import LeadFile

DEADLINE_S = 30.0  # Nobody waits on a phone for one of these rows.
BUSY_FOR_S = 30.0
BUSY_WAIT_S = 0.2

Came = TypeVar("Came", bound=StrEnum)


def while_busy() -> Retrying:
    """Calls go first, so this waits; a row that was taken in is not taken in again."""
    return Retrying(
        retry=retry_if_exception_type(DatabaseBusy),
        stop=stop_after_delay(BUSY_FOR_S),
        wait=wait_fixed(BUSY_WAIT_S),
        reraise=True,
    )


@contextmanager
def show_progress(
    file: LeadFile, counted: Callable[[Counter[Came]], str]
) -> Iterator[Callable[[int, Counter[Came]], None]]:
    """A bar where a person looks on; in a pipe nothing."""
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%  {task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=file.size)
        yield lambda position, counts: progress.update(task, completed=position, description=counted(counts))


def print_rows(counts: Counter[Came], counted: str, rejected: int, rejects: Path) -> None:
    click.echo(f"{sum(counts.values())} rows: {counted}.")
    if rejected:
        click.echo(f"The rejected rows with their reasons are in {rejects}: correct them and import that file.")
