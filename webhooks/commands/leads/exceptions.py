"""`sami exceptions`: the leads that a person should look at, and why."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Row

from sami.domain.language.durations import format_duration
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.leads.exceptions import settle_exception
from sami.store.policies import Exceptional, count_exceptions, list_exceptions
from webhooks.commands.shared.output import instant, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading, writing
from webhooks.commands.shared.system_user import system_user
from webhooks.commands.shared.terminal import printable

PAGE = 200
STATES = {"open": True, "closed": False, "all": None}


_DAY = click.DateTime(["%Y-%m-%d"])


@click.command
@click.option("--kind", type=click.Choice([kind.value for kind in ExceptionKind]), help="Only these.")
@click.option("--state", type=click.Choice(list(STATES)), default="open", show_default=True, help="Only these.")
@click.option("--from", "since", type=_DAY, metavar="DATE", help="Of this day (UTC) and later, such as 2026-11-16.")
@click.option("--to", "until", type=_DAY, metavar="DATE", help="Of days before this one.")
@click.option("--after", type=int, default=0, metavar="NUMBER", help="The next page, as the last one named it.")
@click.option("--close", "number", type=int, metavar="NUMBER", help="Somebody has looked at this one.")
@as_json_option
def exceptions(
    kind: str | None,
    state: str,
    since: datetime | None,
    until: datetime | None,
    after: int,
    number: int | None,
    as_json: bool,
) -> None:
    """List the leads that a person should look at, oldest first, page by page, or all of them with --json; what is put
    right is closed by itself.

    unowned: a rule meant somebody, and none of them could have it. unmatched, incomplete: only the default decided.
    clash: it came with what belongs to another lead. worker_failed: a step of the intake failed. sla_breached: nobody
    answered in time. form_differs: somebody typed otherwise into a website's form, which only fills gaps.
    reassigned: it went from one owner to another; listed as closed, for whoever reviews.
    """
    if number is not None:
        _close(number)
        return
    wanted = Exceptional(kind, STATES[state], _utc(since), _utc(until))
    with reading() as (db, now):
        if as_json:
            print_json({"exceptions": [_row(row) for row in _every(db, wanted)]})
            return
        found = list_exceptions(db, wanted, limit=PAGE, after=after)
        count = count_exceptions(db, wanted)
    _tell(found, now, count)


def _every(db: Connection, wanted: Exceptional) -> Iterator[Row[Any]]:
    after = 0
    while page := list_exceptions(db, wanted, limit=PAGE, after=after):
        yield from page
        after = page[-1].id


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _close(number: int) -> None:
    with writing() as (db, now):
        closed = settle_exception(db, number, by=system_user(), now=now)
    if not closed:
        click.echo(f"There is no open exception {number}.", err=True)
        sys.exit(1)
    click.echo(f"Exception {number} is closed.")


def _tell(found: list[Row[Any]], now: datetime, count: int) -> None:
    if not found:
        click.echo("Nothing needs a look." if count == 0 else "That was the last page.")
        return
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table("number", "lead", "name", "kind", "for", "why", box=None, padding=(0, 2, 0, 0))
    for row in found:
        age = format_duration(now - row.at)
        table.add_row(str(row.id), str(row.lead_id), printable(row.name), row.kind, age, printable(row.detail))
    console.print(table)
    if len(found) == PAGE:
        console.print(f"{PAGE} of {count} are shown; the next page: --after {found[-1].id}")


def _row(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "lead": row.lead_id,
        "kind": row.kind,
        "detail": row.detail,
        "at": instant(row.at),
        "closed_at": instant(row.closed_at),
        "closed_by": row.closed_by,
        "unowned_reason": row.unowned_reason,
    }
