"""Who rings next, for how long, and why not the others: the edges of the choice, without a call around it."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from sami.domain.agents.gates import AgentFacts
from sami.domain.calls.routing import (
    NobodyLeft,
    Ring,
    RoutingInputs,
    Stage,
    Way,
    choose_joiners,
    choose_ring,
    order_agents,
    stages_of,
    timeout_to_send_s,
)
from sami.domain.language.trace import Reason
from sami.domain.organisation.document import Pattern
from tests.support.cast import CELL, DESK, LEE
from tests.support.make import AT, agent, fallback, inputs, rules, seconds

SIMULTANEOUS, ONLY = Pattern.SIMULTANEOUS_GROUP, Pattern.ASSIGNED_ONLY


def ring(stated: RoutingInputs) -> Ring:
    chosen = choose_ring(stated).chosen
    assert isinstance(chosen, Ring)
    return chosen


def keys(chosen: Ring) -> list[str]:
    return [candidate.agent or str(candidate.phone) for candidate in chosen.candidates]


def reasons(stated: RoutingInputs) -> set[tuple[str, Reason]]:
    return {(found.subject, found.reason) for found in choose_ring(stated).trace if not found.passed}


@pytest.mark.parametrize(
    ("stated", "stages"),
    [
        ({}, [Stage.OWNER, Stage.GROUP]),
        ({"sticky": True}, [Stage.OWNER, Stage.STICKY, Stage.GROUP]),
        ({"pattern": SIMULTANEOUS}, [Stage.GROUP]),
        ({"pattern": SIMULTANEOUS, "sticky": True}, [Stage.STICKY, Stage.GROUP]),
        ({"pattern": ONLY, "sticky": True}, [Stage.OWNER]),
        ({"behaviour": "number", "number": DESK, "sticky": True}, [Stage.NUMBER]),
    ],
)
def test_a_bots_stages_end_with_its_fallback_numbers(stated: dict[str, Any], stages: list[Stage]) -> None:
    assert list(stages_of(rules(**stated))) == stages
    assert list(stages_of(rules(**stated, fallback=fallback(DESK, CELL)))) == [*stages, Stage.FALLBACK, Stage.FALLBACK]


@pytest.mark.parametrize(
    ("really", "sent"), [(10, 5), (11, 6), (15, 10), (20, 15), (35, 30), (300, 295), (9, 5), (5, 5)]
)
def test_twilio_is_told_five_seconds_less(really: int, sent: int) -> None:
    assert timeout_to_send_s(really) == sent


@pytest.mark.parametrize(
    ("waited_s", "max_wait_s", "numbers", "ring_s"),
    [
        pytest.param(0, 90, (), 20, id="the ring's own time"),
        pytest.param(70, 90, (), 20, id="just enough is left"),
        pytest.param(71, 90, (), 19, id="cut to what is left"),
        pytest.param(80, 90, (), 10, id="the shortest ring there is"),
        pytest.param(81, 90, (), None, id="nine seconds are none"),
        pytest.param(55, 90, (DESK,), 20, id="fifteen are kept for the fallback"),
        pytest.param(56, 90, (DESK,), 19, id="and one less for the agent"),
        pytest.param(65, 90, (DESK,), 10, id="ten beside the fifteen"),
        pytest.param(66, 90, (DESK,), None, id="nine beside the fifteen"),
        pytest.param(0.5, 20, (), 19, id="half a second waited is a second less"),
        pytest.param(200, 90, (), None, id="long past the budget"),
    ],
)
def test_an_agents_seconds_fit_the_callers_budget(
    waited_s: float, max_wait_s: int, numbers: tuple[str, ...], ring_s: int | None
) -> None:
    stated = inputs(
        at=AT + seconds(waited_s), rules=rules(pattern=ONLY, max_wait_s=max_wait_s, fallback=fallback(*numbers))
    )
    chosen = choose_ring(stated).chosen
    if ring_s is not None:
        assert isinstance(chosen, Ring)
        assert (chosen.stage, chosen.ring_s) == (Stage.OWNER, ring_s)
    else:
        assert ("owner", Reason.NO_TIME) in reasons(stated)
        assert isinstance(chosen, NobodyLeft) or chosen.stage is Stage.FALLBACK


@pytest.mark.parametrize(
    ("waited_s", "rung", "expected"),
    [
        pytest.param(0, (), (DESK, 20), id="the first, in time"),
        pytest.param(85, (), (DESK, 15), id="the first gets fifteen however late"),
        pytest.param(500, (), (DESK, 15), id="also long past the budget"),
        pytest.param(60, (DESK,), (CELL, 20), id="the second gets what is left"),
        pytest.param(75, (DESK,), (CELL, 15), id="cut"),
        pytest.param(81, (DESK,), None, id="or nothing: voicemail remains"),
    ],
)
def test_the_first_fallback_has_its_fifteen_seconds(
    waited_s: int, rung: tuple[str, ...], expected: tuple[str, int] | None
) -> None:
    stated = inputs(
        agent("ana", calls_on=False),
        at=AT + seconds(waited_s),
        rules=rules(pattern=ONLY, fallback=fallback(DESK, CELL)),
        position=1 + len(rung),
        rung=rung,
    )
    chosen = choose_ring(stated).chosen
    if expected is None:
        assert chosen == NobodyLeft(3)
    else:
        assert isinstance(chosen, Ring)
        assert (keys(chosen), chosen.ring_s) == ([expected[0]], expected[1])


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"rung": (DESK,)}, Reason.SAME_NUMBER),
        ({"caller": DESK}, Reason.SAME_NUMBER),
        ({"capped": (DESK,)}, Reason.NUMBER_CAP),
    ],
)
def test_a_fallback_number_is_left_out_with_its_reason(stated: dict[str, Any], reason: Reason) -> None:
    here = inputs(owner=None, rules=rules(pattern=ONLY, fallback=fallback(DESK, CELL)), at=AT + seconds(85), **stated)
    assert (DESK, reason) in reasons(here)
    if DESK not in here.rung:
        # The next one is then the first that rings, and has its fifteen seconds.
        assert (keys(ring(here)), ring(here).ring_s) == ([CELL], 15)


def test_longest_idle_first_who_never_had_a_call_before_all_ties_by_key() -> None:
    people = [
        agent("ana", idle_since=AT - seconds(60)),
        agent("ben", idle_since=AT - seconds(600)),
        agent("cy"),
        agent("dee", idle_since=AT - seconds(600)),
    ]
    assert [person.key for person in order_agents(people)] == ["cy", "ben", "dee", "ana"]


def desks(*names: str) -> tuple[AgentFacts, ...]:
    return tuple(agent(name, screening=False) for name in names)


@pytest.mark.parametrize(
    ("people", "group_ring", "legs_possible", "expected"),
    [
        pytest.param((), "queue", True, (Way.QUEUE, ["ana", "ben", "cy"]), id="legs of their own"),
        pytest.param((), "queue", False, (Way.DIAL, ["ana"]), id="no legs: one at a time"),
        pytest.param((), "hunt", True, (Way.DIAL, ["ana"]), id="hunted by choice"),
        pytest.param((), "dial", True, (Way.QUEUE, ["ana", "ben", "cy"]), id="screened phones never share a dial"),
        pytest.param((), "dial", False, (Way.DIAL, ["ana"]), id="screened and no legs"),
        pytest.param(desks("ana", "ben"), "dial", True, (Way.DIAL, ["ana", "ben"]), id="desk phones share one"),
        pytest.param(desks("ana", "ben"), "dial", False, (Way.DIAL, ["ana", "ben"]), id="and need no legs"),
        pytest.param(desks("ana", "ben"), "queue", True, (Way.QUEUE, ["ana", "ben"]), id="unless told otherwise"),
        pytest.param(
            (*desks("ana"), agent("ben")), "dial", True, (Way.QUEUE, ["ana", "ben"]), id="one screened among them"
        ),
    ],
)
def test_how_the_group_rings(
    people: tuple[AgentFacts, ...], group_ring: str, legs_possible: bool, expected: tuple[Way, list[str]]
) -> None:
    wanted = rules(pattern=SIMULTANEOUS, group_ring=group_ring)
    chosen = ring(inputs(*people, rules=wanted, legs_possible=legs_possible))
    assert (chosen.way, keys(chosen)) == expected
    hunted = len(expected[1]) == 1
    assert chosen.position == (0 if hunted else 1), "a hunted group comes back for the next of them"


def test_max_ring_is_about_phones_that_ring_at_once() -> None:
    at_once = inputs(rules=rules(pattern=SIMULTANEOUS, max_ring=2))
    assert keys(ring(at_once)) == ["ana", "ben"]
    assert reasons(at_once) == {("cy", Reason.MAX_RING)}
    hunted = inputs(rules=rules(pattern=SIMULTANEOUS, max_ring=2, group_ring="hunt"))
    assert keys(ring(hunted)) == ["ana"]
    assert reasons(hunted) == set()


def test_an_absent_owner_is_replaced_by_their_cover_who_passes_every_gate_too() -> None:
    away = agent("ana", away_through=AT.date(), cover="ben")
    covered = inputs(away, agent("ben"), agent("cy"))
    assert keys(ring(covered)) == ["ben"]
    assert reasons(covered) == {("ana", Reason.OUT_OF_OFFICE)}
    off = inputs(away, agent("ben", calls_on=False), agent("cy"))
    assert keys(ring(off)) == ["cy"]
    assert ("ben", Reason.CALLS_OFF) in reasons(off)


def test_only_an_absence_calls_for_a_cover() -> None:
    off = inputs(agent("ana", calls_on=False, cover="ben"), agent("ben"), rules=rules(pattern=ONLY))
    assert choose_ring(off).chosen == NobodyLeft(1)


def test_the_group_joins_only_as_legs_and_only_while_the_owner_rings() -> None:
    overlapping = ring(inputs(rules=rules(overlap_s=8)))
    assert (overlapping.way, overlapping.group_joins_s, keys(overlapping)) == (Way.QUEUE, 8, ["ana"])
    for stated in ({"overlap_s": 20}, {"overlap_s": 0}, {"overlap_s": 8, "group_ring": "hunt"}):
        assert ring(inputs(rules=rules(**stated))).group_joins_s == 0
    assert ring(inputs(rules=rules(overlap_s=8), legs_possible=False)).way is Way.DIAL
    joiners = choose_joiners(inputs(rules=rules(overlap_s=8), position=1, tried=("ana",), joining=True)).chosen
    assert isinstance(joiners, Ring)
    assert keys(joiners) == ["ben", "cy"]


def test_an_agent_nobody_knows_any_more_is_inactive() -> None:
    gone = inputs(agent("ben"), owner="ana", pool=("ana", "ben"), rules=rules(pattern=ONLY))
    assert reasons(gone) >= {("ana", Reason.INACTIVE)}


def test_nobody_at_all_is_voicemail_with_every_reason() -> None:
    nobody = inputs(agent("ana", calls_on=False), agent("ben", open_now=False), caller=LEE)
    decision = choose_ring(nobody)
    assert decision.chosen == NobodyLeft(2)
    assert decision.trace[-1].reason is Reason.ENDING
    assert {("ben", Reason.OUTSIDE_HOURS), ("group", Reason.EMPTY_POOL)} <= reasons(nobody)


def test_every_agent_of_the_pool_rings_or_has_a_reason_and_stored_facts_decide_the_same() -> None:
    adapter = TypeAdapter(RoutingInputs)
    people = (agent("ana", calls_on=False), agent("ben"), agent("cy", verified=False), agent("dee"))
    for group_ring in ("queue", "hunt"):
        stated = inputs(*people, rules=rules(pattern=SIMULTANEOUS, group_ring=group_ring, max_ring=1))
        loaded = adapter.validate_json(adapter.dump_json(stated))
        assert choose_ring(loaded) == choose_ring(stated)
        named = set(keys(ring(stated))) | {subject for subject, _ in reasons(stated)}
        assert named >= ({"ana", "ben", "cy", "dee"} if group_ring == "queue" else {"ana", "ben", "cy"})


@pytest.mark.parametrize(
    "stated",
    [
        {"calls_on": False},
        {"open_now": False},
        {"verified": False},
        {"resting_until": AT + seconds(300)},
        {"away_through": AT.date()},
    ],
)
def test_who_asked_for_a_call_is_rung_for_it_alone_whatever_their_switches_say(stated: dict[str, Any]) -> None:
    asked = inputs(agent("ana", **stated), agent("ben"), owner="ben", asked_by="ana")
    assert (ring(asked).stage, keys(ring(asked))) == (Stage.ASKER, ["ana"])


@pytest.mark.parametrize("stated", [{"active": False}, {"reserved_until": AT + seconds(300)}, {"calling": True}])
def test_r08_who_asked_for_a_call_is_not_rung_while_they_are_on_another(stated: dict[str, Any]) -> None:
    asked = inputs(agent("ana", **stated), agent("ben"), owner="ben", asked_by="ana")
    assert isinstance(choose_ring(asked).chosen, NobodyLeft)
