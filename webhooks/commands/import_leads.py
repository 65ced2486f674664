"""`sami import-leads FILE`: its rows become leads or are rejected with their reasons, and an import can be undone."""

import codecs
from pathlib import Path

import click

from sami.imports.columns import map_columns
from sami.imports.files import open_file
from sami.imports.rejects import refuse_unwritable
from sami.store.facts import read_directory
from sami.store.imports import every_import
from webhooks.commands.import_running import import_rows, rehearse, tell_consequences, undo
from webhooks.commands.import_telling import Reading, show_mapping, tell_import
from webhooks.commands.opened import opened_database
from webhooks.commands.system_user import system_user

SOURCE_MAX = 100
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


@click.command("import-leads")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_mapping,
    metavar="COLUMN=FIELD",
    help="What a column is, such as 'Budget=attributes.budget'; 'Notes=' leaves one out. May be repeated.",
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
def import_leads(
    file: Path | None,
    mapping: dict[str, str],
    source: str,
    encoding: str | None,
    rejects: Path | None,
    as_new: bool,
    dry_run: bool,
    yes: bool,
    undone: str | None,
    is_list: bool,
) -> None:
    """Import the leads of FILE, a table with a row of headers (CSV; comma, semicolon or tab).

    Importing a file again makes no lead twice; one that was interrupted is carried on. Old leads are records: each gets
    an owner, and nobody is told, texted or put on the clock, unless they are imported --as-new.
    """
    if sum((file is not None, undone is not None, is_list)) != 1:
        raise click.UsageError("Name a FILE, or one of --undo REF and --list.")
    if not 0 < len(source) <= SOURCE_MAX:
        raise click.UsageError(f"--source is at most {SOURCE_MAX} characters.")
    if is_list:
        _list()
    elif undone is not None:
        with opened_database() as database:
            undo(database, undone, by=system_user())
    elif file is not None:
        reading = _read(file, mapping, source, encoding, rejects or file.with_name(f"{file.stem}.rejected.csv"))
        _import(reading, as_new=as_new, dry_run=dry_run, yes=yes)


def _read(file: Path, mapping: dict[str, str], source: str, encoding: str | None, rejects: Path) -> Reading:
    if rejects.exists() and rejects.samefile(file):
        raise click.BadParameter("The rejected rows cannot be written into the file that is read.")
    refuse_unwritable(rejects)
    opened = open_file(file, encoding)
    columns = map_columns(opened.headers, mapping)
    with opened_database() as database, database.read() as db:
        country = read_directory(db).organisation.country
    return Reading(opened, columns, source, country, rejects)


def _import(reading: Reading, *, as_new: bool, dry_run: bool, yes: bool) -> None:
    show_mapping(reading)
    with opened_database() as database:
        if as_new:
            tell_consequences(database, reading)
        if not dry_run and not yes:
            click.confirm(f"Import these rows? {AS_NEW if as_new else AS_RECORDS}", abort=True)
        if dry_run:
            rehearse(database, reading)
        else:
            import_rows(database, reading, as_new=as_new, by=system_user())


def _list() -> None:
    with opened_database() as database, database.read() as db:
        for row in every_import(db):
            tell_import(row)
