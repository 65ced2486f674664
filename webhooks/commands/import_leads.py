"""`sami import-leads FILE`: its rows become leads or are rejected with their reasons, and an import can be undone."""

import codecs
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from sami import clock
from sami.domain.arrivals import NewLead
from sami.errors import SamiError
from sami.imports.columns import map_columns
from sami.imports.files import FileRow, open_file
from sami.imports.importing import (
    Came,
    Import,
    ImportedTwice,
    begin_import,
    digest_of,
    find_begun,
    finish_import,
    import_row,
    is_imported,
    reasons_of,
)
from sami.imports.rehearsing import Rehearsal
from sami.imports.rejects import Rejects, refuse_unwritable
from sami.imports.undoing import Undone, begin_undoing, undo_next
from sami.intake import prepare_lead
from sami.store.db import Database, DatabaseAway, DatabaseBusy
from sami.store.facts import read_directory
from sami.store.imports import every_import
from sami.store.seen import seen
from webhooks.commands.import_telling import (
    Reading,
    show_mapping,
    show_progress,
    tell_import,
    tell_interrupted,
    tell_result,
    tell_undone,
)
from webhooks.commands.opened import opened_database
from webhooks.commands.system_user import system_user

SOURCE_MAX = 100
DEADLINE_S = 30.0  # Nobody waits on a phone for one of these rows.
BUSY_FOR_S = 30.0
BUSY_WAIT_S = 0.2


def _encoding(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
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
@click.option("--encoding", callback=_encoding, help="Of a file that is neither UTF-8 nor UTF-16.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Instead of FILE.rejected.csv.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, write the rejected rows, and import nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before importing.")
@click.option("--undo", metavar="REF", help="Undo an import, whole or interrupted.")
@click.option("--list", "is_list", is_flag=True, help="Every import there was, with its REF.")
def import_leads(
    file: Path | None,
    mapping: dict[str, str],
    source: str,
    encoding: str | None,
    rejects: Path | None,
    dry_run: bool,
    yes: bool,
    undo: str | None,
    is_list: bool,
) -> None:
    """Import the leads of FILE, a table with a row of headers (CSV; comma, semicolon or tab).

    Importing a file again makes no lead twice; one that was interrupted is carried on.
    """
    if sum((file is not None, undo is not None, is_list)) != 1:
        raise click.UsageError("Name a FILE, or one of --undo REF and --list.")
    if not 0 < len(source) <= SOURCE_MAX:
        raise click.UsageError(f"--source is at most {SOURCE_MAX} characters.")
    if is_list:
        _list()
    elif undo is not None:
        _undo(undo)
    elif file is not None:
        reading = _read(file, mapping, source, encoding, rejects or file.with_name(f"{file.stem}.rejected.csv"))
        _import(reading, dry_run=dry_run, yes=yes)


def _read(file: Path, mapping: dict[str, str], source: str, encoding: str | None, rejects: Path) -> Reading:
    if rejects.exists() and rejects.samefile(file):
        raise click.BadParameter("The rejected rows cannot be written into the file that is read.")
    refuse_unwritable(rejects)
    opened = open_file(file, encoding)
    columns = map_columns(opened.headers, mapping)
    with opened_database() as database, database.read() as db:
        country = read_directory(db).organisation.country
    return Reading(opened, columns, source, country, rejects)


def _import(reading: Reading, *, dry_run: bool, yes: bool) -> None:
    show_mapping(reading)
    if not dry_run and not yes:
        click.confirm("Import these rows? Each new lead gets an owner, who is told as for any other lead.", abort=True)
    with opened_database() as database:
        if dry_run:
            tell_result(reading, _rehearse(database, reading), None)
        else:
            _import_into(database, reading)


def _rehearse(database: Database, reading: Reading) -> Counter[Came]:
    with database.read() as db:
        begun = find_begun(db, digest_of(reading.file, reading.columns, reading.source))
    with seen() as named:
        rehearsal = Rehearsal(named)

        def try_row(number: int, new: NewLead) -> Came:
            with database.read() as db:
                if begun is not None and is_imported(db, begun, number):
                    return Came.BEFORE
                return rehearsal.try_row(db, new)

        return _each_row(reading, try_row)


def _import_into(database: Database, reading: Reading) -> None:
    digest = digest_of(reading.file, reading.columns, reading.source)
    with database.begin() as db:
        title, now = reading.file.path.name, clock.utc_now()
        batch = begin_import(db, title=title, digest=digest, by=system_user(), now=now)
    try:
        counts = _each_row(reading, lambda number, new: _take_in(database, batch, number, new))
    except BaseException:
        tell_interrupted(batch)
        raise
    with database.begin() as db:
        finish_import(db, batch, now=clock.utc_now())
    tell_result(reading, counts, batch)


def _each_row(reading: Reading, take_in: Callable[[int, NewLead], Came]) -> Counter[Came]:
    counts: Counter[Came] = Counter()
    rejects = Rejects(reading.rejects, reading.columns, reading.file.delimiter)
    with closing(rejects), show_progress(reading) as show:
        for row, position in reading.file.rows():
            counts[_came_of(reading, row, rejects, take_in)] += 1
            show(position, counts)
    return counts


def _came_of(reading: Reading, row: FileRow, rejects: Rejects, take_in: Callable[[int, NewLead], Came]) -> Came:
    read = reading.columns.read(row, country=reading.country, source=reading.source)
    if isinstance(read, NewLead):
        try:
            return take_in(row.number, read)
        except (DatabaseAway, ImportedTwice):
            raise
        except SamiError as refusal:
            read = reasons_of(refusal)
    rejects.add(row, read)
    return Came.REJECTED


def _take_in(database: Database, batch: Import, number: int, new: NewLead) -> Came:
    """One transaction for each row: two rows in one could wait for each other's leads (R7)."""
    if batch.carried_on:
        with database.read() as db:
            if is_imported(db, batch, number):
                return Came.BEFORE
    now = clock.utc_now()
    prepared = prepare_lead(database, new, now=now)
    for attempt in _while_busy():
        with attempt, database.begin(DEADLINE_S) as db:
            came = import_row(db, batch, number, prepared, now=now)
    return came


def _while_busy() -> Retrying:
    """Calls go first, so this waits; a row that was taken in is not taken in again."""
    return Retrying(
        retry=retry_if_exception_type(DatabaseBusy),
        stop=stop_after_delay(BUSY_FOR_S),
        wait=wait_fixed(BUSY_WAIT_S),
        reraise=True,
    )


def _undo(ref: str) -> None:
    who = system_user()
    with opened_database() as database:
        with database.begin() as db:
            begin_undoing(db, ref, by=who, now=clock.utc_now())
        tell_undone(ref, _each_undone(database, ref, who))


def _each_undone(database: Database, ref: str, by: str) -> Iterator[Undone]:
    while True:
        for attempt in _while_busy():
            with attempt, database.begin(DEADLINE_S) as db:
                undone = undo_next(db, ref, by=by, now=clock.utc_now())
        if undone is None:
            return
        yield undone


def _list() -> None:
    with opened_database() as database, database.read() as db:
        for row in every_import(db):
            tell_import(row)
