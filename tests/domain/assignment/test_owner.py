"""Whose turn is it? Interleaved, by weight, and nothing is made up for who was away."""

from collections import Counter
from datetime import date

import pytest
from pydantic import TypeAdapter

from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.distribution import next_turn
from sami.domain.assignment.owner import Assignment, AssignmentInputs, assign_owner
from sami.domain.assignment.policy import Constraint, Policy, Target
from sami.domain.assignment.rules import RuleName
from sami.domain.language.trace import Reason
from tests.support.make import AT, agent

A, B, C = "ana", "ben", "cy"


def turns(count: int, weights: dict[str, int], credits: dict[str, int] | None = None) -> tuple[str, dict[str, int]]:
    order, held = "", dict(credits or {})
    for _ in range(count):
        winner, after = next_turn(sorted(weights), weights, held)
        held |= after
        order += winner[0]
    return order, held


@pytest.mark.parametrize(
    ("weights", "order"),
    [
        pytest.param({A: 1, B: 1}, "abab", id="two alike"),
        pytest.param({A: 1, B: 1, C: 1}, "abcabc", id="three alike"),
        pytest.param({A: 2, B: 1}, "abaaba", id="two to one, interleaved"),
        pytest.param({A: 3, B: 1}, "aabaaaba", id="three to one: A A B A"),
        pytest.param({A: 60, B: 40}, "ababa", id="sixty to forty"),
        pytest.param({A: 5, B: 1, C: 1}, "aabacaa", id="five to one to one, never in blocks"),
        pytest.param({A: 100}, "aaa", id="one alone"),
    ],
)
def test_turns_are_interleaved(weights: dict[str, int], order: str) -> None:
    assert turns(len(order), weights)[0] == order


@pytest.mark.parametrize("weights", [{A: 50, B: 50}, {A: 60, B: 40}, {A: 70, B: 20, C: 10}, {A: 34, B: 33, C: 33}])
def test_shares_hold_within_one_over_any_hundred_turns(weights: dict[str, int]) -> None:
    order, held = turns(400, weights)
    for start in range(0, 300, 7):
        got = Counter(order[start : start + 100])
        assert all(abs(got[key[0]] - share) <= 1 for key, share in weights.items())
    assert sum(held.values()) == 0, "what one gains the others lose"


def test_the_absent_neither_gain_nor_lose() -> None:
    _, held = turns(3, {A: 1, B: 1, C: 1})
    cys = held[C]
    for _ in range(50):
        _, after = next_turn([A, B], {}, held)
        assert C not in after
        held |= after
    assert held[C] == cys
    assert Counter(turns(9, {A: 1, B: 1, C: 1}, held)[0]) == {"a": 3, "b": 3, "c": 3}, "no flood of made-up leads"


def decide(*agents: AgentFacts, credits: dict[str, int] | None = None) -> tuple[str | None, dict[str, Reason]]:
    decision = assign_owner(AssignmentInputs(AT, "everybody", agents, credits or {}))
    return decision.chosen.owner, {found.subject: found.reason for found in decision.trace if not found.passed}


def test_ties_go_by_key() -> None:
    assert decide(agent(B), agent(A)) == (A, {B: Reason.NOT_THEIR_TURN})


def test_who_may_not_own_is_named_with_the_reason() -> None:
    owner, refused = decide(
        agent(A, active=False), agent(B, leads_on=False), agent(C, away_through=date(2026, 11, 17)), agent("dee")
    )
    assert owner == "dee"
    assert refused == {A: Reason.INACTIVE, B: Reason.LEADS_OFF, C: Reason.OUT_OF_OFFICE}


def test_a_lead_is_owned_by_whom_calls_do_not_reach_now() -> None:
    assert decide(agent(A, calls_on=False, open_now=False, resting_until=AT))[0] == A


def test_nobody_eligible_is_the_pond_with_a_reason_and_turns_nobody() -> None:
    decision = assign_owner(AssignmentInputs(AT, "everybody", (agent(A, leads_on=False),), {A: 3}))
    assert decision.chosen.owner is None
    assert decision.chosen.unowned_reason
    assert decision.chosen.credits == {}


def test_credits_decide_whose_turn_it_is() -> None:
    assert decide(agent(A), agent(B), credits={A: -1, B: 1})[0] == B


@pytest.mark.parametrize(("verified_only", "owner"), [(False, "ana"), (True, "ben")])
def test_leads_go_to_the_unverified_too_unless_the_policy_says_otherwise(verified_only: bool, owner: str) -> None:
    agents = (agent("ana", verified=False), agent("ben"))
    policy = Policy(default=Target(agents=("ana", "ben")), verified_only=verified_only)
    inputs = AssignmentInputs(AT, "default", agents, {"ana": 1, "ben": 0}, policy_version=1, members=("ana", "ben"))
    decision = assign_owner(inputs, policy)
    assert decision.chosen.owner == owner
    refused = [found.subject for found in decision.trace if found.reason is Reason.UNVERIFIED]
    assert refused == (["ana"] if verified_only else [])


def test_a_constraint_that_names_an_unverified_agent_gives_them_the_lead() -> None:
    constraint = Constraint("Strategic", to=Target(agent="ana"))
    policy = Policy(constraints=(constraint,), verified_only=True)
    agents = (agent("ana", verified=False),)
    inputs = AssignmentInputs(AT, "constraint/Strategic", agents, {}, policy_version=1, members=("ana",))
    assert assign_owner(inputs, policy).chosen.owner == "ana"


@pytest.mark.parametrize(
    "rule", [RuleName("rule", "Texas/buyers"), RuleName("constraint", "rule"), RuleName("default")]
)
def test_a_decision_names_its_rule_as_releases_before_it_stored_it(rule: RuleName) -> None:
    chosen = TypeAdapter(Assignment)
    stored = chosen.dump_python(Assignment("ana", None, {}, rule), mode="json")
    assert stored["rule"] == rule.written
    assert chosen.validate_python(stored).rule == rule
