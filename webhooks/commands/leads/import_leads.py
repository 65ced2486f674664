"""`sami import-leads FILE`: its rows become leads or are rejected with their reasons, and an import can be undone."""

import codecs
from dataclasses import dataclass
from pathlib import Path

import click

from sami import clock
from sami.database.engine import Database
from sami.domain.language.hours import zone_problem
from sami.imports.columns import map_columns
from sami.imports.files import open_file
from sami.imports.mappings import forget, remember, stated_again
from sami.imports.owners_and_stages import StandingReader
from sami.imports.rejects import refuse_unwritable
from sami.store.facts import read_directory
from sami.store.imports import every_import
from sami.store.mappings import every_mapping
from sami.store.people import stored_agents
from webhooks.commands.leads.import_output import Reading, print_import, print_mapping, show_mapping
from webhooks.commands.leads.import_rows import import_rows, print_consequences, rehearse, undo
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.system_user import system_user

SOURCE_MAX = MAPPING_NAME_MAX = 100
AS_NEW = "Each new lead is treated as if it came in now."
AS_RECORDS = "Each new lead gets an owner, and nobody is told; --as-new treats it as if it came in now."


def readable_encoding(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    try:
        is_text = name is None or codecs.lookup(name)._is_text_encoding
    except LookupError:
        is_text = False
    if not is_text:
        raise click.BadParameter(f"{name} is no encoding; write one such as utf-8, cp1252 or utf-16.")
    return name


def _mapping(_context: click.Context, _option: click.Parameter, stated: tuple[str, ...]) -> dict[str, str]:
    pairs = [pair.rpartition("=") for pair in stated]
    wrong = next((pair[2] for pair in pairs if not pair[0]), None)
    if wrong is not None:
        raise click.BadParameter(f"{wrong} names no field; write it like 'Full Name=name'.")
    return {column.strip(): field.strip() for column, _, field in pairs}


def _known_zone(_context: click.Context, _option: click.Parameter, zone: str | None) -> str | None:
    problem = None if zone is None else zone_problem(zone)
    if problem is not None:
        raise click.BadParameter(problem)
    return zone


def _mapping_name(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and not (0 < len(name.strip()) <= MAPPING_NAME_MAX and name.isprintable()):
        raise click.BadParameter(f"Write a name of at most {MAPPING_NAME_MAX} characters, such as zillow.")
    return None if name is None else name.strip()


@click.command("import-leads")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_mapping,
    metavar="COLUMN=FIELD",
    help="What a column is, such as 'Budget=attributes.budget'; 'Notes=' leaves one out. May be repeated. "
    "'Agent=owner', 'Status=stage' and 'Created=created_at' are taken only where they are asked for in this way.",
)
@click.option("--mapping", "known", callback=_mapping_name, metavar="NAME", help="Map columns as saved by this name.")
@click.option(
    "--save-mapping", "saved_as", callback=_mapping_name, metavar="NAME", help="Remember what the columns are."
)
@click.option(
    "--zone",
    callback=_known_zone,
    help="Of created dates that name none, such as America/Chicago; else the organisation's.",
)
@click.option("--source", default="import", show_default=True, help="Where leads come from whose row does not say.")
@click.option("--encoding", callback=readable_encoding, help="Of a file that is neither UTF-8 nor UTF-16.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Instead of FILE.rejected.csv.")
@click.option(
    "--as-new",
    is_flag=True,
    help="As if each lead came in now: with workflows, cadences, notices and response clocks.",
)
@click.option("--dry-run", is_flag=True, help="Say what would come of it, write the rejected rows, and import nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before importing.")
@click.option("--undo", "undone", metavar="REF", help="Undo an import, whole or interrupted.")
@click.option("--list", "is_list", is_flag=True, help="Every import there was, with its REF.")
@click.option("--mappings", "lists_mappings", is_flag=True, help="Every saved mapping, with what it maps.")
@click.option("--forget-mapping", "forgotten", callback=_mapping_name, metavar="NAME", help="Remove a saved mapping.")
def import_leads(
    file: Path | None,
    mapping: dict[str, str],
    known: str | None,
    saved_as: str | None,
    zone: str | None,
    source: str,
    encoding: str | None,
    rejects: Path | None,
    as_new: bool,
    dry_run: bool,
    yes: bool,
    undone: str | None,
    is_list: bool,
    lists_mappings: bool,
    forgotten: str | None,
) -> None:
    """Import the leads of FILE, a table with a row of headers (CSV; comma, semicolon or tab).

    Importing a file again makes no lead twice; one that was interrupted is carried on. Old leads are records: each gets
    an owner, and nobody is told, texted or put on the clock, unless they are imported --as-new.
    """
    if sum((file is not None, undone is not None, is_list, lists_mappings, forgotten is not None)) != 1:
        others = "--undo REF, --list, --mappings and --forget-mapping NAME"
        raise click.UsageError(f"Name a FILE, or one of {others}.")
    if not 0 < len(source) <= SOURCE_MAX:
        raise click.UsageError(f"--source is at most {SOURCE_MAX} characters.")
    if file is None:
        _look_after(undone=undone, is_list=is_list, forgotten=forgotten)
        return
    said = Said(mapping, known, saved_as, zone, source, encoding)
    reading = _read(file, said, rejects or file.with_name(f"{file.stem}.rejected.csv"))
    if as_new and "created_at" in reading.columns.fields:
        raise click.UsageError("--as-new treats each lead as if it came in now: leave its created date out.")
    _import(reading, said, as_new=as_new, dry_run=dry_run, yes=yes)


@dataclass(frozen=True, slots=True)
class Said:
    """How somebody says that the file is read: `known` and `saved_as` are names of mappings."""

    mapping: dict[str, str]
    known: str | None
    saved_as: str | None
    zone: str | None
    source: str
    encoding: str | None


def _look_after(*, undone: str | None, is_list: bool, forgotten: str | None) -> None:
    with opened_database() as database:
        if undone is not None:
            undo(database, undone, by=system_user())
        elif forgotten is not None:
            with database.begin() as db:
                forget(db, forgotten, by=system_user(), now=clock.utc_now())
            click.echo(f"The mapping {forgotten} is forgotten.")
        else:
            with database.read() as db:
                for row in every_import(db) if is_list else every_mapping(db):
                    (print_import if is_list else print_mapping)(row)


def _read(file: Path, said: Said, rejects: Path) -> Reading:
    if rejects.exists() and rejects.samefile(file):
        raise click.BadParameter("The rejected rows cannot be written into the file that is read.")
    refuse_unwritable(rejects)
    opened = open_file(file, said.encoding)
    with opened_database() as database, database.read() as db:
        organisation, agents = read_directory(db).organisation, tuple(stored_agents(db).values())
        known = said.known
        mapping = said.mapping if known is None else stated_again(db, known, opened.headers, said.mapping)
    columns = map_columns(opened.headers, mapping)
    standing = StandingReader(agents, said.zone or organisation.time_zone, clock.utc_now())
    return Reading(opened, columns, said.source, organisation.country, rejects, standing)


def _remember(database: Database, name: str, reading: Reading) -> None:
    with database.begin() as db:
        remember(db, name, reading.columns, by=system_user(), now=clock.utc_now())
    click.echo(f"The columns are remembered: --mapping '{name}' reads the next such file in the same way.")


def _import(reading: Reading, said: Said, *, as_new: bool, dry_run: bool, yes: bool) -> None:
    show_mapping(reading)
    with opened_database() as database:
        if as_new:
            print_consequences(database, reading)
        if not dry_run and not yes:
            click.confirm(f"Import these rows? {AS_NEW if as_new else AS_RECORDS}", abort=True)
        if said.saved_as is not None:
            _remember(database, said.saved_as, reading)
        if dry_run:
            rehearse(database, reading)
        else:
            import_rows(database, reading, as_new=as_new, by=system_user())
