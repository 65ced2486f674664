"""What `sami reassign` shows at the terminal: what would move, how far it is, what came of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from sami.domain.assignment.batches import Preview
from sami.leads.absences import GiveBack
from sami.leads.bulk import Progress
from sami.leads.bulk_undo import Undone

LEFT_SHOWN = 20
POND = "the pond"


def show_preview(preview: Preview) -> None:
    """Who would get how many from whom."""
    table = Table("From", "To", box=None)
    table.add_column("Leads", justify="right")
    for (before, after), count in preview.moves.items():
        table.add_row(POND if before is None else before, after, str(count))
    if preview.moves:
        Console(highlight=False, soft_wrap=True).print(table)
    stages = ", ".join(f"{count} {stage}" for stage, count in preview.stages.items())
    click.echo(f"{_leads(preview.found)} found{f' ({stages})' if stages else ''}; {preview.moving} to move.")


def show_give_back(agent: str, found: GiveBack) -> None:
    absence = found.absence
    click.echo(
        f"{_leads(found.count)} that {found.cover} was given for {agent} "
        f"({absence.from_.isoformat()} to {absence.to.isoformat()}) and still has open."
    )


@contextmanager
def show_progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar where a person looks on; in a pipe nothing."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("leads"), TimeRemainingColumn())
    with Bar(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def print_moved(progress: Progress) -> None:
    left = f", {progress.left} left alone because they changed hands meanwhile or nobody could have them"
    click.echo(f"{_leads(progress.done)} moved{left if progress.left else ''}.")
    click.echo(f"This is batch {progress.ref}; `sami reassign --undo {progress.ref}` takes it back.")


def print_interrupted(ref: str) -> None:
    click.echo(
        f"Batch {ref} stopped on the way; what it moved stays. `sami reassign --resume {ref}` carries on, "
        f"`sami reassign --undo {ref}` takes it back.",
        err=True,
    )


def print_undone(undone: Undone) -> None:
    for left in undone.left[:LEFT_SHOWN]:
        click.echo(f"Lead {left.lead_id} was left alone: {left.why}.")
    if len(undone.left) > LEFT_SHOWN:
        click.echo(f"And {len(undone.left) - LEFT_SHOWN} more were.")
    click.echo(f"Batch {undone.ref} is undone: {_leads(undone.given_back)} given back.")


def read_split(written: str) -> Mapping[str, int]:
    """`ben=60,dee=40`. Raises click.BadParameter."""
    split: dict[str, int] = {}
    for part in written.split(","):
        key, _, weight = (piece.strip() for piece in part.partition("="))
        if not key or not weight.isascii() or not weight.isdecimal() or len(weight) > 6 or key in split:
            raise click.BadParameter(f"'{part.strip()}' is no share; write it like ben=60,dee=40.")
        split[key] = int(weight)
    return split


def _leads(count: int) -> str:
    return "1 lead" if count == 1 else f"{count} leads"
