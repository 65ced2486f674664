"""R1 on the calls that we place: whom we called hears us or an apology, and a called leg that fails hangs up."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cadences.sweeps.call_backs import place_call_backs
from cadences.sweeps.calls import free_unheard_talkers
from sami.domain.delivery.kinds import Kind as Item
from sami.outbox.delivery import CALL_KINDS, deliver
from sami.settings.loading import Settings
from tests.support.broken_world import BrokenWorld
from tests.support.cast import ANA, DESK, LEE, desk, organisation
from tests.support.counts import NIGHTLY, count
from tests.support.edges import HTTP, Edges, Kind
from tests.support.placing import know_lead, place, placed
from webhooks.simulator.behaviours import Answers, says_nothing
from webhooks.simulator.people import CallerScript

pytestmark = pytest.mark.timeout(count(120, 1_800))
ENDPOINTS = ("placed.answered", "placed.status", "legs.called")
ASKED = "voice.menu"
"""The first route after which they have asked for a person."""
SORRY = "Sorry, something went wrong on our side. Goodbye."
ASKS_FOR_A_PERSON = Answers(performs=CallerScript(reactions=[("To talk with a person, press 1", "1")]))
FILE = organisation(bot={"pattern": "assigned_only", "fallback": [desk()]})


@dataclass(frozen=True)
class Lived:
    """A call of ours, played to its end with one fault on the way."""

    world: BrokenWorld
    heard: list[str]
    rang: list[str]
    reached: bool


Live = Callable[..., Lived]


@pytest.fixture
def live(sqlite_template: Path, tmp_path: Path) -> Live:
    played: list[Lived] = []

    def lived(endpoint: str, edges: Edges, file: str = FILE) -> Lived:
        folder = tmp_path / str(len(played))
        folder.mkdir()
        shutil.copyfile(sqlite_template, folder / "sami.db")
        world = BrokenWorld(_settings(folder), file, endpoint=endpoint, edges=edges)
        with world:
            world.phone(DESK, says_nothing(talks_s=20))
            (_call_back if endpoint == "legs.called" else _bot_call)(world)
            world.settle()
        joined = [talk for leg in world.network.legs.values() for talk in leg.story.joined]
        heard = [each.text for each in world.network.heard_by(LEE)]
        played.append(Lived(world, heard, [ring.phone for ring in world.network.rings], bool(joined)))
        return played[-1]

    return lived


def _bot_call(world: BrokenWorld) -> None:
    world.phone(ANA, Answers(talks_s=20))
    world.phone(LEE, ASKS_FOR_A_PERSON)
    place(world, know_lead(world))
    deliver(world.worker.delivery, world.now, kinds=(Item.BOT_CALL,))
    world.network.run()


def _call_back(world: BrokenWorld) -> None:
    world.phone(ANA, Answers(talks_s=60))
    world.phone(LEE, Answers(presses="", talks_s=None))
    place(world, know_lead(world), agent_first=True)
    place_call_backs(world.database, world.edge.call_settings, world.now)
    deliver(world.worker.delivery, world.now, kinds=CALL_KINDS)
    world.network.run()
    free_unheard_talkers(world.database, world.worker.delivery.carrier, world.now)
    world.network.run_for(60)
    place_call_backs(world.database, world.edge.call_settings, world.now)


@pytest.mark.parametrize("kind", [Kind.EXCEPTION, Kind.EXIT_BEFORE], ids=["our answer", "the fallback URL's"])
def test_r01_whom_a_spanish_line_calls_hears_the_apology_in_spanish(live: Live, kind: Kind) -> None:
    spanish = organisation(bot={"pattern": "assigned_only", "fallback": [desk()], "language": "es-MX"})
    lived = live("placed.answered", Edges(kind, 2), spanish)
    assert lived.heard == ["Perdone, algo falló por nuestra parte. Adiós."]
    assert lived.rang == [LEE]


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, ASKED])
def test_r01_a_fault_on_a_call_of_ours_is_an_apology_or_a_hang_up_and_the_call_comes_to_an_end(
    endpoint: str, live: Live
) -> None:
    for kind, nth in faults_for(endpoint, live):
        lived = live(endpoint, Edges(kind, nth))
        expect_never_silent(endpoint, lived)


def faults_for(endpoint: str, live: Live) -> list[tuple[Kind, int]]:
    unharmed = live(endpoint, Edges())
    assert unharmed.world.was_asked, "the scenario does not ask its route"
    assert HTTP not in unharmed.world.edges.crossed, "a voice handler asks nothing outside"
    assert unharmed.reached
    kinds, crossed = list(Kind), range(1, len(unharmed.world.edges.crossed) + 1)
    if NIGHTLY:
        return [(kind, nth) for nth in crossed for kind in kinds]
    return [(kinds[(nth // 4) % len(kinds)], nth) for nth in crossed[:: 4 if len(crossed) > 20 else 2]]


def expect_never_silent(endpoint: str, lived: Lived) -> None:
    world = lived.world
    told = f"{world.edges.kind} at {world.edges.hit}, number {world.edges.fail_at}: {lived.heard} {world.statuses}"
    for asked, status in world.statuses:
        is_status = asked.endswith(".status")
        died = world.edges.kind.is_exit and asked == endpoint and status == 502
        assert status in ((204, 502, 503) if is_status else (200,)) or died, told
    assert lived.reached or (lived.heard == [SORRY] and endpoint != ASKED), told
    assert world.left_in_spool == [], told
    if lived.heard == [SORRY]:
        assert lived.rang == [LEE], "nobody asked for anybody"
    if endpoint == "legs.called":
        assert lived.rang == [ANA, LEE], told
        assert (placed(world).state, world.tasks) == ("ended", []), told
        assert world.agent("ana").reserved_until is None, told


def _settings(folder: Path) -> Settings:
    stated: dict[str, Any] = {
        "server": {"public_url": "https://calls.example.com", "data_dir": folder},
        "database": {"url": f"sqlite:///{folder / 'sami.db'}"},
        "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
    }
    return Settings.model_validate(stated)
