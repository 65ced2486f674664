"""What the commands that try a policy share: the policy meant, and owners and leads in words."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.differences import document_of
from sami.assignment.policies.publishing import check
from sami.assignment.policies.reading import PolicyRefused, typed
from sami.domain.assignment.policy import Policy
from webhooks.commands.shared.policy_versions import document_in

POND = "the pond"


def policy_meant(db: Connection, written: str) -> Policy:
    """A file, a draft's name, or a version's number. Raises PolicyRefused with every fault of it."""
    document = _document(db, written)
    faults = check(db, document)
    if faults:
        raise PolicyRefused(faults)
    return typed(document)


def _document(db: Connection, written: str) -> dict[str, Any]:
    path = Path(written)
    if path.suffix == ".toml" or path.is_file():
        with path.open("rb") as file:
            return document_in(file)
    return document_of(db, int(written) if written.isdecimal() else written)


def owner_words(key: str | None) -> str:
    return POND if key is None else key
