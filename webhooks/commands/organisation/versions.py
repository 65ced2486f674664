"""`sami organisation`: its versions, what they differ in, and the way back to one."""

from dataclasses import asdict
from typing import Any

import click

from sami.documents.toml import write_toml
from sami.organisation import versions as kept
from sami.organisation.publishing import OrganisationRefused
from sami.organisation.versions import OrganisationVersion, compare, in_force, read_version, roll_back
from webhooks.commands.organisation.apply import print_applied
from webhooks.commands.shared.output import changes_as_rows, instant, minute, print_faults, print_json
from webhooks.commands.shared.policy_versions import as_json_option, note_option, on_one_line, reading, writing
from webhooks.commands.shared.system_user import system_user

SHOWN = 50


@click.group
def organisation() -> None:
    """List, show and compare the organisation's versions, and go back to an earlier one.

    Every change is a version that never changes: of a file, of one thing, of a row by API. In force is the newest.
    """


@organisation.command("versions", short_help="List the versions, the newest first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True)
@click.option("--before", type=int, metavar="VERSION", help="The next page: versions before this one.")
@as_json_option
def list_versions(limit: int, before: int | None, as_json: bool) -> None:
    """List the versions, newest first: when it was published, by whom and why."""
    with reading() as (db, _):
        entries = kept.history(db, before=before, limit=limit)
    if as_json:
        print_json({"versions": [_as_row(entry) for entry in entries]})
    else:
        click.echo("\n".join(map(_describe, entries)) or "There is none yet: sami apply FILE makes the first.")


@organisation.command(short_help="Print the organisation in force, or another version.")
@click.argument("version", type=int, required=False)
@as_json_option
def show(version: int | None, as_json: bool) -> None:
    """Print VERSION, or the one in force, as a file that `sami apply` reads; the policy is not in it."""
    with reading() as (db, _):
        entry, document = read_version(db, in_force(db) if version is None else version)
    if as_json:
        print_json({**_as_row(entry), "organisation": document})
    else:
        click.echo(f"# {_describe(entry)}\n{write_toml(document)}", nl=False)


@organisation.command(short_help="Tell row by row what two versions differ in.")
@click.argument("a", type=int, required=False)
@click.argument("b", type=int, required=False)
@as_json_option
def diff(a: int | None, b: int | None, as_json: bool) -> None:
    """Tell row by row what changes from A to B; with A alone, from the version in force to A.

    Without either: what changed last.
    """
    with reading() as (db, _):
        changes = compare(db, *_meant(in_force(db), a, b))
    if as_json:
        print_json({"changes": changes_as_rows(changes)})
    else:
        click.echo("\n".join(str(change) for change in changes) or "They say the same.")


def _meant(newest: int, a: int | None, b: int | None) -> tuple[int | None, int]:
    if a is None:
        return (newest - 1 or None), newest
    return (newest, a) if b is None else (a, b)


@organisation.command("roll-back", short_help="Put an earlier version in force again.")
@click.argument("version", type=int)
@note_option
def go_back(version: int, note: str) -> None:
    """Put what VERSION says in force again, under a number of its own. It is checked again, as a file is."""
    try:
        with writing() as (db, now):
            applied = roll_back(db, version, note, by=system_user(), now=now)
    except OrganisationRefused as refused:
        print_faults(refused.faults, "nothing was changed.")
        raise click.exceptions.Exit(1) from None
    print_applied(applied, dry_run=False)


def _describe(entry: OrganisationVersion) -> str:
    state = "in force" if entry.in_force else "past"
    said = f"by {entry.published_by}: {on_one_line(entry.note)}"
    return f"version {entry.version}, {state}: from {minute(entry.published_at)}, {said}"


def _as_row(entry: OrganisationVersion) -> dict[str, Any]:
    return asdict(entry) | {"published_at": instant(entry.published_at)}
