"""The board says who is calling and who can take a call, and nothing new while nothing changes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sami.domain.language.instants import rfc3339
from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, LEE, agent, olive, organisation
from tests.support.world import MONDAY_10, SPEAKING, World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.behaviours import Answers, Ignores

FILE = organisation(agents=[agent("ana"), agent("ben", hours="Mo-Fr 09:00-18:00"), agent("cy", calls=False), olive()])


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, FILE, beats=SPEAKING) as world:
        yield world


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return reader(world, sami)


def reader(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "organisation:read").stdout.strip())


def lights(board: Any) -> dict[str, tuple[str, str | None]]:
    return {one["key"]: (one["light"], one["reason"]) for one in board["agents"]}


def test_a_call_is_followed_from_ring_to_talk_to_end(world: World, program: Program) -> None:
    world.phone(ANA, Answers(after_s=8))
    world.phone(BEN, Ignores())
    quiet = program.get("/board").json
    assert quiet["calls"] == []
    assert lights(quiet) == {
        **dict.fromkeys(("ana", "ben"), ("green", None)),
        **dict.fromkeys(("cy", "olive"), ("red", "calls_off")),
    }
    call = world.network.call(LEE, "+15125550100")
    world.network.run_for(4)
    ringing = program.get("/board").json
    [shown] = ringing["calls"]
    assert (shown["sid"], shown["stage"], shown["owner"], shown["caller"]) == (call.sid, "ringing", "ana", LEE)
    assert shown["waits_since"] == shown["arrived_at"]
    assert [(phone["agent"], phone["doing"], phone["stage"]) for phone in shown["phones"]] == [
        ("ana", "ringing", "owner")
    ]
    assert lights(ringing)["ana"] == ("amber", "reserved")
    world.network.run_for(16)
    talking = program.get("/board").json
    [shown] = talking["calls"]
    assert (shown["stage"], shown["waits_since"], shown["phones"][0]["doing"]) == ("talking", None, "talking")
    assert shown["since"] == shown["phones"][0]["since"] > shown["arrived_at"]
    ana = next(one for one in talking["agents"] if one["key"] == "ana")
    assert (ana["light"], ana["reason"], ana["since"]) == ("amber", "on_call", shown["since"])
    world.network.run()
    over = program.get("/board").json
    assert over["calls"] == []
    assert lights(over)["ana"] == ("amber", "resting")


def test_while_nothing_changes_nothing_is_sent(world: World, program: Program) -> None:
    first = program.get("/board")
    tag = first.headers["ETag"]
    world.network.run_for(30)
    again = program.hear("/board", {"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    world.set_agent("ana", calls_on=False, calls_off_until=world.now + timedelta(hours=2))
    changed = program.hear("/board", {"If-None-Match": tag})
    assert changed.status_code == 200
    [ana] = [one for one in changed.json["agents"] if one["key"] == "ana"]
    assert (ana["light"], ana["reason"]) == ("red", "calls_off")
    assert ana["until"] == rfc3339(world.now + timedelta(hours=2))


def test_outside_hours_is_no_fault_of_anybody(world: World, sami: Sami) -> None:
    world.start_over(FILE, at=MONDAY_10 + timedelta(hours=10))
    [ben] = [one for one in reader(world, sami).get("/board").json["agents"] if one["key"] == "ben"]
    assert (ben["light"], ben["reason"]) == ("grey", "outside_hours")
    assert ben["until"] == ben["next_opening"] == "2026-11-17T15:00:00.000Z"
