"""`sami consent import` and `export`: a list of phones not to be contacted comes in, the proof of consent goes out."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from sami import clock
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.language.hours import from_local
from sami.domain.language.phone import E164, parse_phone
from sami.imports.columns import Columns
from sami.imports.consent_proof import write_proof
from sami.imports.do_not_contact import (
    Listed,
    Suppression,
    begin_list,
    is_listed,
    list_phones,
    phone_column,
    read_phone,
)
from sami.imports.files import LeadFile, open_file
from sami.imports.rejects import Rejects, refuse_unwritable
from sami.store.consents import each_change
from sami.store.facts import read_directory
from sami.store.seen import Seen, seen
from webhooks.commands.leads.file_rows import DEADLINE_S, print_rows, show_progress, while_busy
from webhooks.commands.leads.import_leads import readable_encoding
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.system_user import system_user

PART = 200
"""Phones listed in one transaction: calls wait for no longer."""
EXPORT_DEADLINE_S = 600.0
CHANNELS = {"text": (Channel.TEXT,), "call": (Channel.CALL,), "all": tuple(Channel)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, which of its columns is the phone, and in which country local phones are written."""

    file: LeadFile
    columns: Columns
    country: str
    rejects: Path


TakeIn = Callable[[list[E164]], Counter[Listed]]


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--column", help="Which column holds the phone, where its name does not say.")
@click.option("--channel", type=click.Choice(list(CHANNELS)), default="all", show_default=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The first day on which they may be contacted again.")
@click.option("--why", default="on a list of phones not to be contacted", show_default=True)
@click.option("--encoding", callback=readable_encoding, help="Of a file that is neither UTF-8 nor UTF-16.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Instead of FILE.rejected.csv.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, write the rejected rows, and list nobody.")
def import_list(
    file: Path,
    column: str | None,
    channel: str,
    until: datetime | None,
    why: str,
    encoding: str | None,
    rejects: Path | None,
    dry_run: bool,
) -> None:
    """List every phone of FILE (CSV with a row of headers) as one that must not be contacted.

    A list that is imported again changes nothing; a phone that is barred for longer stays so.
    """
    rejects = rejects or file.with_name(f"{file.stem}.rejected.csv")
    if rejects.exists() and rejects.samefile(file):
        raise click.BadParameter("The rejected rows cannot be written into the file that is read.")
    refuse_unwritable(rejects)
    opened = open_file(file, encoding)
    columns = phone_column(opened.headers, column)
    with opened_database() as database:
        with database.read() as db:
            organisation = read_directory(db).organisation
        ends_at = None if until is None else from_local(until, organisation.time_zone)
        by = system_user()
        suppression = Suppression(CHANNELS[channel], ends_at, f"file {file.name}, {by}", why)
        if not dry_run:
            with database.begin() as db:
                begin_list(db, file.name, suppression, by=by, now=clock.utc_now())
        reading = Reading(opened, columns, organisation.country, rejects)
        with seen() as named:
            tried = _tried(database, suppression, named)
            counts = _each_row(reading, tried if dry_run else _listing(database, suppression))
    _tell(reading, counts, dry_run=dry_run)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("phone", required=False)
def export_proof(file: Path, phone: str | None) -> None:
    """Write every change of consent, or those of PHONE, to FILE as CSV: what, when, where and in which words."""
    with opened_database() as database, database.read(EXPORT_DEADLINE_S) as db:
        named = None if phone is None else parse_phone(phone, read_directory(db).organisation.country)
        if phone is not None and named is None:
            raise click.BadParameter("This is not a phone number; write it in E.164, for example +15125550142.")
        written = write_proof(file, each_change(db, phone=named, part=PART))
    click.echo(f"{written} {'change' if written == 1 else 'changes'} written to {file}.")


def _listing(database: Database, suppression: Suppression) -> TakeIn:
    def take_in(phones: list[E164]) -> Counter[Listed]:
        for attempt in while_busy():
            with attempt, database.begin(DEADLINE_S) as db:
                counts = list_phones(db, phones, suppression, clock.utc_now())
        return counts

    return take_in


def _tried(database: Database, suppression: Suppression, named: Seen) -> TakeIn:
    def try_out(phones: list[E164]) -> Counter[Listed]:
        counts: Counter[Listed] = Counter()
        with database.read(DEADLINE_S) as db:
            for phone in phones:
                known = named.lead_of("phone", phone) is not None or is_listed(db, phone, suppression)
                named.add(phone, "phone", phone)
                counts[Listed.KNOWN if known else Listed.NEW] += 1
        return counts

    return try_out


def _each_row(reading: Reading, take_in: TakeIn) -> Counter[Listed]:
    counts: Counter[Listed] = Counter()
    rejects = Rejects(reading.rejects, reading.columns, reading.file.delimiter)
    waiting: list[E164] = []
    with closing(rejects), show_progress(reading.file, _counted) as show:
        for row, position in reading.file.rows():
            read = read_phone(reading.columns, row, reading.country)
            if isinstance(read, str):
                waiting.append(read)
            else:
                rejects.add(row, read)
                counts[Listed.REJECTED] += 1
            if len(waiting) >= PART:
                counts += take_in(waiting)
                waiting = []
                show(position, counts)
        counts += take_in(waiting)
    return counts


def _tell(reading: Reading, counts: Counter[Listed], *, dry_run: bool) -> None:
    print_rows(counts, _counted(counts), counts[Listed.REJECTED], reading.rejects)
    if dry_run:
        click.echo("Nobody was listed: this was a dry run.")


def _counted(counts: Counter[Listed]) -> str:
    return ", ".join(f"{counts[came]} {came}" for came in Listed)
