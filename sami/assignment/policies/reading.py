"""A policy as text, as a document, and as the values that decide."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from sami.documents.checks.fault import Fault
from sami.documents.checks.names import FILE_TYPES, POLICY, key_names, nearest
from sami.documents.nulls import without_nulls
from sami.documents.toml import read_toml, write_toml
from sami.domain.assignment.policy import Policy
from sami.errors import SamiError

_POLICY = TypeAdapter(Policy)


class PolicyRefused(SamiError):
    """The policy is wrong, so nothing was changed."""

    code = "policy_refused"
    status = 422

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def read_text(text: str) -> dict[str, Any]:
    """The policy of a file that holds `[policy]`, alone or in a whole organisation, or only its keys.

    Raises PolicyRefused where it holds neither; what is wrong within the policy is for the checks to tell.
    """
    file = read_toml(text)
    if isinstance(file, Fault):
        raise PolicyRefused([file])
    if POLICY not in file:
        return file
    if not isinstance(file[POLICY], dict):
        raise PolicyRefused([Fault(POLICY, "", "", "is not a table", f"write [{POLICY}] and its keys below it")])
    strange = [name for name in file if name not in FILE_TYPES]
    if strange:
        known = key_names(Policy)
        raise PolicyRefused(
            [Fault("", "", name, f"stands outside [{POLICY}]", nearest(name, known)) for name in strange]
        )
    policy: dict[str, Any] = file[POLICY]
    return policy


def write_text(document: Mapping[str, Any]) -> str:
    """The file of a policy alone, which `read_text` reads to the same document."""
    return write_toml({POLICY: document})


def typed(document: Mapping[str, Any]) -> Policy:
    """The values of a document that the checks have let pass, or at least its types."""
    return _POLICY.validate_python(document)


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """One way to write each document, so that equal ones are equal: no nulls, and `+00:00` for `Z`."""
    written: dict[str, Any] = without_nulls(document)
    instant = written.get("effective_at")
    return {**written, "effective_at": _plain_instant(instant)} if isinstance(instant, str) else written


def _plain_instant(written: str) -> str:
    try:
        return datetime.fromisoformat(written).isoformat()
    except ValueError:
        return written  # For the checks to tell.
