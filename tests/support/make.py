"""Values for tests without a database: plain functions with defaults, which state only what differs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sami.domain.agents.gates import AgentFacts
from sami.domain.calls.routing import RingRules, RoutingInputs
from sami.domain.language.phone import E164
from sami.domain.organisation.document import FallbackNumber, Pattern
from tests.support.cast import PHONES

AT = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def agent(key: str, **stated: Any) -> AgentFacts:
    """On duty, verified, idle and screened."""
    number = sorted(PHONES).index(key) + 1
    return AgentFacts(**{"id": number, "key": key, "name": key.title(), "phone": E164(PHONES[key])} | stated)


def rules(**stated: Any) -> RingRules:
    defaults: dict[str, Any] = {
        "behaviour": "rules",
        "number": None,
        "pattern": Pattern.ASSIGNED_THEN_GROUP,
        "ring_timeout_s": 20,
        "max_wait_s": 90,
        "overlap_s": 0,
        "sticky": False,
        "max_ring": 10,
        "group_ring": "queue",
        "fallback": (),
    }
    return RingRules(**defaults | stated)


def fallback(*phones: str) -> tuple[FallbackNumber, ...]:
    return tuple(FallbackNumber(phone) for phone in phones)


def inputs(*agents: AgentFacts, **stated: Any) -> RoutingInputs:
    """Ana owns the lead; whoever is given is the pool."""
    people = agents or (agent("ana"), agent("ben"), agent("cy"))
    defaults: dict[str, Any] = {
        "at": AT,
        "rules": rules(),
        "agents": people,
        "started_at": AT,
        "owner": "ana",
        "pool": tuple(person.key for person in people),
    }
    return RoutingInputs(**defaults | stated)
