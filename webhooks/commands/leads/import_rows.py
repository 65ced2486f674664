"""The rows of a file, one after the other: tried out, imported or rejected; and an import undone lead by lead."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

from sami import clock
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.domain.language.actor import Actor
from sami.domain.leads.arrivals import NewLead, Standing
from sami.domain.leads.written_values import doubts_of
from sami.domain.messages.intake_texts import texts_of_intake
from sami.errors import SamiError
from sami.imports.batch import (
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
from sami.imports.dry_run import Rehearsal
from sami.imports.files import FileRow
from sami.imports.rejects import Rejects
from sami.imports.undo import Undone, begin_undoing, undo_next
from sami.store.facts import read_directory
from sami.store.seen import seen
from sami.workers.intake import prepare_lead
from webhooks.commands.leads.file_rows import DEADLINE_S, show_progress, while_busy
from webhooks.commands.leads.import_output import (
    Doubted,
    Reading,
    counted,
    print_interrupted,
    print_result,
    print_texts,
    print_undone,
)


def print_consequences(database: Database, reading: Reading) -> None:
    """How many texts it means to treat every row as a lead that comes in now, before anybody agrees to it."""
    rows = sum(1 for _ in reading.file.rows())
    with database.read() as db:
        each = texts_of_intake(read_directory(db).file)
    print_texts(rows, each)


def rehearse(database: Database, reading: Reading) -> None:
    """Nothing is imported, but the rejected rows are written: they are what the import would reject."""
    with database.read() as db:
        begun = find_begun(db, _digest(reading))
    with seen() as named:
        rehearsal = Rehearsal(named)

        def try_row(number: int, new: NewLead, _standing: Standing) -> Came:
            with database.read() as db:
                if begun is not None and is_imported(db, begun, number):
                    return Came.BEFORE
                return rehearsal.try_row(db, new)

        print_result(reading, *_each_row(reading, try_row), None)


def import_rows(database: Database, reading: Reading, *, as_new: bool, by: Actor) -> None:
    with database.begin() as db:
        title, now = reading.file.path.name, clock.utc_now()
        batch = begin_import(db, title=title, digest=_digest(reading), by=by, now=now)

    def take_in(number: int, new: NewLead, standing: Standing) -> Came:
        return _take_in(database, batch, number, new, standing, as_new)

    try:
        counts, doubted = _each_row(reading, take_in)
    except BaseException:
        print_interrupted(batch)
        raise
    with database.begin() as db:
        finish_import(db, batch, now=clock.utc_now())
    print_result(reading, counts, doubted, batch)


def _digest(reading: Reading) -> str:
    return digest_of(reading.file, reading.columns, reading.source, reading.standing.zone)


def _each_row(
    reading: Reading, take_in: Callable[[int, NewLead, Standing], Came]
) -> tuple[Counter[Came], list[Doubted]]:
    """What came of them, and what of those that were taken in is not as it was meant."""
    counts: Counter[Came] = Counter()
    doubted: list[Doubted] = []

    def take_in_and_doubt(number: int, new: NewLead, standing: Standing) -> Came:
        came = take_in(number, new, standing)
        if came is not Came.BEFORE:
            doubted.extend((number, doubt) for doubt in doubts_of(new))
        return came

    rejects = Rejects(reading.rejects, reading.columns, reading.file.delimiter)
    with closing(rejects), show_progress(reading.file, counted) as show:
        for row, position in reading.file.rows():
            counts[_came_of(reading, row, rejects, take_in_and_doubt)] += 1
            show(position, counts)
    return counts, doubted


def _came_of(
    reading: Reading, row: FileRow, rejects: Rejects, take_in: Callable[[int, NewLead, Standing], Came]
) -> Came:
    new = reading.columns.read(row, country=reading.country, source=reading.source)
    standing = reading.standing.read(reading.columns.standing(row))
    if isinstance(new, NewLead) and isinstance(standing, Standing):
        try:
            return take_in(row.number, new, standing)
        except (DatabaseAway, ImportedTwice):
            raise
        except SamiError as refusal:
            rejects.add(row, reasons_of(refusal))
    else:
        rejects.add(row, [fault for read in (new, standing) if isinstance(read, tuple) for fault in read])
    return Came.REJECTED


def _take_in(database: Database, batch: Import, number: int, new: NewLead, standing: Standing, as_new: bool) -> Came:
    """One transaction for each row: two rows in one could wait for each other's leads (R7)."""
    if batch.carried_on:
        with database.read() as db:
            if is_imported(db, batch, number):
                return Came.BEFORE
    now = clock.utc_now()
    prepared = prepare_lead(database, new, now=now)
    for attempt in while_busy():
        with attempt, database.begin(DEADLINE_S) as db:
            came = import_row(db, batch, number, prepared, as_new=as_new, now=now, standing=standing)
    return came


def undo(database: Database, ref: str, *, by: Actor) -> None:
    with database.begin() as db:
        begin_undoing(db, ref, by=by, now=clock.utc_now())
    print_undone(ref, _each_undone(database, ref, by))


def _each_undone(database: Database, ref: str, by: Actor) -> Iterator[Undone]:
    while True:
        for attempt in while_busy():
            with attempt, database.begin(DEADLINE_S) as db:
                undone = undo_next(db, ref, by=by, now=clock.utc_now())
        if undone is None:
            return
        yield undone
