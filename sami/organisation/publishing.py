"""A document that is to be the organisation from now on: checked whole, told row by row, and put in force as a version.

What is said of one row, of one key or of the whole file comes here, so that all of it is refused and kept alike.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.publishing import Version, standing_faults
from sami.documents.change import Change
from sami.documents.checks import check_document
from sami.documents.checks.fault import Document, Fault
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.organisation.changes import SWITCHES, Rows, document_changes, drift, identity, keep_first_switches, rows_of
from sami.organisation.preview import preview
from sami.organisation.recorded import record_rows
from sami.store.people import (
    StoredAgent,
    change_agent,
    create_agent,
    lock_publishing,
    newest_document,
    publish_document,
    release_phone,
    stored_agents,
)
from sami.store.verification import confirmed_phones


class OrganisationRefused(SamiError):
    """The organisation's file is wrong, so nothing was changed."""

    code = "organisation_refused"
    status = 422

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Applied:
    """`version` is the one in force now; not published where nothing was to change, or on a dry run.

    `policy` is the policy's version, where this published one.
    """

    version: int
    published: bool
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]
    policy: Version | None = None


def lock_organisation(db: Connection) -> tuple[int, dict[str, Any]]:
    """The version in force and its document, which nobody else changes until the transaction ends."""
    lock_publishing(db)
    return newest_document(db) or (0, {})


def refuse_faults(wanted: Document, said: Document) -> None:
    """`said` is what somebody wrote of it: a row without a key is named by its place there."""
    faults = check_document(wanted, said)
    if faults:
        raise OrganisationRefused(faults)


def put_in_force(
    db: Connection,
    wanted: Document,
    *,
    by: Actor,
    now: datetime,
    note: str = "",
    why: str = "",
    dry_run: bool = False,
    from_file: bool = False,
    with_policy: bool = False,
) -> Applied:
    """`wanted` has no fault, and the organisation is locked. `note` stays with the version, `why` with the audit.

    `with_policy`: a policy that fits comes with it.
    """
    version, current = newest_document(db) or (0, {})
    stored = stored_agents(db)
    document = keep_first_switches(wanted, current, stored)
    changes = tuple(_changes(current, document, stored))
    outdated = () if with_policy else _outdated(db, document, now)
    warnings = (*preview(wanted, stored, confirmed_phones(db), now), *outdated)
    applied = Applied(version, False, changes, warnings)
    if dry_run or not changes:
        return applied
    _write_agents(db, document, stored)
    record_rows(db, changes, before=current, after=document, by=by, now=now, why=why)
    said = note or _counted(changes)
    version = publish_document(db, document=document, note=said, by=by, now=now, from_file=from_file)
    return replace(applied, version=version, published=True)


def _outdated(db: Connection, document: Document, now: datetime) -> Iterator[str]:
    """Whoever leaves may leave at once, though a policy names them: that is said, and the policy is published anew."""
    yield from (f"policy version {version}: {fault}" for version, fault in standing_faults(db, document, now))


def _changes(current: Document, document: Document, stored: Mapping[str, StoredAgent]) -> Iterator[Change]:
    """The document's changes, then those of agents' rows that it does not explain."""
    told = set()
    for change in document_changes(current, document):
        returns = change.table == "agents" and change.what == "added" and change.row in stored
        told.add((change.table, change.row))
        yield replace(change, what="activated") if returns else change
    yield from (change for change in drift(document, stored) if (change.table, change.row) not in told)


def _write_agents(db: Connection, document: Document, stored: Mapping[str, StoredAgent]) -> None:
    rows = rows_of(document, "agents")
    _release_phones(db, rows, stored)
    for key, row in rows.items():
        agent = stored.get(key)
        values = identity(row, agent)
        if agent is None:
            switches = {f"{switch}_on": row.get(switch, True) for switch in SWITCHES}
            create_agent(db, values={"key": key, **values, **switches})
        elif any(getattr(agent, field) != value for field, value in values.items()):
            change_agent(db, key=key, values=values)
    for key, agent in stored.items():
        if agent.active and key not in rows:
            change_agent(db, key=key, values={"active": False})


def _release_phones(db: Connection, rows: Rows, stored: Mapping[str, StoredAgent]) -> None:
    """Phones that change hands in this file, also from somebody who left, are given up before they are taken."""
    taken_by = {row["phone"]: key for key, row in rows.items()}
    for key, agent in stored.items():
        if taken_by.get(agent.phone, key) != key:
            release_phone(db, key=key)


def _counted(changes: tuple[Change, ...]) -> str:
    counts = Counter(change.what for change in changes)
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
