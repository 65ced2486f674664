"""What the commands that try a policy share: the policy meant, and owners and leads in words."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sami import policies
from sami.domain.policy import Policy
from sami.policies import PolicyRefused
from webhooks.commands.policy_ground import document_in

POND = "the pond"


def policy_meant(db: Connection, written: str) -> Policy:
    """A file, a draft's name, or a version's number. Raises PolicyRefused with every fault of it."""
    document = _document(db, written)
    faults = policies.check(db, document)
    if faults:
        raise PolicyRefused(faults)
    return policies.typed(document)


def _document(db: Connection, written: str) -> dict[str, Any]:
    path = Path(written)
    if path.suffix == ".toml" or path.is_file():
        with path.open("rb") as file:
            return document_in(file)
    return policies.document_of(db, int(written) if written.isdecimal() else written)


def owner_words(key: str | None) -> str:
    return POND if key is None else key
