"""`sami exceptions`: the leads that a person should look at, and why."""

import sys
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Row

from sami.domain.durations import say_duration
from sami.store.policies import EXCEPTION_KINDS, close_exception, open_exceptions
from webhooks.commands.documents import instant, print_json
from webhooks.commands.policy_ground import as_json_option, reading, writing
from webhooks.commands.system_user import system_user
from webhooks.commands.terminal import printable

SHOWN_MAX = 200


@click.command
@click.option("--kind", type=click.Choice(EXCEPTION_KINDS), help="Only these.")
@click.option("--close", "number", type=int, metavar="NUMBER", help="Somebody has looked at this one.")
@as_json_option
def exceptions(kind: str | None, number: int | None, as_json: bool) -> None:
    """List the leads that a person should look at, oldest first; what is put right is closed by itself.

    unowned: a rule meant somebody, and none of them could have it. unmatched, incomplete: only the default decided.
    clash: it came with what belongs to another lead. worker_failed: a step of the intake failed. sla_breached: nobody
    answered in time. form_differs: somebody typed otherwise into a website's form, which only fills gaps.
    """
    if number is not None:
        _close(number)
        return
    with reading() as (db, now):
        found = open_exceptions(db, kind=kind, limit=SHOWN_MAX)
    print_json({"exceptions": [_row(row) for row in found]}) if as_json else _tell(found, now)


def _close(number: int) -> None:
    with writing() as (db, now):
        closed = close_exception(db, exception_id=number, by=system_user(), at=now)
    if not closed:
        click.echo(f"There is no open exception {number}.", err=True)
        sys.exit(1)
    click.echo(f"Exception {number} is closed.")


def _tell(found: list[Row[Any]], now: datetime) -> None:
    if not found:
        click.echo("Nothing needs a look.")
        return
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table("number", "lead", "name", "kind", "for", "why", box=None, padding=(0, 2, 0, 0))
    for row in found:
        age = say_duration(now - row.at)
        table.add_row(str(row.id), str(row.lead_id), printable(row.name), row.kind, age, printable(row.detail))
    console.print(table)
    if len(found) == SHOWN_MAX:
        console.print(f"Only the oldest {SHOWN_MAX} are shown.")


def _row(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "lead": row.lead_id,
        "kind": row.kind,
        "detail": row.detail,
        "at": instant(row.at),
        "unowned_reason": row.unowned_reason,
    }
