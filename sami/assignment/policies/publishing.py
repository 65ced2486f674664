"""Policies become versions that never change. In force is the published one that took effect last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row

from sami.assignment.policies.reading import PolicyRefused, plain, typed
from sami.assignment.policies.recorded import record_policy
from sami.audit.recording import record
from sami.documents.checks.fault import Fault
from sami.documents.checks.known import Known
from sami.documents.checks.policy import check_policy
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.store import policy_versions as store
from sami.store.actors import actor_columns
from sami.store.people import lock_publishing, newest_document, stored_agents

State = Literal["in force", "scheduled", "past", "on trial", "tried", "withdrawn"]


class NoteMissing(SamiError):
    """Publishing a policy needs a note that says why."""

    code = "note_missing"
    status = 422


class UnknownVersion(SamiError):
    """There is no such version of the policy."""

    code = "policy_version_unknown"
    status = 404


class NotScheduled(SamiError):
    """Only a version that waits for its date can be withdrawn."""

    code = "policy_not_scheduled"
    status = 409


@dataclass(frozen=True, slots=True)
class Version:
    """`share` is below 100, and `ends_at` set, of pilots only."""

    version: int
    state: State
    note: str
    effective_at: datetime
    ends_at: datetime | None
    share: int
    published_at: datetime
    published_by: str


def publish(db: Connection, document: Mapping[str, Any], note: str, by: Actor, now: datetime) -> int:
    """The number of the new version, in force from its `effective_at`, and from now where that is absent or past.

    Raises PolicyRefused with every fault, and NoteMissing.
    """
    lock_publishing(db)
    sound = _sound(db, document)
    return _insert(db, Verb.PUBLISHED, sound, note, by, now, effective_at=max(typed(sound).effective_at or now, now))


def rollback(db: Connection, version: int, note: str, by: Actor, now: datetime) -> int:
    """The document of an earlier version, or of a pilot, as a new one, in force at once whatever date it bears.

    It is checked again: somebody it names may have left since.
    """
    lock_publishing(db)
    sound = _sound(db, _found(db, version).document)
    return _insert(db, Verb.ROLLED_BACK, sound, note, by, now, effective_at=now)


def withdraw(db: Connection, version: int, by: Actor, now: datetime) -> Version:
    """A version that waits for its date never takes effect. Raises UnknownVersion or NotScheduled."""
    lock_publishing(db)
    _found(db, version)
    if not store.withdraw_version(db, version, by=by, at=now):
        state = read_version(db, version, now)[0].state
        raise NotScheduled(f"Version {version} is {state}; `sami policy rollback` puts an earlier one in force.")
    record(db, Verb.WITHDRAWN, "policy", version, by=by, now=now)
    return read_version(db, version, now)[0]


def check(db: Connection, document: Mapping[str, Any]) -> list[Fault]:
    """Everything that would keep this document from being published today."""
    return check_policy(plain(document), _organisation(db))


def standing_faults(db: Connection, document: Mapping[str, Any], now: datetime) -> list[tuple[int, Fault]]:
    """What of the versions that decide, now or later, no longer fits an organisation that becomes this document."""
    known = Known.read(document)
    standing = store.standing_versions(db, now)
    return [(row.version, fault) for row in standing for fault in check_policy(row.document, known)]


def read_version(db: Connection, version: int, now: datetime) -> tuple[Version, dict[str, Any]]:
    """Raises UnknownVersion."""
    document: dict[str, Any] = _found(db, version).document
    return next(entry for entry in history(db, now) if entry.version == version), document


def history(db: Connection, now: datetime) -> list[Version]:
    """Every version, newest first."""
    rows = store.list_versions(db)
    standing = [row for row in rows if row.kind == "published" and row.withdrawn_at is None]
    effective = [(row.effective_at, row.version) for row in standing if row.effective_at <= now]
    in_force = max(effective)[1] if effective else None
    return [_version(row, _state(row, in_force, now)) for row in rows]


def export_policy(db: Connection, now: datetime) -> dict[str, Any] | None:
    """The document in force, which the admin's file holds; None before the first took effect."""
    number = next((entry.version for entry in history(db, now) if entry.state == "in force"), None)
    return None if number is None else dict(_found(db, number).document)


def scheduled(db: Connection, now: datetime) -> list[tuple[Version, dict[str, Any]]]:
    """The versions that wait for their date, the next one first, with their documents."""
    waiting = [entry for entry in history(db, now) if entry.state == "scheduled"]
    return [
        (entry, dict(_found(db, entry.version).document))
        for entry in sorted(waiting, key=lambda entry: (entry.effective_at, entry.version))
    ]


def _sound(db: Connection, document: Mapping[str, Any]) -> dict[str, Any]:
    faults = check(db, document)
    if faults:
        raise PolicyRefused(faults)
    return plain(document)


def _organisation(db: Connection) -> Known:
    _, document = newest_document(db) or (0, {})
    inactive = frozenset(key for key, agent in stored_agents(db).items() if not agent.active)
    return Known.read(document, inactive=inactive)


def _insert(
    db: Connection, verb: Verb, document: dict[str, Any], note: str, by: Actor, now: datetime, *, effective_at: datetime
) -> int:
    why = note.strip()
    if not why:
        raise NoteMissing
    before, told = export_policy(db, now), actor_columns(by, "published_by")
    values = {"document": document, "note": why, "effective_at": effective_at, "share": 100, "published_at": now}
    version = store.insert_version(db, kind="published", **values, **told)
    record_policy(db, verb, "policy", version, before, document, by=by, now=now, why=why)
    return version


def _found(db: Connection, version: int) -> Row[Any]:
    row = store.find_version(db, version)
    if row is None:
        raise UnknownVersion(f"{version} is none of them.")
    return row


def _state(row: Row[Any], in_force: int | None, now: datetime) -> State:
    if row.kind == "pilot":
        return "on trial" if row.effective_at <= now < row.ends_at else "tried"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.version == in_force:
        return "in force"
    return "scheduled" if row.effective_at > now else "past"


def _version(row: Row[Any], state: State) -> Version:
    return Version(
        row.version, state, row.note, row.effective_at, row.ends_at, row.share, row.published_at, row.published_by
    )
