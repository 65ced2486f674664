"""`sami report NAME`: the figures of a period, with what they count."""

from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from sami.domain.language.durations import format_seconds
from sami.domain.reports.catalogue import REPORTS, WAIT_MAX_S, WITHIN_S
from sami.domain.reports.period import DAYS_BY_DEFAULT, DAYS_MAX, period_of
from sami.reports.asked import Asked, report_named, split_by
from sami.reports.making import make_report
from sami.reports.spreadsheet import TOTAL, as_csv
from sami.store.facts import read_directory
from webhooks.commands.shared.output import print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading
from webhooks.commands.shared.terminal import printable


@click.command
@click.argument("name", type=click.Choice(sorted(REPORTS)))
@click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), default=DAYS_BY_DEFAULT, show_default=True, help="So many days."
)
@click.option(
    "--to", "until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Up to this day (UTC); else now."
)
@click.option("--by", metavar="WHAT", help="What the rows are: line, agent, day, source ...; each report knows some.")
@click.option(
    "--within", type=click.IntRange(0, WAIT_MAX_S), default=WITHIN_S, show_default=True, help="Good service, s."
)
@click.option("--csv", "as_text", is_flag=True, help="Print it as CSV.")
@as_json_option
def report(
    name: str, days: int, until: datetime | None, by: str | None, within: int, as_text: bool, as_json: bool
) -> None:
    """Say how well we do, with the definition of every figure, beside the period before."""
    from datetime import timedelta

    found = report_named(name)
    with reading() as (db, now):
        end = now if until is None else until.replace(tzinfo=UTC)
        period = period_of(end - timedelta(days=days), end, read_directory(db).organisation.time_zone, now)
        document = make_report(db, Asked(found, period, split_by(found, by), within))
    if as_json:
        print_json(document)
    elif as_text:
        click.echo(as_csv(document), nl=False)
    else:
        _tell(document)


def _tell(document: dict[str, Any]) -> None:
    period = document["period"]
    click.echo(f"{document['question']} {period['from']} to {period['to']}, {period['zone']}.")
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(document["by"] or "", *document["definitions"], box=None, padding=(0, 2, 0, 0))
    for row in document["rows"]:
        table.add_row(printable(row["key"]), *_cells(row["figures"]))
    table.add_row(TOTAL, *_cells(document["totals"]))
    table.add_row("before", *_cells(document["before"]["totals"]))
    console.print(table)
    for figure, definition in document["definitions"].items():
        click.echo(f"  {figure}: {definition}")
    for gap in document.get("gaps", ()):
        click.echo(f"  nobody from {gap['from']} to {gap['to']}")


def _cells(figures: dict[str, dict[str, Any]]) -> list[str]:
    return [_cell(name, figure) for name, figure in figures.items()]


def _cell(name: str, figure: dict[str, Any]) -> str:
    """Of few cases the share stands with its interval, never alone."""
    value = figure["value"]
    if value is None:
        return "-"
    if "part" in figure:
        share = f"{value:.0%}"
        few = f" ({figure['part']} of {figure['of']}, {figure['low']:.0%} to {figure['high']:.0%})"
        return share + few if figure["few"] else share
    return format_seconds(value) if name.endswith("_s") else f"{value:g}"
