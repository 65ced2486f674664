"""R15: the explanation is the truth. In any world, stored facts lead to the same answer, and every skip has a gate."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.owner import Assignment, AssignmentInputs, assign_owner
from sami.domain.calls.routing import (
    Choice,
    NobodyLeft,
    Ring,
    RingRules,
    RoutingInputs,
    Way,
    choose_joiners,
    choose_ring,
)
from sami.domain.language.phone import E164
from sami.domain.language.trace import Decision, Finding, Reason
from sami.domain.organisation.document import FallbackNumber, Pattern
from sami.views.replay import replay_decision
from tests.support.counts import count

TRANSFERS, ASSIGNMENTS = count(1_500, 40_000), count(500, 10_000)
NOW = datetime(2026, 3, 8, 8, 0, 0, 123_456, tzinfo=UTC)
KEYS = ("ana", "ben", "cy", "dee", "olive", "zoë")
PHONES = tuple(f"+1512555019{digit}" for digit in range(4))

TRACE = TypeAdapter(tuple[Finding, ...])
WRITTEN_AS: dict[str, tuple[TypeAdapter[Any], TypeAdapter[Any]]] = {
    "transfer": (TypeAdapter(RoutingInputs), TypeAdapter(Choice)),
    "assignment": (TypeAdapter(AssignmentInputs), TypeAdapter(Assignment)),
}

moments = st.sampled_from([None, *(NOW + timedelta(microseconds=step) for step in (-(10**9), -1, 0, 1, 10**9))])
days = st.sampled_from([None, date(2026, 3, 8), date(2026, 12, 31)])
mostly = st.sampled_from([True, True, True, False])
rarely = mostly.map(lambda yes: not yes)
some_keys = st.lists(st.sampled_from((*KEYS, "gone")), unique=True, max_size=7).map(tuple)
a_key = st.none() | st.sampled_from((*KEYS, "gone"))
skills = st.sampled_from([(), ("spanish",), ("buyers", "spanish")])


def agents() -> st.SearchStrategy[tuple[AgentFacts, ...]]:
    return st.lists(st.sampled_from(KEYS), unique=True, max_size=4).flatmap(
        lambda keys: st.tuples(*map(_agent, sorted(keys)))
    )


def _agent(key: str) -> st.SearchStrategy[AgentFacts]:
    number = KEYS.index(key) + 1
    return st.builds(
        AgentFacts,
        id=st.just(number),
        key=st.just(key),
        name=st.just(f"{key.title()} O'Hara"),
        phone=st.just(E164(f"+1512555010{number}")),
        active=mostly,
        verified=mostly,
        calls_on=mostly,
        off_until=moments,
        leads_on=mostly,
        open_now=mostly,
        opens_at=moments,
        away_through=st.just(None) | days,
        cover=a_key,
        resting_until=moments,
        resting_why=st.sampled_from([None, "wrap_up", "rang_out"]),
        reserved_until=moments,
        bridged=rarely,
        calling=rarely,
        opted_out=rarely,
        skills=skills,
        screening=mostly,
        idle_since=moments,
    )


rules = st.builds(
    RingRules,
    behaviour=st.sampled_from(["rules", "rules", "rules", "number"]),
    number=st.just("+15125550180"),
    pattern=st.sampled_from(Pattern),
    ring_timeout_s=st.integers(10, 300),
    max_wait_s=st.integers(15, 600),
    overlap_s=st.sampled_from([0, 5, 30]),
    sticky=st.booleans(),
    max_ring=st.integers(1, 10),
    group_ring=st.sampled_from(["queue", "dial", "hunt"]),
    fallback=st.lists(
        st.builds(FallbackNumber, phone=st.sampled_from(PHONES), name=st.text(max_size=5), confirm=st.booleans()),
        max_size=3,
    ).map(tuple),
)
routing_worlds = st.builds(
    RoutingInputs,
    at=st.just(NOW),
    rules=rules,
    agents=agents(),
    started_at=st.integers(0, 300).map(lambda waited: NOW - timedelta(seconds=waited)),
    owner=a_key,
    pool=some_keys,
    last_spoke_with=a_key,
    skill=st.sampled_from([None, None, "spanish"]),
    caller=st.sampled_from([None, PHONES[0], "+15125550142"]),
    position=st.integers(0, 6),
    tried=some_keys,
    rung=st.lists(st.sampled_from(PHONES), max_size=2).map(tuple),
    capped=st.lists(st.sampled_from(PHONES), max_size=2).map(tuple),
    legs_possible=mostly,
    joining=rarely,
)
assignment_worlds = st.builds(
    AssignmentInputs,
    at=st.just(NOW),
    pool=st.just("everybody"),
    agents=agents(),
    credits=st.dictionaries(st.sampled_from(KEYS), st.integers(-20, 20)),
)


@pytest.mark.timeout(1_200)
@settings(max_examples=TRANSFERS)
@given(routing_worlds)
def test_r15_a_transfer_decided_again_from_its_facts_is_the_same(inputs: RoutingInputs) -> None:
    decision = choose_joiners(inputs) if inputs.joining else choose_ring(inputs)
    assert replay_decision(_stored("transfer", inputs, decision)).is_same


@pytest.mark.timeout(1_200)
@settings(max_examples=ASSIGNMENTS)
@given(assignment_worlds)
def test_r15_an_assignment_decided_again_from_its_facts_is_the_same(inputs: AssignmentInputs) -> None:
    decision = assign_owner(inputs)
    assert replay_decision(_stored("assignment", inputs, decision)).is_same


@settings(max_examples=TRANSFERS // 4)
@given(routing_worlds)
def test_r15_whoever_of_the_pool_does_not_ring_has_a_named_gate(inputs: RoutingInputs) -> None:
    decision = choose_joiners(inputs)
    ringing = _ringing(decision.chosen)
    refused = {found.subject for found in decision.trace if not found.passed}
    # Out of time, or one phone at a time: that is said once for the whole group, not of each.
    said_of_all = any(found.reason is Reason.NO_TIME for found in decision.trace)
    if not said_of_all and not _is_hunt(decision.chosen):
        assert set(inputs.pool) <= ringing | refused
    assert ringing.isdisjoint(refused)


def _ringing(chosen: Choice) -> set[str]:
    return set() if isinstance(chosen, NobodyLeft) else {c.agent for c in chosen.candidates if c.agent}


def _is_hunt(chosen: Choice) -> bool:
    return isinstance(chosen, Ring) and chosen.way is Way.DIAL and len(chosen.candidates) == 1


def _stored(kind: str, facts: Any, decision: Decision[Any]) -> Any:
    """As the decision's row would have it."""
    facts_type, chosen_type = WRITTEN_AS[kind]
    return SimpleNamespace(
        ref="made-up",
        kind=kind,
        at=facts.at,
        version=1,
        policy_version=None,
        facts=facts_type.dump_json(facts).decode(),
        trace=TRACE.dump_json(decision.trace).decode(),
        chosen=chosen_type.dump_json(decision.chosen).decode(),
    )
