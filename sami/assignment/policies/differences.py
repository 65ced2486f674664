"""What two policies, by number or name, differ in."""

from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.changes import policy_changes
from sami.assignment.policies.drafts import read_draft
from sami.assignment.policies.publishing import UnknownVersion
from sami.documents.change import Change
from sami.store.policy_versions import find_version


def diff(db: Connection, a: int | str | None, b: int | str) -> list[Change]:
    """What changes from one to the other; each is a version's number or a draft's name, and None is no policy at all.

    Raises UnknownVersion or UnknownDraft.
    """
    return list(policy_changes(None if a is None else document_of(db, a), document_of(db, b)))


def document_of(db: Connection, of: int | str) -> dict[str, Any]:
    if isinstance(of, str) and not of.isdecimal():
        return read_draft(db, of).document
    row = find_version(db, int(of))
    if row is None:
        raise UnknownVersion(f"{of} is none of them.")
    document: dict[str, Any] = row.document
    return document
