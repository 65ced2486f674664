"""Policies that are being edited: nobody is assigned by them until they are published or tried."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.assignment.policies.publishing import check, publish
from sami.assignment.policies.reading import PolicyRefused, plain
from sami.assignment.policies.recorded import record_policy
from sami.documents.checks.fault import Fault
from sami.documents.checks.names import POLICY
from sami.documents.checks.types import check_types
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.store import policy_versions as store
from sami.store.people import lock_publishing

WEIGHTS = "weights"
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


class DraftNameRefused(SamiError):
    """A draft's name is small letters, digits, - and _, and begins with a letter."""

    code = "draft_name_refused"
    status = 422


class UnknownDraft(SamiError):
    """There is no draft of this name."""

    code = "draft_unknown"
    status = 404


@dataclass(frozen=True, slots=True)
class Draft:
    """`based_on` is the version that was published last when this draft was begun; None before the first."""

    name: str
    document: dict[str, Any]
    based_on: int | None
    changed_at: datetime
    changed_by: str


def save_draft(db: Connection, name: str, document: Mapping[str, Any], by: Actor, now: datetime) -> list[Fault]:
    """The faults that would keep it from being published; a draft may have them.

    Raises PolicyRefused for what cannot be read as a policy at all, and for weights that do not make a whole: they are
    not even saved. Raises DraftNameRefused.
    """
    if not _NAME.fullmatch(name):
        raise DraftNameRefused
    written = plain(document)
    faults = check(db, written)
    if check_types(POLICY, written)[0] or any(fault.field.endswith(WEIGHTS) for fault in faults):
        raise PolicyRefused(faults)
    newest = store.newest_published(db)
    based_on = None if newest is None else newest.version
    before = store.find_draft(db, name)
    store.put_draft(db, name=name, document=written, based_on=based_on, by=by, now=now)
    record_policy(db, Verb.CHANGED, "policy.draft", name, before and before.document, written, by=by, now=now)
    return faults


def drafts(db: Connection) -> list[Draft]:
    return [_draft(row) for row in store.list_drafts(db)]


def read_draft(db: Connection, name: str) -> Draft:
    """Raises UnknownDraft."""
    row = store.find_draft(db, name)
    if row is None:
        names = ", ".join(draft.name for draft in drafts(db))
        raise UnknownDraft(f"There are {names}." if names else "There is none at all.")
    return _draft(row)


def publish_draft(db: Connection, name: str, note: str, by: Actor, now: datetime) -> int:
    """The number of the new version, which holds the note. The draft is gone: what it said is published."""
    lock_publishing(db)
    draft = read_draft(db, name)
    version = publish(db, {**draft.document, "note": note.strip()}, note, by, now)
    store.remove_draft(db, name)
    return version


def _draft(row: Row[Any]) -> Draft:
    return Draft(row.name, row.document, row.based_on, row.changed_at, row.changed_by)
