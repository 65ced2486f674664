"""`sami apply FILE`: the organisation becomes what the file says, and every changed row is told."""

import json
import sys
from dataclasses import asdict
from typing import Any

import click

from sami import clock
from sami.organisation import Applied, Change, Fault, OrganisationRefused, apply_file
from sami.policies import Version
from webhooks.commands.opened import opened_database
from webhooks.commands.system_user import system_user

DEADLINE_S = 30.0  # Nobody waits on a phone for this, and the first look at a region's holidays takes a second.


@click.command
@click.argument("file", type=click.File("rb"))
@click.option(
    "--prune", is_flag=True, help="Rows that a table of the file leaves out go; their agents are deactivated."
)
@click.option("--dry-run", is_flag=True, help="Say what would change and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def apply(file: Any, prune: bool, dry_run: bool, as_json: bool) -> None:
    """Bring the organisation to what FILE says; applying it again changes nothing. FILE may be - for standard input."""
    try:
        applied = _apply(file.read(), prune=prune, dry_run=dry_run)
    except OrganisationRefused as refused:
        if as_json:
            click.echo(_as_json(applied=False, faults=refused.faults))
        else:
            _tell_faults(refused.faults)
        sys.exit(1)
    if as_json:
        click.echo(_as_json(applied=not dry_run, changes=applied.changes, warnings=applied.warnings))
    else:
        _tell(applied, dry_run=dry_run)


def _apply(content: bytes, *, prune: bool, dry_run: bool) -> Applied:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"the file is not UTF-8 at byte {error.start + 1}"
        raise OrganisationRefused([Fault("", "", "", place, "save it as UTF-8")]) from None
    with opened_database() as database, database.begin(DEADLINE_S) as db:
        return apply_file(db, text, prune=prune, by=system_user(), now=clock.utc_now(), dry_run=dry_run)


def _as_json(
    *,
    applied: bool,
    changes: tuple[Change, ...] = (),
    warnings: tuple[str, ...] = (),
    faults: tuple[Fault, ...] = (),
) -> str:
    document = {
        "applied": applied,
        "changes": [
            {
                "table": change.table,
                "row": change.row,
                "what": change.what,
                "field": change.field,
                "from": change.before,
                "to": change.after,
            }
            for change in changes
        ],
        "warnings": list(warnings),
        "faults": [asdict(fault) for fault in faults],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _tell(applied: Applied, *, dry_run: bool) -> None:
    for change in applied.changes:
        click.echo(str(change))
    for warning in applied.warnings:
        click.echo(f"note: {warning}")
    if not applied.changes:
        click.echo(f"Nothing to change: version {applied.version} stays in force.")
    elif dry_run:
        click.echo("Nothing was written: this was a dry run.")
    else:
        _tell_versions(applied)


def _tell_versions(applied: Applied) -> None:
    if applied.policy is not None:
        click.echo(taking_effect(applied.policy))
    if applied.published:
        click.echo(f"Version {applied.version} is in force.")


def taking_effect(policy: Version) -> str:
    if policy.state == "in force":
        return f"Version {policy.version} of the policy is in force."
    return f"Version {policy.version} of the policy takes effect at {policy.effective_at:%Y-%m-%d %H:%M} UTC."


def _tell_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        click.echo(str(fault), err=True)
    click.echo(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}; nothing was changed.", err=True)
