"""`sami audit`: who changed what, from where and why; and whether all of it is as it was written."""

import sys
from datetime import datetime
from typing import Any

import click

from sami.audit.verifying import verify_audit
from sami.domain.audit.entry import SealedEntry
from sami.domain.language.local_time import Clock
from sami.store.audit import entries_of
from sami.store.facts import read_directory
from sami.views.audit import audit_document, audit_line
from webhooks.commands.shared.output import instant, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading
from webhooks.commands.shared.terminal import printable
from webhooks.commands.shared.when import WHEN, as_instant

SHOWN = 50


@click.group(invoke_without_command=True)
@click.option("--by", metavar="WHO", help="An agent's key, the name of an API key, an account, or api/NAME.")
@click.option("--from", "since", type=WHEN, metavar="WHEN", help="Then or later: 2026-11-16 or 2026-11-16T15:30.")
@click.option("--to", "until", type=WHEN, metavar="WHEN", help="Before then.")
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True)
@click.option("--before", type=int, metavar="NUMBER", help="The next page: entries before this one.")
@as_json_option
@click.pass_context
def audit(
    context: click.Context,
    by: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """List who changed what, the newest first. Instants are the organisation's; so is WHEN."""
    if context.invoked_subcommand is not None:
        return
    with reading() as (db, now):
        zone = read_directory(db).organisation.time_zone
        found = entries_of(
            db, by=by, since=as_instant(since, zone), until=as_instant(until, zone), before=before, limit=limit
        )
    if as_json:
        print_json({"entries": list(map(_document, found))})
        return
    for entry in found:
        click.echo(printable(f"{entry.number}  {Clock(now, zone).note(entry.entry.at)}  {audit_line(entry)}"))
    if not found:
        click.echo("Nothing was changed.")
    elif len(found) == limit and found[-1].number > 1:
        click.echo(f"The next page: --before {found[-1].number}", err=True)


@audit.command(short_help="Find out whether it was changed behind our back.")
@as_json_option
def verify(as_json: bool) -> None:
    """Check each entry against its seal and the one before it; where one does not fit, the command ends with 1.

    Keep the last seal somewhere else: with it you would notice even that everything was written anew.
    """
    with reading() as (db, _):
        found = verify_audit(db)
    if as_json:
        told = {"entries": found.end.number, "seal": found.end.seal, "erased": found.erased}
        print_json({"ok": not found.wrong, **told, "wrong": list(found.wrong)})
    else:
        for sentence in found.wrong:
            click.echo(f"{sentence[0].upper()}{sentence[1:]}.", err=True)
        if not found.wrong:
            click.echo(f"{found.end.number} entries are as they were written; the last seal is {found.end.seal}.")
    sys.exit(1 if found.wrong else 0)


def _document(found: SealedEntry) -> dict[str, Any]:
    return audit_document(found) | {"at": instant(found.entry.at)}
