"""`sami leads`: which leads there are, by owner, stage, source, tag, words and period."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.local_time import Clock
from sami.domain.leads.stages import Stage
from sami.store.facts import read_directory
from sami.views.call_document import as_plain
from sami.views.lead import find_leads, lead_documents
from webhooks.commands.shared.output import print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading
from webhooks.commands.shared.terminal import printable

PAGE, PAGE_MAX = 50, 200
POND = "pond"
_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.command
@click.option("--owner", metavar="KEY", help='Of this agent, or "pond" for nobody\'s.')
@click.option("--stage", type=click.Choice(list(Stage), case_sensitive=False), help="At this stage.")
@click.option("--source", help="From this source.")
@click.option("--tag", help="With this tag.")
@click.option("--search", metavar="WORDS", help="A part of the name or e-mail address, or digits of the phone.")
@click.option("--from", "since", type=_DAY, metavar="DATE", help="Of this day (UTC) and later, such as 2026-11-16.")
@click.option("--to", "until", type=_DAY, metavar="DATE", help="Of days before this one.")
@click.option("--limit", type=click.IntRange(1, PAGE_MAX), default=PAGE, show_default=True, help="How many at once.")
@click.option(
    "--after", type=click.IntRange(0), default=0, metavar="NUMBER", help="The next page, as the last named it."
)
@as_json_option
def leads(
    owner: str | None,
    stage: str | None,
    source: str | None,
    tag: str | None,
    search: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    after: int,
    as_json: bool,
) -> None:
    """List leads, the oldest first, page by page. Every filter that is given must fit; `sami why LEAD` tells of one."""
    wanted = LeadFilter(
        owner=None if owner == POND else owner,
        unowned=owner == POND,
        stage=None if stage is None else Stage(stage.upper()),
        source=source,
        tag=tag,
        created_after=None if since is None else since.replace(tzinfo=UTC),
        created_before=None if until is None else until.replace(tzinfo=UTC) - timedelta(microseconds=1),
        search=search,
    )
    with reading() as (db, now):
        found = lead_documents(db, find_leads(db, wanted, after=after, limit=limit), now)
        clock = read_directory(db).clock(now)
    if as_json:
        print_json({"leads": as_plain(found)})
    else:
        _tell(found, clock, limit)


def _tell(found: list[dict[str, Any]], clock: Clock, limit: int) -> None:
    if not found:
        click.echo("No lead fits.")
        return
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table("number", "name", "phone", "owner", "stage", "source", "since", box=None, padding=(0, 2, 0, 0))
    for lead in found:
        owner = "the pond" if lead["owner"] is None else lead["owner"]["key"]
        name, source, since = printable(lead["name"]), printable(lead["source"]), clock.note(lead["created_at"])
        table.add_row(f"L{lead['id']}", name, lead["phone"] or lead["email"], owner, lead["stage"], source, since)
    console.print(table)
    if len(found) == limit:
        click.echo(f"The next page: --after {found[-1]['id']}")
