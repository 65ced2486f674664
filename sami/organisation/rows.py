"""The organisation by its rows: each is read with a tag of what it says, replaced, merged into, and taken away.

The same checks as `sami apply` and the same versions; whoever changes a row may first say which one they have seen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.documents.checks import check_tables
from sami.documents.checks.fault import Document, Fault, quoted
from sami.documents.checks.names import KEYED_BY, ROW_TYPES
from sami.documents.nulls import without_nulls
from sami.domain.language.actor import Actor
from sami.domain.language.seal import seal_over
from sami.organisation.applying import apply_rows
from sami.organisation.changes import rows_of
from sami.organisation.publishing import OrganisationRefused, lock_organisation, put_in_force, refuse_faults
from sami.store.people import newest_document

WHOLE = ""
"""In the place of a table: the whole document."""
TABLES = ("agents", "teams", "lines", "bots", "cadences", "workflows")
"""Whose rows have one key each; blocked callers have their own services."""

TAG_LENGTH = 32

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A row, or the whole document, as it stands. `tag` differs where it says anything else."""

    row: Row
    tag: str


def read_whole(db: Connection) -> Standing | None:
    """None before the first version."""
    found = newest_document(db)
    return None if found is None else _standing(found[1])


def read_rows(db: Connection, table: str) -> Iterator[Standing]:
    _, document = newest_document(db) or (0, {})
    return map(_standing, rows_of(document, table).values())


def find_row(db: Connection, table: str, key: str) -> Standing | None:
    _, document = newest_document(db) or (0, {})
    row = rows_of(document, table).get(key)
    return None if row is None else _standing(row)


def lock_row(db: Connection, table: str, key: str) -> Standing | None:
    """As it stands until the transaction ends: what was compared with it is still so when it is written."""
    lock_organisation(db)
    return find_row(db, table, key)


def lock_whole(db: Connection) -> Standing | None:
    lock_organisation(db)
    return read_whole(db)


def put_row(db: Connection, table: str, key: str, row: Row, *, by: Actor, now: datetime) -> Standing:
    """It is this row from now on, added where there was none. Raises OrganisationRefused."""
    named = without_nulls(_named(table, key, row))
    apply_rows(db, {table: [named]}, by=by, now=now)
    return _found(find_row(db, table, key))


def remove_row(db: Connection, table: str, key: str, *, by: Actor, now: datetime) -> None:
    """An agent is deactivated. Raises OrganisationRefused where others name the row."""
    _, document = lock_organisation(db)
    rows = [row for name, row in rows_of(document, table).items() if name != key]
    wanted = {name: value for name, value in {**document, table: rows}.items() if value or name == "organisation"}
    refuse_faults(wanted, {})
    put_in_force(db, wanted, by=by, now=now)


def put_whole(db: Connection, document: Document, *, by: Actor, now: datetime) -> Standing:
    """All of it: what is not in it goes. The policy has versions of its own. Raises OrganisationRefused."""
    lock_organisation(db)
    document = without_nulls(document)
    faults = check_tables(document)
    faults += [_no_row_type(table) for table in document if table not in ROW_TYPES and not _is_told(table, faults)]
    if faults:
        raise OrganisationRefused(faults)
    wanted = {table: rows for table, rows in document.items() if rows or table == "organisation"}
    refuse_faults(wanted, document)
    put_in_force(db, wanted, by=by, now=now)
    return _found(read_whole(db))


def merged(standing: Any, patch: Any) -> Any:
    """RFC 7396: null takes a key away, an object is merged into, anything else takes the place of what was there."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(standing) if isinstance(standing, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _standing(row: Row) -> Standing:
    return Standing(row, seal_over(row)[:TAG_LENGTH])


def _found(standing: Standing | None) -> Standing:
    assert standing is not None, "it was just written"
    return standing


def _named(table: str, key: str, row: Row) -> dict[str, Any]:
    (field,) = KEYED_BY[table]
    if row.get(field, key) != key:
        wrong, right = f"{quoted(row[field])} is not the key in the address", f"write {quoted(key)} or leave it out"
        raise OrganisationRefused([Fault(table, key, field, wrong, right)])
    return {field: key, **row}


def _no_row_type(table: str) -> Fault:
    return Fault(table, "", "", "has versions of its own", "send it to /api/v1/policy/drafts/NAME")


def _is_told(table: str, faults: list[Fault]) -> bool:
    return any(fault.table == table for fault in faults)
