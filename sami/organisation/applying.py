"""The services: read what is in force, merge, refuse or write. They never commit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.changes import policy_changes
from sami.assignment.policies.publishing import (
    Version,
    export_policy,
    publish,
    read_version,
    scheduled,
    standing_faults,
)
from sami.assignment.policies.reading import plain
from sami.documents.change import Change
from sami.documents.checks import check_document, check_tables
from sami.documents.checks.fault import Document, Fault
from sami.documents.checks.names import FILE_TYPES, POLICY
from sami.documents.toml import read_toml, write_toml
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.organisation.changes import (
    SWITCHES,
    Rows,
    document_changes,
    drift,
    identity,
    keep_first_switches,
    merge,
    rows_of,
    with_live_state,
)
from sami.organisation.losses import overwritten, taken_away
from sami.organisation.preview import preview
from sami.organisation.recorded import record_rows
from sami.store.people import (
    StoredAgent,
    change_agent,
    create_agent,
    last_document_from_a_file,
    lock_publishing,
    newest_document,
    publish_document,
    release_phone,
    stored_agents,
)
from sami.store.verification import confirmed_phones

FROM_A_FILE = "Applied from a file"


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


def apply_file(
    db: Connection,
    text: str,
    *,
    prune: bool,
    by: Actor,
    now: datetime,
    dry_run: bool = False,
    keeps: bool = False,
    from_file: bool = True,
) -> Applied:
    """Publish what the file says. Raises OrganisationRefused with every fault of the file.

    `keeps`: what stands today and the file does not say, or what was changed elsewhere since the last file, is such a
    fault. `from_file` false: one thing was changed, and this is no admin's whole file.
    """
    lock_publishing(db)
    version, current = newest_document(db) or (0, {})
    file = _read_file(text)
    merged = _merge(current, file, prune=prune)
    if keeps and (lost := _lost(db, current, file, now)):
        raise OrganisationRefused(lost)
    stored = stored_agents(db)
    document = keep_first_switches(merged, current, stored)
    changes = tuple(_changes(current, document, stored))
    of_policy = _policy_changes(db, file, now)
    warnings = (
        *preview(merged, stored, confirmed_phones(db), now),
        *_outdated(db, document, now, replaced=bool(of_policy)),
    )
    applied = Applied(version, False, (*changes, *of_policy), warnings)
    if dry_run or not applied.changes:
        return applied
    if changes:
        _write_agents(db, document, stored)
        record_rows(db, changes, before=current, after=document, by=by, now=now)
        version = publish_document(db, document=document, note=_note(changes), by=by, now=now, from_file=from_file)
    policy = _publish_policy(db, file[POLICY], by, now) if of_policy else None
    return replace(applied, version=version, published=bool(changes), policy=policy)


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


def _outdated(db: Connection, document: Document, now: datetime, *, replaced: bool) -> Iterator[str]:
    """Whoever leaves may leave at once, though a policy names them: that is said, and the policy is published anew."""
    if not replaced:
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


def _note(changes: tuple[Change, ...]) -> str:
    counts = Counter(change.what for change in changes)
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
