"""The organisation's versions: which there were, what two differ in, and an earlier one in force again as a new one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.documents.change import Change
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.organisation.changes import document_changes
from sami.organisation.publishing import Applied, lock_organisation, put_in_force, refuse_faults
from sami.store.organisation_versions import find_version, list_versions
from sami.store.people import newest_document


class UnknownOrganisationVersion(SamiError):
    """There is no such version of the organisation."""

    code = "organisation_version_unknown"
    status = 404


class ReasonMissing(SamiError):
    """Going back to an earlier organisation needs a note that says why."""

    code = "note_missing"
    status = 422


@dataclass(frozen=True, slots=True)
class OrganisationVersion:
    """It never changes. `from_file`: an admin's whole file made it, and no change of one thing."""

    version: int
    in_force: bool
    note: str
    from_file: bool
    published_at: datetime
    published_by: str


def history(db: Connection, *, before: int | None = None, limit: int) -> list[OrganisationVersion]:
    """Newest first."""
    newest, _ = newest_document(db) or (0, {})
    return [_version(row, newest) for row in list_versions(db, before=before, limit=limit)]


def read_version(db: Connection, version: int) -> tuple[OrganisationVersion, dict[str, Any]]:
    """With its document. Raises UnknownOrganisationVersion."""
    newest, _ = newest_document(db) or (0, {})
    row = find_version(db, version)
    if row is None:
        raise UnknownOrganisationVersion(f"{version} is none of them.")
    return _version(row, newest), row.document


def in_force(db: Connection) -> int:
    """The number of the version in force. Raises UnknownOrganisationVersion before the first."""
    newest, _ = newest_document(db) or (0, {})
    if newest == 0:
        raise UnknownOrganisationVersion("There is none yet: apply a file first.")
    return newest


def compare(db: Connection, a: int | None, b: int) -> list[Change]:
    """What changes from one to the other, row by row; None is no organisation at all. Raises as `read_version`."""
    before = {} if a is None else read_version(db, a)[1]
    return list(document_changes(before, read_version(db, b)[1]))


def roll_back(db: Connection, version: int, note: str, *, by: Actor, now: datetime) -> Applied:
    """What that version said is in force again, under a number of its own, and checked as any file is.

    Raises UnknownOrganisationVersion, ReasonMissing and OrganisationRefused.
    """
    lock_organisation(db)
    why = note.strip()
    if not why:
        raise ReasonMissing
    _, document = read_version(db, version)
    refuse_faults(document, document)
    return put_in_force(db, document, by=by, now=now, note=why, why=f"back to version {version}: {why}")


def _version(row: Row[Any], newest: int) -> OrganisationVersion:
    return OrganisationVersion(
        row.version, row.version == newest, row.note, row.from_file, row.published_at, row.published_by
    )
