"""A call is called back by the agent who asks, and its caller blocked, by program."""

import json
from collections.abc import Iterator

import pytest

from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, LEE, organisation
from tests.support.world import World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.behaviours import Answers, Ignores


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation()) as world:
        yield world


@pytest.fixture
def anas(world: World, sami: Sami) -> Program:
    """A key of Ana's own."""
    made = sami("api-key", "create", "ana", "--scope", "*", "--agent", "ana", "--json")
    assert json.loads(made.stdout)["agent"] == "ana"
    assert "ana of ana: *" in sami("api-key", "list").stdout
    return Program(world.app, json.loads(made.stdout)["key"])


@pytest.fixture
def nobodys(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())


@pytest.fixture
def missed(world: World) -> str:
    """Lee called, and nobody took it."""
    world.phone(ANA, Ignores())
    world.phone(BEN, Ignores())
    return world.call(LEE).sid


def test_whose_key_it_is_is_rung_and_then_the_lead(world: World, anas: Program, missed: str) -> None:
    world.phone(ANA, Answers())
    world.phone(LEE, Answers())
    asked = anas.post(f"/calls/{missed}/call-back", {}, headers={"Idempotency-Key": "one"})
    assert (asked.status_code, asked.json) == (202, {"agent": "ana", "lead": 1, "phone": LEE, "of_call": missed})
    again = anas.post(f"/calls/{missed}/call-back", {}, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.json) == (202, asked.json)
    world.network.run_for(120)
    placed, called = anas.get("/calls?lead=1").json
    assert (called["sid"], placed["outcome"]) == (missed, "successful_transfer")
    assert {"asked_by": "ana", "of_call": missed, "result": "person"}.items() <= placed["placed"].items()
    assert [task["state"] for task in anas.get("/tasks?lead=1").json] == ["done"], "the missed call was called back"


def test_a_key_that_is_nobodys_names_who_is_rung(world: World, nobodys: Program, missed: str) -> None:
    refused = nobodys.post(f"/calls/{missed}/call-back", {}).json["error"]
    assert (refused["code"], refused["fields"][0]["field"]) == ("invalid_fields", "agent")
    assert nobodys.post(f"/calls/{missed}/call-back", {"agent": "zoe"}).json["error"]["code"] == "agent_unknown"
    assert nobodys.post(f"/calls/{missed}/call-back", {"agent": "ben"}).json["agent"] == "ben"


def test_nobody_is_called_who_may_not_be(world: World, anas: Program, missed: str) -> None:
    assert anas.post("/calls/CA404/call-back", {}).status_code == 404
    assert anas.post(f"/calls/{missed}/call-back", {}).status_code == 202
    twice = anas.post(f"/calls/{missed}/call-back", {})
    assert (twice.status_code, twice.json["error"]["code"]) == (409, "not_called_back")
    assert "is under way already" in twice.json["error"]["message"]
    anas.post(f"/calls/{missed}/outcome", {"outcome": "opt_out"})
    world.network.run_for(600)
    opted_out = anas.post(f"/calls/{missed}/call-back", {})
    assert "asked not to be contacted" in opted_out.json["error"]["message"]


def test_a_withheld_caller_is_neither_called_back_nor_blocked(world: World, anas: Program) -> None:
    sid = world.call("anonymous").sid
    for asked in ("call-back", "block"):
        refused = anas.post(f"/calls/{sid}/{asked}", {})
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "caller_withheld"), asked


def test_who_called_is_blocked_and_hears_so_the_next_time(world: World, anas: Program, missed: str) -> None:
    said = {"why": "sells windows", "until": "2027-01-31"}
    blocked = anas.post(f"/calls/{missed}/block", said)
    assert blocked.json == {"phone": LEE, "prefix": None, "withheld_on": None, **said}
    assert anas.get("/blocked").json == [blocked.json]
    assert anas.get(f"/calls/{world.call(LEE).sid}").json["blocked"] is not None
    assert anas.post(f"/calls/{missed}/block", {"until": "soon"}).json["error"]["code"] == "invalid_fields"
    assert anas.post("/calls/CA404/block", {}).status_code == 404


def test_a_key_belongs_to_somebody_who_is_there(sami: Sami, world: World) -> None:
    refused = sami("api-key", "create", "zoe", "--scope", "*", "--agent", "zoe")
    assert refused.exit_code == 1
    assert "active agent" in str(refused.exception)
