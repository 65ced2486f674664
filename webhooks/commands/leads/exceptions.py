"""`sami exceptions`: the leads that a person should look at, and why."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Row

from sami.domain.language.durations import format_duration
from sami.domain.language.hours import zone_name
from sami.domain.language.local_time import Clock
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.leads.exceptions import meant, settle_exception
from sami.store.facts import read_directory
from sami.store.policies import Exceptional, count_exceptions, list_exceptions
from sami.views.exceptions import exception_document
from webhooks.commands.shared.output import instant, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading, writing
from webhooks.commands.shared.system_user import system_user
from webhooks.commands.shared.terminal import printable
from webhooks.commands.shared.when import WHEN, as_instant

PAGE = 200


@click.command
@click.option("--kind", type=click.Choice([kind.value for kind in ExceptionKind]), help="Only these.")
@click.option("--state", type=click.Choice(["open", "closed", "all"]), help="open unless said; all if reassigned.")
@click.option("--from", "since", type=WHEN, metavar="WHEN", help="Then or later: 2026-11-16 or 2026-11-16T15:30.")
@click.option("--to", "until", type=WHEN, metavar="WHEN", help="Before then.")
@click.option("--after", type=int, default=0, metavar="NUMBER", help="The next page, as the last one named it.")
@click.option("--close", "number", type=int, metavar="NUMBER", help="Somebody has looked at this one.")
@click.option("--note", help="With --close: what came of it.")
@as_json_option
def exceptions(
    kind: str | None,
    state: str | None,
    since: datetime | None,
    until: datetime | None,
    after: int,
    number: int | None,
    note: str | None,
    as_json: bool,
) -> None:
    """List the leads that a person should look at, oldest first, page by page, or all of them with --json; what is put
    right is closed by itself.

    unowned: a rule meant somebody, and none of them could have it. unmatched, incomplete: only the default decided.
    clash: it came with what belongs to another lead. worker_failed: a step of the intake failed. sla_breached: nobody
    answered in time. form_differs: somebody typed otherwise into a website's form, which only fills gaps.
    reassigned: it went from one owner to another; listed as closed, for whoever reviews: --close leaves a note on it.
    Times are the organisation's.
    """
    if number is not None:
        _close(number, note)
        return
    with reading() as (db, now):
        zone = read_directory(db).organisation.time_zone
        wanted = meant(kind, state, as_instant(since, zone), as_instant(until, zone), unless_said="open")
        if as_json:
            print_json({"exceptions": [_document(row) for row in _every(db, wanted)]})
            return
        found = list_exceptions(db, wanted, limit=PAGE, after=after)
        count = count_exceptions(db, wanted)
    _tell(found, Clock(now, zone), count)


def _every(db: Connection, wanted: Exceptional) -> Iterator[Row[Any]]:
    after = 0
    while page := list_exceptions(db, wanted, limit=PAGE, after=after):
        yield from page
        after = page[-1].id


def _close(number: int, note: str | None) -> None:
    with writing() as (db, now):
        is_changed = settle_exception(db, number, state="closed", note=note, by=system_user(), now=now)
    if not is_changed:
        raise click.ClickException(f"Exception {number} was closed before; --note leaves a note on it.")
    click.echo(f"Exception {number} is closed.")


def _tell(found: list[Row[Any]], clock: Clock, count: int) -> None:
    if not found:
        click.echo("Nothing needs a look." if count == 0 else "That was the last page.")
        return
    console = Console(highlight=False, markup=False, emoji=False)
    since = f"since ({zone_name(clock.now, clock.zone)})"
    table = Table("number", "lead", "name", "kind", "for", since, "why", box=None, padding=(0, 2, 0, 0))
    for row in found:
        age = format_duration(clock.now - row.at)
        words = printable(row.name), row.kind, age, clock.say(row.at), printable(row.detail)
        table.add_row(str(row.id), str(row.lead_id), *words)
    console.print(table)
    if len(found) == PAGE:
        console.print(f"{PAGE} of {count} are shown; the next page: --after {found[-1].id}")


def _document(row: Row[Any]) -> dict[str, Any]:
    document = exception_document(row)
    return document | {name: instant(document[name]) for name in ("at", "closed_at")}
