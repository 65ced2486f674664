"""`sami apply FILE`: the organisation becomes what the file says, and every changed row is told."""

import sys
from typing import Any

import click

from sami import clock
from sami.doctor.phones import tell_of_silent
from sami.documents.change import Change
from sami.documents.checks.fault import Fault
from sami.organisation.applying import apply_file
from sami.organisation.publishing import Applied, OrganisationRefused
from sami.store.people import stored_agents
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import (
    changes_as_rows,
    faults_as_rows,
    print_faults,
    print_json,
    taking_effect,
    text_or_fault,
)
from webhooks.commands.shared.system_user import system_user

DEADLINE_S = 30.0  # Nobody waits on a phone for this, and the first look at a region's holidays takes a second.


@click.command
@click.argument("file", type=click.File("rb"))
@click.option(
    "--prune",
    is_flag=True,
    help="Rows that a table of the file leaves out go; their agents are deactivated. The policy never goes.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change and write nothing.")
@click.option("--yes", is_flag=True, help="Take away what rows of FILE leave out, and change back what was set since.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def apply(file: Any, prune: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Bring the organisation to what FILE says; applying it again changes nothing. FILE may be - for standard input.

    A row in FILE is the whole row: what stands today and is not in it is shown, and nothing is changed unless --yes.
    For one thing there is `sami set`. A [policy] in FILE that differs from the one in force is published with its note.
    """
    try:
        applied, silent = _apply(file.read(), prune=prune, dry_run=dry_run, keeps=not yes)
    except OrganisationRefused as refused:
        if as_json:
            _print_json(applied=False, faults=refused.faults)
        else:
            print_faults(refused.faults, "nothing was changed.")
        sys.exit(1)
    if as_json:
        warnings = (*applied.warnings, *([silent] if silent else []))
        _print_json(applied=not dry_run, changes=applied.changes, warnings=warnings)
    else:
        print_applied(applied, dry_run=dry_run)
        if silent is not None:
            click.echo(silent)


def _apply(content: bytes, *, prune: bool, dry_run: bool, keeps: bool) -> tuple[Applied, str | None]:
    """And who is rung by no call as things stand then, which is worth the last line."""
    text = text_or_fault(content)
    if isinstance(text, Fault):
        raise OrganisationRefused([text])
    with opened_database() as database, database.begin(DEADLINE_S) as db:
        applied = apply_file(db, text, prune=prune, by=system_user(), now=clock.utc_now(), dry_run=dry_run, keeps=keeps)
        return applied, tell_of_silent(stored_agents(db).values())


def _print_json(
    *,
    applied: bool,
    changes: tuple[Change, ...] = (),
    warnings: tuple[str, ...] = (),
    faults: tuple[Fault, ...] = (),
) -> None:
    print_json(
        {
            "applied": applied,
            "changes": changes_as_rows(changes),
            "warnings": list(warnings),
            "faults": faults_as_rows(faults),
        }
    )


def print_applied(applied: Applied, *, dry_run: bool) -> None:
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
