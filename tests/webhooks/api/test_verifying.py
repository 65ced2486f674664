"""Phones are rung to be verified, and say when they were."""

from collections.abc import Iterator

import pytest

from sami.settings.loading import Settings
from tests.support.cast import ANA, DESK, agent, desk, olive, organisation
from tests.support.world import World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.behaviours import Answers


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    file = organisation(agents=[agent("ana", verified=False), olive()], bot={"fallback": [desk()]})
    with World(settings, file) as world:
        yield world


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())


def test_a_ring_that_is_answered_by_1_verifies_the_phone(world: World, program: Program) -> None:
    world.phone(ANA, Answers())
    assert program.get("/agents/ana").json["verified_at"] is None
    asked = program.post("/organisation/agents/ana/test-ring")
    expected = {"phone": ANA, "name": "Ana Ruiz", "agent": "ana", "state": "waiting", "verified_at": None}
    assert (asked.status_code, asked.json) == (202, expected)
    world.network.run_for(60)
    ana = program.get("/agents/ana").json
    assert (ana["verified"], ana["verified_at"][:10]) == (True, "2026-11-16")


def test_a_fallback_number_is_rung_by_its_bot(world: World, program: Program) -> None:
    world.phone(DESK, Answers())
    path = f"/organisation/bots/main/fallback/{DESK}/test-ring"
    assert program.post(path).json["verified_at"] is None
    world.network.run_for(60)
    again = program.post(path)
    assert (again.json["agent"], again.json["verified_at"][:10]) == (None, "2026-11-16")
    for _ in range(3):
        program.post(path)
    assert program.post(path).json["error"]["code"] == "ring_refused"


def test_only_phones_of_ours_are_rung(program: Program) -> None:
    for path in ("agents/zoe", f"bots/main/fallback/{ANA}", f"bots/other/fallback/{DESK}"):
        assert program.post(f"/organisation/{path}/test-ring").status_code == 404
