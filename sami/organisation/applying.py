"""The services: read what is in force, merge, refuse or write. They never commit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.changes import policy_changes
from sami.assignment.policies.publishing import Version, export_policy, publish, read_version, scheduled
from sami.assignment.policies.reading import plain
from sami.documents.change import Change
from sami.documents.checks import check_document, check_tables
from sami.documents.checks.fault import Document, Fault
from sami.documents.checks.names import FILE_TYPES, POLICY
from sami.documents.toml import read_toml, write_toml
from sami.domain.language.actor import Actor
from sami.organisation.changes import merge, with_live_state
from sami.organisation.losses import overwritten, taken_away
from sami.organisation.publishing import Applied, OrganisationRefused, lock_organisation, put_in_force
from sami.store.people import last_document_from_a_file, newest_document, stored_agents

FROM_A_FILE = "Applied from a file"


def apply_file(
    db: Connection,
    text: str,
    *,
    prune: bool,
    by: Actor,
    now: datetime,
    dry_run: bool = False,
    keeps: bool = False,
) -> Applied:
    """Publish what the file says. Raises OrganisationRefused with every fault of the file.

    `keeps`: what stands today and the file does not say, or what was changed elsewhere since the last file, is such a
    fault.
    """
    _, current = lock_organisation(db)
    file = _read_file(text)
    merged = _merge(current, file, prune=prune)
    if keeps and (lost := _lost(db, current, file, now)):
        raise OrganisationRefused(lost)
    return _put(db, merged, file, by=by, now=now, dry_run=dry_run, from_file=True)


def apply_rows(db: Connection, said: Document, *, by: Actor, now: datetime) -> Applied:
    """Publish these rows of the file, each the whole row; everything else stays. Raises OrganisationRefused."""
    _, current = lock_organisation(db)
    return _put(db, _merge(current, said, prune=False), said, by=by, now=now)


def merged_document(current: Document, text: str, *, prune: bool) -> dict[str, Any]:
    """The document in force with the file merged into it, checked. Raises OrganisationRefused."""
    return _merge(current, _read_file(text), prune=prune)


def export_text(db: Connection, now: datetime) -> str:
    """The organisation in force as a file that applies to the same; empty before the first was published.

    What waits for its date is named above it. An agent's off that ends by itself does not show; one that stays is
    `calls = false`.
    """
    _, document = newest_document(db) or (0, {})
    file = with_policy(db, with_live_state(document, stored_agents(db)) if document else {}, now)
    waiting = "".join(
        f"# Version {entry.version} of the policy takes effect at {entry.effective_at:%Y-%m-%d %H:%M} UTC and is not "
        f"in this file: sami policy show {entry.version}\n"
        for entry, _ in scheduled(db, now)
    )
    return waiting + write_toml(file) if file else waiting


def with_policy(db: Connection, document: Document, now: datetime) -> dict[str, Any]:
    """Also the policy in force, which is kept apart and stands in the same file."""
    policy = export_policy(db, now)
    return dict(document) if policy is None else {**document, POLICY: policy}


def _put(
    db: Connection,
    merged: Document,
    said: Document,
    *,
    by: Actor,
    now: datetime,
    dry_run: bool = False,
    from_file: bool = False,
) -> Applied:
    of_policy = _policy_changes(db, said, now)
    applied = put_in_force(
        db, merged, by=by, now=now, dry_run=dry_run, from_file=from_file, with_policy=bool(of_policy)
    )
    applied = replace(applied, changes=(*applied.changes, *of_policy))
    if dry_run or not of_policy:
        return applied
    return replace(applied, policy=_publish_policy(db, said[POLICY], by, now))


def _lost(db: Connection, current: Document, file: Document, now: datetime) -> list[Fault]:
    return [
        *taken_away(with_policy(db, current, now), file),
        *overwritten(current, last_document_from_a_file(db), file),
    ]


def _read_file(text: str) -> dict[str, Any]:
    file = read_toml(text)
    if isinstance(file, Fault):
        raise OrganisationRefused([file])
    return file


def _merge(current: Document, file: Document, *, prune: bool) -> dict[str, Any]:
    faults = check_tables(file)
    if any(fault.table in FILE_TYPES for fault in faults):
        raise OrganisationRefused(faults)  # Without a whole table the rest would be full of names that are not there.
    readable = {table: rows for table, rows in file.items() if table in FILE_TYPES}
    merged = merge(current, readable, prune=prune)
    faults += check_document(merged, readable)
    if faults:
        raise OrganisationRefused(faults)
    return merged


def _policy_changes(db: Connection, file: Document, now: datetime) -> tuple[Change, ...]:
    """From what is in force; a version that waits for its date already is not published again."""
    if POLICY not in file:
        return ()
    wanted = plain(file[POLICY])
    if any(document == wanted for _, document in scheduled(db, now)):
        return ()
    return tuple(policy_changes(export_policy(db, now), wanted))


def _publish_policy(db: Connection, policy: Mapping[str, Any], by: Actor, now: datetime) -> Version:
    version = publish(db, policy, policy.get("note", "").strip() or FROM_A_FILE, by, now)
    return read_version(db, version, now)[0]
