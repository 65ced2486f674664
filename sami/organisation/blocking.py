"""Callers are blocked and let in again one by one: the same rows that the file holds, each change a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.documents.checks import check_document
from sami.documents.checks.names import row_key
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.organisation.publishing import OrganisationRefused, lock_organisation, put_in_force
from sami.store.people import newest_document

TABLE = "blocked"


class NotBlocked(SamiError):
    """Nobody is blocked by this name."""

    code = "not_blocked"
    status = 404


class NoOrganisation(SamiError):
    """There is no organisation yet: apply its file first."""

    code = "no_organisation"
    status = 409


def block(db: Connection, row: Mapping[str, Any], *, by: Actor, now: datetime) -> dict[str, Any]:
    """The row as it stands; one of the same phone, prefix or line is replaced. Raises OrganisationRefused."""
    document = _in_force(db)
    key = row_key(TABLE, row)
    others = [other for other in document.get(TABLE, ()) if row_key(TABLE, other) != key]
    written = {name: value for name, value in row.items() if value is not None}
    fresh = {**document, TABLE: [*others, written]}
    faults = [fault for fault in check_document(fresh, fresh) if fault.table == TABLE]
    if faults:
        raise OrganisationRefused(faults)
    put_in_force(db, fresh, by=by, now=now, note=f"Blocked {key}")
    return written


def unblock(db: Connection, key: str, *, by: Actor, now: datetime) -> None:
    """`key` is the phone, the prefix, or the line of withheld callers. Raises NotBlocked."""
    document = _in_force(db)
    kept = [row for row in document.get(TABLE, ()) if row_key(TABLE, row) != key]
    if len(kept) == len(document.get(TABLE, ())):
        raise NotBlocked(f"{key} stands in no row.")
    put_in_force(db, {**document, TABLE: kept}, by=by, now=now, note=f"Let {key} in again")


def blocked_rows(db: Connection) -> list[dict[str, Any]]:
    _, document = newest_document(db) or (0, {})
    return list(document.get(TABLE, ()))


def _in_force(db: Connection) -> dict[str, Any]:
    _, document = lock_organisation(db)
    if not document:
        raise NoOrganisation
    return document
