"""`sami policy`: who gets which lead, as a document that is drafted, checked, published and rolled back."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from sami.assignment.policies import differences, publishing
from sami.assignment.policies import drafts as drafts_kept
from sami.assignment.policies.drafts import publish_draft, read_draft, save_draft
from sami.assignment.policies.publishing import Version, read_version
from sami.assignment.policies.reading import PolicyRefused, write_text
from webhooks.commands.policy.pilot import pilot
from webhooks.commands.shared.output import (
    changes_as_rows,
    faults_as_rows,
    instant,
    minute,
    print_faults,
    print_json,
    taking_effect,
)
from webhooks.commands.shared.policy_versions import (
    as_json_option,
    as_row,
    describe_version,
    document_in,
    note_option,
    number_in_force,
    printing_faults,
    reading,
    writing,
)
from webhooks.commands.shared.system_user import system_user

NEVER_PUBLISHED = (
    "No policy is in force: leads are given in turns, with equal shares, to the active agents who take leads."
)


@click.group
def policy() -> None:
    """Show, edit, check, publish, roll back and try the policy: who gets which lead.

    A policy is edited as a draft and published as a version that never changes. In force is the version that took
    effect last. A FILE is TOML and holds [policy], as `sami export` prints it, or only its keys; it may be - for
    standard input.
    """


policy.add_command(pilot)


@policy.command(short_help="Print the policy in force, or another version.")
@click.argument("version", type=int, required=False)
@as_json_option
def show(version: int | None, as_json: bool) -> None:
    """Print VERSION, or the one in force, as a file that `draft` and `sami apply` read."""
    with reading() as (db, now):
        number = number_in_force(publishing.history(db, now)) if version is None else version
        found = None if number is None else read_version(db, number, now)
    if found is None:
        print_json(None) if as_json else click.echo(NEVER_PUBLISHED)
        return
    entry, document = found
    if as_json:
        print_json({**as_row(entry), "policy": document})
    else:
        click.echo(f"# {describe_version(entry)}\n{write_text(document)}", nl=False)


@policy.command(short_help="List every version.")
@as_json_option
def history(as_json: bool) -> None:
    """List every version, newest first: what it is now, from when, by whom and why."""
    with reading() as (db, now):
        entries = publishing.history(db, now)
    if as_json:
        print_json({"versions": [as_row(entry) for entry in entries]})
    else:
        click.echo("\n".join(describe_version(entry) for entry in entries) or NEVER_PUBLISHED)


@policy.command(short_help="Keep the policy of a file as a draft.")
@click.argument("name")
@click.argument("file", type=click.File("rb"))
def draft(name: str, file: Any) -> None:
    """Keep the policy of FILE as the draft NAME; nobody is assigned by it yet.

    A draft may have faults, which are told. What cannot be read as a policy is refused, and so are weights that do not
    total 100.
    """
    with printing_faults("nothing was kept."):
        document = document_in(file)
        with writing() as (db, now):
            faults = save_draft(db, name, document, system_user(), now)
    click.echo(f"Draft {name} is kept.")
    if faults:
        print_faults(faults, "it cannot be published yet.")


@policy.command(short_help="List the drafts.")
@as_json_option
def drafts(as_json: bool) -> None:
    """List the drafts: on which version each is based, and who changed it last."""
    with reading() as (db, _):
        found = drafts_kept.drafts(db)
    if as_json:
        print_json({"drafts": [{**asdict(entry), "changed_at": instant(entry.changed_at)} for entry in found]})
        return
    for entry in found:
        based = "based on none" if entry.based_on is None else f"based on version {entry.based_on}"
        click.echo(f"{entry.name}: {based}, changed {minute(entry.changed_at)} by {entry.changed_by}")
    if not found:
        click.echo("There is no draft.")


@policy.command(short_help="Tell rule by rule what two policies differ in.")
@click.argument("a")
@click.argument("b", required=False)
@as_json_option
def diff(a: str, b: str | None, as_json: bool) -> None:
    """Tell rule by rule what changes from A to B; with A alone, from the version in force to A.

    Each is a version's number or a draft's name.
    """
    with reading() as (db, now):
        before = number_in_force(publishing.history(db, now)) if b is None else a
        changes = differences.diff(db, before, a if b is None else b)
    if as_json:
        print_json({"changes": changes_as_rows(changes)})
    else:
        click.echo("\n".join(str(change) for change in changes) or "They say the same.")


@policy.command(short_help="Publish a draft.")
@click.argument("name")
@note_option
def publish(name: str, note: str) -> None:
    """Publish the draft NAME: leads are assigned by it at once, or from its effective_at on."""
    with printing_faults("nothing was published."), writing() as (db, now):
        based_on = read_draft(db, name).based_on
        others = publishing.history(db, now)
        version = publish_draft(db, name, note, system_user(), now)
        entry = read_version(db, version, now)[0]
    _tell_published(entry, others, based_on)


@policy.command(short_help="Publish an earlier version again.")
@click.argument("version", type=int)
@note_option
def rollback(version: int, note: str) -> None:
    """Publish what VERSION says again, in force at once, under a number of its own."""
    with printing_faults("nothing was published."), writing() as (db, now):
        others = publishing.history(db, now)
        number = publishing.rollback(db, version, note, system_user(), now)
        entry = read_version(db, number, now)[0]
    _tell_published(entry, others, None)


@policy.command(short_help="Withdraw a version that waits for its date.")
@click.argument("version", type=int)
def withdraw(version: int) -> None:
    """Withdraw VERSION, which was published with a later date: it never takes effect."""
    with writing() as (db, now):
        entry = publishing.withdraw(db, version, system_user(), now)
    click.echo(f"Version {entry.version} of the policy is withdrawn: it never takes effect.")


@policy.command(short_help="Tell every fault of a file, and write nothing.")
@click.argument("file", type=click.File("rb"))
@as_json_option
def check(file: Any, as_json: bool) -> None:
    """Tell every fault that would keep the policy of FILE from being published, and write nothing.

    It is checked against the organisation in force: agents, teams and who is in them.
    """
    try:
        document = document_in(file)
        with reading() as (db, _):
            faults = publishing.check(db, document)
    except PolicyRefused as refused:
        faults = list(refused.faults)
    if as_json:
        print_json({"faults": faults_as_rows(faults)})
    elif faults:
        print_faults(faults, "it could not be published.")
    else:
        click.echo("It has no fault.")
    sys.exit(1 if faults else 0)


def _tell_published(entry: Version, others: list[Version], based_on: int | None) -> None:
    click.echo(taking_effect(entry))
    for line in _worth_knowing(entry, others, based_on):
        click.echo(f"note: {line}")


def _worth_knowing(published: Version, others: list[Version], based_on: int | None) -> Iterator[str]:
    newest = next((entry.version for entry in others if entry.ends_at is None), None)
    if based_on is not None and newest is not None and newest > based_on:
        yield f"the draft was based on version {based_on}; `sami policy diff {based_on} {newest}` tells what it missed."
    for entry in others:
        if entry.state == "scheduled" and entry.effective_at > published.effective_at:
            yield f"version {entry.version} takes its place at {minute(entry.effective_at)}."
