"""`sami cadences`: what cadences there are, what one would do to a lead, and who is in them."""

import sys
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from cadences.enrolment import cadence_named, cancel, enrol, pause, resume
from cadences.ready import ready_keys, ready_text
from cadences.trying import Tried, try_out
from sami import clock
from sami.documents.checks.fault import Fault
from sami.documents.toml import read_toml
from sami.domain.language.hours import from_local
from sami.domain.language.phone import parse_phone
from sami.domain.leads.stages import Stage
from sami.organisation.applying import apply_file
from sami.organisation.publishing import Applied, OrganisationRefused
from sami.settings.loading import load_settings
from sami.store.cadences import counts_by_cadence, enrolments_of, steps_of
from sami.store.facts import read_directory
from sami.store.leads import LeadRow, find_lead
from sami.store.people import find_agents
from webhooks.commands.leads.cadences_output import (
    cadence_document,
    cadences_document,
    enrolments_document,
    print_cadence,
    print_cadences,
    print_enrolments,
    print_tried,
    tried_document,
)
from webhooks.commands.leads.find_lead import lead_meant
from webhooks.commands.shared.lead_options import said_options
from webhooks.commands.shared.output import print_faults, print_json, text_or_fault
from webhooks.commands.shared.policy_versions import as_json_option, reading, writing
from webhooks.commands.shared.system_user import system_user

_CADENCES = "cadences"


@click.group(invoke_without_command=True)
@as_json_option
@click.pass_context
def cadences(context: click.Context, as_json: bool) -> None:
    """List the cadences and how many leads are in each; or look at one, try it out, and change who is in it.

    LEAD is a lead's number or phone.
    """
    if context.invoked_subcommand is not None:
        return
    with reading() as (db, _):
        known, counts = read_directory(db).cadences, counts_by_cadence(db)
    print_json(cadences_document(known, counts)) if as_json else print_cadences(known, counts)


@cadences.command
@click.argument("key")
@as_json_option
def show(key: str, as_json: bool) -> None:
    """Show what the cadence KEY does, step by step."""
    with reading() as (db, _):
        found = cadence_named(read_directory(db), key)
        counts = counts_by_cadence(db).get(key, {})
    print_json(cadence_document(found, counts)) if as_json else print_cadence(found, counts)


@cadences.command
@click.argument("key")
@click.option("--lead", metavar="LEAD", help="A lead that is stored; without it the options below say what it is.")
@said_options
@click.option(
    "--phone", help="In E.164 or as it is written here; with the state it says which clock the lead lives by."
)
@click.option("--stage", type=click.Choice(list(Stage), case_sensitive=False), default=Stage.NEW, show_default=True)
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--owner", metavar="KEY", help="The agent who speaks; without one the organisation does.")
@click.option("--at", "moment", metavar="ISO", help="As if it were enrolled then; without an offset on our own clock.")
@as_json_option
def preview(key: str, lead: str | None, moment: str | None, as_json: bool, **said: Any) -> None:
    """Say what a lead would get from the cadence KEY, and when. Nothing is written.

    A lead that is in it already is told what is still to come.
    """
    with reading() as (db, now):
        subject = _typed(db, **said) if lead is None else find_lead(db, lead_meant(db, lead))
        tried = try_out(db, key, subject, load_settings().cadences, now=now, at=_instant(db, moment))
    print_json(tried_document(tried)) if as_json else _tell_tried(tried, subject)


@cadences.command(name="enrol")
@click.argument("key")
@click.option("--lead", required=True, metavar="LEAD")
def enrol_lead(key: str, lead: str) -> None:
    """Let a lead begin the cadence KEY now."""
    with writing() as (db, now):
        lead_id = lead_meant(db, lead)
        is_new = enrol(db, lead_id, key, by=system_user(), now=now)
    if not is_new:
        click.echo(f"Lead {lead_id} is in {key} already.", err=True)
        sys.exit(1)
    click.echo(f"Lead {lead_id} has begun {key}.")


@cadences.command(name="pause")
@click.argument("lead")
@click.option("--until", "moment", metavar="ISO", help="When it goes on by itself; else somebody resumes it.")
@click.option("--reason", default="", help="It stays in the lead's history.")
def pause_lead(lead: str, moment: str | None, reason: str) -> None:
    """Hold back every cadence that LEAD is in."""
    with writing() as (db, now):
        lead_id, until = lead_meant(db, lead), _instant(db, moment)
        if until is not None and until <= now:
            raise click.UsageError("--until has passed already.")
        held = pause(db, lead_id, until=until, by=system_user(), why=reason or "by hand", now=now)
    click.echo(f"Lead {lead_id} pauses in {', '.join(held)}.")


@cadences.command(name="resume")
@click.argument("lead")
@click.option("--cadence", "key", metavar="KEY", help="Only this one.")
@click.option("--reason", default="", help="It stays in the lead's history.")
def resume_lead(lead: str, key: str | None, reason: str) -> None:
    """Let the paused cadences of LEAD go on; what fell due meanwhile comes now."""
    with writing() as (db, now):
        lead_id = lead_meant(db, lead)
        resumed = resume(db, lead_id, key=key, by=system_user(), why=reason, now=now)
    click.echo(f"Lead {lead_id} goes on in {', '.join(resumed)}.")


@cadences.command(name="cancel")
@click.argument("lead")
@click.option("--cadence", "key", metavar="KEY", help="Only this one.")
@click.option("--reason", default="", help="It stays in the lead's history.")
def cancel_lead(lead: str, key: str | None, reason: str) -> None:
    """End the cadences that LEAD is in; no step of them starts after this."""
    with writing() as (db, now):
        lead_id = lead_meant(db, lead)
        ended = cancel(db, lead_id, key=key, by=system_user(), why=reason or "by hand", now=now)
    click.echo(f"Lead {lead_id} is out of {', '.join(ended)}.")


@cadences.command(name="lead")
@click.argument("lead")
@as_json_option
def of_lead(lead: str, as_json: bool) -> None:
    """Show the cadences LEAD is or was in, and what became of each step."""
    with reading() as (db, _):
        lead_id = lead_meant(db, lead)
        found = [(row, steps_of(db, row.id)) for row in enrolments_of(db, lead_id)]
    print_json(enrolments_document(found)) if as_json else print_enrolments(lead_id, found)


@cadences.command(name="import")
@click.argument("file", type=click.File("rb"))
def import_file(file: Any) -> None:
    """Add the [[cadences]] of FILE to the organisation, or bring those it names to what it says.

    FILE may be - for standard input, as in `sami cadences ready ten-day | sami cadences import -`.
    """
    try:
        applied = _import(file.read())
    except OrganisationRefused as refused:
        print_faults(refused.faults, "nothing was changed.")
        sys.exit(1)
    for what, key in dict.fromkeys((change.what, change.row) for change in applied.changes):
        note = "; leads that are in it finish as they began" if what == "changed" else ""
        click.echo(f"{what} {key}{note}")
    in_force = f"Version {applied.version} is in force."
    click.echo(in_force if applied.published else f"Nothing to change: version {applied.version} stays in force.")


@cadences.command
@click.argument("key", required=False)
def ready(key: str | None) -> None:
    """List the cadences that come with SAMI, or print one as a file to change and import."""
    if key is None:
        for name in ready_keys():
            first_line = (ready_text(name) or "").partition("\n")[0].removeprefix("# ")
            click.echo(f"{name:<16}{first_line}")
        return
    text = ready_text(key)
    if text is None:
        raise click.UsageError(f"There is none called {key}; there are {', '.join(ready_keys())}.")
    click.echo(text, nl=False)


def _import(content: bytes) -> Applied:
    text = text_or_fault(content)
    document = text if isinstance(text, Fault) else read_toml(text)
    if isinstance(text, Fault) or isinstance(document, Fault):
        raise OrganisationRefused([fault for fault in (text, document) if isinstance(fault, Fault)][:1])
    strange = [table for table in document if table != _CADENCES]
    if strange or not document:
        what = f"it holds {', '.join(strange)} as well" if strange else "it holds no [[cadences]]"
        raise OrganisationRefused(
            [Fault("", "", "", what, "import a file of [[cadences]]; `sami apply` takes the rest")]
        )
    with writing() as (db, now):
        return apply_file(db, text, prune=False, by=system_user(), now=now)


def _typed(
    db: Connection,
    *,
    phone: str | None,
    tags: tuple[str, ...],
    owner: str | None,
    **said: Any,
) -> LeadRow:
    """A lead that nobody stored."""
    read = None if phone is None else parse_phone(phone, read_directory(db).organisation.country)
    if phone is not None and read is None:
        raise click.UsageError(f"{phone} cannot be read as a phone. Write it like +15125550142.")
    row = LeadRow(id=0, phone=read or _any_phone(db), tags=list(tags), attributes={}, created_at=clock.utc_now())
    told = {name: value for name, value in said.items() if value is not None}
    for name, value in {"name": "Maria Ortiz", **told, "owner_id": _agent_id(db, owner)}.items():
        setattr(row, name, value)
    return row


def _agent_id(db: Connection, key: str | None) -> int | None:
    if key is None:
        return None
    found = find_agents(db, keys=(key,), ids=())
    if not found:
        raise click.UsageError(f"There is no agent {key}.")
    return int(found[0].id)


def _any_phone(db: Connection) -> str | None:
    """The phone of a line of ours, where nobody typed one: texts and calls are not left out for it."""
    return read_directory(db).public_line


def _instant(db: Connection, written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise click.UsageError(
            f"{written} is not an instant. Write it like 2026-11-16T10:00 or 2026-11-16T16:00Z."
        ) from None
    if moment.tzinfo is not None:
        return moment
    return from_local(moment, read_directory(db).organisation.time_zone)


def _tell_tried(tried: Tried, subject: Any) -> None:
    print_tried(tried, subject.name or f"lead {subject.id}")
