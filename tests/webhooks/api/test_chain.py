"""Where a call to a line would end is what then happens to a call that nobody takes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sami.domain.language.instants import rfc3339
from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, CELL, DESK, LEE, LINE, STRANGER, agent, cell, desk, olive, organisation
from tests.support.world import SPEAKING, World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.behaviours import Ignores

TEAM = [agent("ana"), agent("ben"), agent("cy", calls=False), olive()]
BOTS: dict[str, dict[str, Any]] = {
    "by default": {},
    "with fallbacks": {"fallback": [desk(), cell()]},
    "the owner alone": {"pattern": "assigned_only", "fallback": [desk()]},
    "everybody at once": {"pattern": "simultaneous_group", "ring_timeout": 15},
    "the group joins": {"overlap": 8, "fallback": [desk()]},
    "one phone at a time": {"group_ring": "hunt", "max_wait": 60, "fallback": [desk(), cell()]},
    "always one number": {"behaviour": "number", "number": DESK, "fallback": [cell()]},
    "a short patience": {"max_wait": 45, "ring_timeout": 30, "fallback": [desk(), cell()]},
}


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation(agents=TEAM), beats=SPEAKING) as world:
        yield world


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return key(world, sami)


def key(world: World, sami: Sami) -> Program:
    made = sami("api-key", "create", f"crm-{world.now:%H%M%S%f}", "--scope", "*")
    return Program(world.app, made.stdout.strip())


def chain_of(program: Program, **asked: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    found = program.get(f"/lines/{LINE}/chain?{query}")
    assert found.status_code == 200, found.json
    return found.json


def foretold(chain: Any) -> list[tuple[str, list[str]]]:
    """Each stage that rings, with its phones."""
    return [
        (step["stage"], sorted(one["phone"] for one in step["who"] if one["gate"] is None))
        for step in chain["steps"]
        if step["seconds"] is not None
    ]


def happened(call: Any) -> list[tuple[str, list[str]]]:
    """Rings that began together are one."""
    rings: dict[tuple[str, str], list[str]] = {}
    for attempt in call["attempts"]:
        rings.setdefault((attempt["offered_at"], attempt["stage"]), []).append(attempt["phone"])
    return [(stage, sorted(phones)) for (_, stage), phones in sorted(rings.items())]


def test_the_chain_is_what_a_call_then_does(world: World, sami: Sami) -> None:
    """Of Lee, who called before, and of somebody new, whoever then gets them; with every way to ring."""
    for name, bot in BOTS.items():
        world.start_over(organisation(agents=TEAM, bot=bot))
        program = key(world, sami)
        for phone in (ANA, BEN, DESK, CELL):
            world.phone(phone, Ignores())
        new = chain_of(program)
        lee = program.get(f"/calls/{world.call(LEE).sid}").json
        assert foretold(new) == happened(lee), name
        assert new["owner"] == lee["lead"]["owner"], name
        world.network.run_for(60)
        known = chain_of(program, lead=lee["lead"]["id"])
        again = program.get(f"/calls/{world.call(LEE).sid}").json
        assert foretold(known) == happened(again), name
        assert (known["owner"], known["ends_in"], known["steps"][-1]["stage"]) == (
            new["owner"],
            "voicemail",
            "voicemail",
        )


def test_who_does_not_ring_and_why(world: World, program: Program) -> None:
    world.set_agent("ana", calls_on=False)
    world.call(LEE)
    world.set_agent("ben", active=False)
    owner, group, voicemail = chain_of(program, lead=1)["steps"]
    assert (owner["seconds"], owner["gate"], [one["gate"] for one in owner["who"]]) == (
        None,
        "calls_off",
        ["calls_off"],
    )
    assert (group["seconds"], group["gate"]) == (None, "empty_pool")
    assert {one["agent"]: one["gate"] for one in group["who"]} == {
        "ana": "calls_off",
        "cy": "calls_off",
        "olive": "calls_off",
    }
    assert voicemail["starts_s"] == 0


def test_problems_are_said(world: World, sami: Sami) -> None:
    told = {
        "no fallback": ({}, {"no_fallback"}),
        "unverified": ({"fallback": [desk()]}, {"fallback_unverified"}),
        "one twice": (
            {"fallback": [desk(), cell()], "behaviour": "number", "number": DESK},
            {"fallback_left_out", "fallback_unverified"},
        ),
    }
    for name, (bot, expected) in told.items():
        world.start_over(organisation(agents=TEAM, bot=bot))
        assert {problem["code"] for problem in chain_of(key(world, sami))["problems"]} == expected, name
    world.start_over(organisation(agents=[olive()]))
    assert {problem["code"] for problem in chain_of(key(world, sami))["problems"]} == {"nobody_rings", "no_fallback"}


def test_another_hour_and_another_caller(world: World, sami: Sami) -> None:
    world.start_over(organisation(agents=[agent("ana", hours="Mo-Fr 09:00-18:00"), olive()]))
    program = key(world, sami)
    night = rfc3339(world.now + timedelta(hours=12))
    assert [step["gate"] for step in chain_of(program, at=night)["steps"]][:2] == ["outside_hours", "empty_pool"]
    sid = world.call(STRANGER).sid
    program.post(f"/calls/{sid}/block", {"why": "sells windows"})
    blocked = chain_of(program, lead=program.get(f"/calls/{sid}").json["lead"]["id"])
    assert (blocked["steps"], blocked["ends_in"], blocked["problems"]) == ([], "blocked", [])
    assert program.get("/lines/+15125559999/chain").status_code == 404
    assert program.get(f"/lines/{LINE}/chain?lead=404").json["error"]["code"] == "invalid_fields"
