"""Decisions run again from their stored facts: the same answer, or the explanation was not the truth (R15)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.domain.assignment.owner import Assignment, AssignmentInputs, assign_owner
from sami.domain.assignment.policy import Policy
from sami.domain.calls.routing import Choice, RoutingInputs, choose_joiners, choose_ring
from sami.domain.language.trace import Decision
from sami.store.calls import decisions_made
from sami.store.policies import read_policy
from sami.views.stored_decisions import read_decision

_ROUTING = TypeAdapter(RoutingInputs)
_ASSIGNMENT = TypeAdapter(AssignmentInputs)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was decided, and what the same facts lead to now."""

    stored: Decision[Choice | Assignment]
    again: Decision[Choice | Assignment]

    @property
    def is_same(self) -> bool:
        return self.stored == self.again


def replay_decision(row: Row[Any], policy: Policy | None = None) -> Replayed:
    """Run a stored decision again; `policy` is that of its `policy_version`, where it has one.

    Raises KeyError for a kind that this release does not know.
    """
    return Replayed(read_decision(row).decision, _DECIDE[row.kind](row.facts, policy))


@dataclass(frozen=True, slots=True)
class Again:
    """A stored decision that was made once more."""

    ref: str
    kind: str
    at: datetime
    is_same: bool


def replay_stored(db: Connection, *, since: datetime, until: datetime) -> Iterator[Again]:
    """Every decision of this time, made again by the policy it was made by."""
    for row in decisions_made(db, since=since, until=until):
        policy = None if row.policy_version is None else read_policy(db, row.policy_version)
        yield Again(row.ref, row.kind, row.at, replay_decision(row, policy).is_same)


def _route_again(facts: str, policy: Policy | None) -> Decision[Any]:
    inputs = _ROUTING.validate_json(facts)
    return choose_joiners(inputs) if inputs.joining else choose_ring(inputs)


def _assign_again(facts: str, policy: Policy | None) -> Decision[Any]:
    return assign_owner(_ASSIGNMENT.validate_json(facts), policy)


_DECIDE: dict[str, Callable[[str, Policy | None], Decision[Any]]] = {
    "transfer": _route_again,
    "assignment": _assign_again,
}
