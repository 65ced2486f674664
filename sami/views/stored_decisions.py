"""A stored decision as the values it was made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from sami.domain.assignment.owner import Assignment
from sami.domain.calls.routing import Choice
from sami.domain.language.trace import Decision, Finding

_TRACE = TypeAdapter(tuple[Finding, ...])
_CHOSEN: dict[str, TypeAdapter[Any]] = {"transfer": TypeAdapter(Choice), "assignment": TypeAdapter(Assignment)}

_EITHER: TypeAdapter[Choice | Assignment] = TypeAdapter(Choice | Assignment)


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """`version` is the organisation's that was in force, `policy_version` the policy's that decided."""

    ref: str
    kind: str
    at: datetime
    version: int | None
    policy_version: int | None
    decision: Decision[Choice | Assignment]


def chosen_document(chosen: Choice | Assignment) -> dict[str, Any]:
    """As it is stored."""
    document: dict[str, Any] = _EITHER.dump_python(chosen, mode="json")
    return document


def read_decision(row: Row[Any]) -> StoredDecision:
    chosen = _CHOSEN[row.kind].validate_json(row.chosen)
    decision = Decision(chosen, _TRACE.validate_json(row.trace))
    return StoredDecision(row.ref, row.kind, row.at, row.version, row.policy_version, decision)
