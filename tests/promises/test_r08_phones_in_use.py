"""R8: a phone still in use for a caller who has no more use of it is not rung for another; soon after it is."""

from datetime import timedelta
from typing import Any

import pytest

from sami.settings.loading import Settings
from tests.support.cast import LEE, LINE, STRANGER, desk, olive, organisation
from tests.support.world import MONDAY_10, World
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores
from webhooks.simulator.client import Answer, ConnectionFailed
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults
from webhooks.simulator.rest.faults import RestFault

ANN, BOB = "+15125552000", "+15125552001"
LATER = "+15125550178"
TOGETHER: dict[str, Any] = {"pattern": "simultaneous_group", "fallback": [desk()]}
TALKS, LONG = Answers(1, "1", 1, talks_s=60), {"greeting": "Thanks for calling. " * 8}
NOTHING_HEARD = CallbackFaults(lose=1.0)
HEARD = pytest.mark.parametrize("callbacks", [CallbackFaults(), NOTHING_HEARD], ids=["all heard", "nothing heard"])


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def business(bot: dict[str, Any] | None = None, *, ann: Behaviour | None = None) -> str:
    phones = (("ann", ANN), ("bob", BOB)) if ann else (("bob", BOB),)
    agents = [{"key": key, "name": key.title(), "phone": phone, "verified": True} for key, phone in phones]
    return organisation(agents=[*agents, olive()], bot=TOGETHER | (bot or {}))


def opened(
    settings: Settings, *bobs: Behaviour, ann: Behaviour | None = None, bot: dict[str, Any] | None = None
) -> World:
    world = World(settings, business(bot, ann=ann))
    world.phone(BOB, *bobs)
    if ann is not None:
        world.phone(ANN, ann)
    return world


def calls_at(world: World, seconds: float, caller: str, script: CallerScript | None = None) -> None:
    world.network.run(MONDAY_10 + timedelta(seconds=seconds))
    world.network.call(caller, LINE, script)


def rang(world: World) -> list[float]:
    """When Bob's phone was rung, in seconds; never while it was in use.

    Where nothing is heard of a leg, its caller is hunted and the phone rung once more, by <Dial>.
    """
    world.network.run()
    world.network.run_for(300)
    assert [double for double in world.network.double_rings if double.phone == BOB] == []
    return [round((ring.started_at - MONDAY_10).total_seconds()) for ring in world.network.rings if ring.phone == BOB]


def told(world: World) -> str:
    return " ".join(heard.text for heard in world.network.heard_by(BOB))


@HEARD
def test_r08_who_hears_that_they_were_too_late_is_rung_a_few_seconds_later(
    settings: Settings, callbacks: CallbackFaults
) -> None:
    with opened(settings, Answers(1, "1", 1.02), Ignores(), ann=TALKS) as world:
        world.network.callbacks = callbacks
        calls_at(world, 0, LEE)
        calls_at(world, 3, STRANGER)
        assert world.agent("bob").misses == 0
        calls_at(world, 9, LATER)
        assert rang(world)[:2] == [0, 9]
        assert "taken by Ann" in told(world)


@HEARD
def test_r08_a_leg_that_twilio_ended_keeps_its_agent_no_longer(settings: Settings, callbacks: CallbackFaults) -> None:
    with opened(settings, Ignores(), ann=TALKS) as world:
        world.network.callbacks = callbacks
        calls_at(world, 0, LEE)
        calls_at(world, 4, STRANGER)
        assert rang(world)[:2] == [0, 4]


def test_r08_a_phone_that_twilio_does_not_let_us_silence_is_not_rung_for_another(settings: Settings) -> None:
    with opened(settings, Ignores(), ann=TALKS) as world:
        calls_at(world, 0, LEE)
        world.network.run(MONDAY_10 + timedelta(seconds=1.5))
        world.network.rest.faults.fail_share(1.0, 0, RestFault.STATUS_503)
        calls_at(world, 15, STRANGER)
        world.network.run(MONDAY_10 + timedelta(seconds=30))
        world.network.rest.faults.fail_share(0.0, 0)
        calls_at(world, 60, LATER)
        assert rang(world) == [0, 60]


class DeafWorld(World):
    """No process of ours hears the waiting caller: each time it dies, and Twilio ends the wait with an error."""

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        if "/wait/" in url:
            raise ConnectionFailed("the process died")
        return super()._post(url, form, headers)


def test_r08_who_hears_of_a_caller_whose_queue_broke_is_not_dialled_meanwhile(settings: Settings) -> None:
    with DeafWorld(settings, business(), forgives=("faults",)) as world:
        world.phone(BOB, Answers(3, "1", 9), Ignores())
        calls_at(world, 0, LEE)
        calls_at(world, 10, STRANGER)
        assert rang(world) == [0, 10]


@HEARD
def test_r08_who_waits_for_a_caller_that_left_is_rung_for_another_only_after(
    settings: Settings, callbacks: CallbackFaults
) -> None:
    with opened(settings, Answers(1, "1", 1), Ignores(), bot=LONG) as world:
        world.network.callbacks = callbacks
        calls_at(world, 0, LEE, CallerScript(hangs_up_after_s=4))
        calls_at(world, 8, STRANGER)
        calls_at(world, 140, LATER)
        assert rang(world)[:2] == [0, 140]
        assert "hung up" in told(world)


@pytest.mark.parametrize("outlives", [True, False], ids=["the screen plays on", "the screen ends"])
@HEARD
def test_r08_who_is_being_asked_for_a_caller_that_left_is_rung_for_another_only_after(
    settings: Settings, callbacks: CallbackFaults, outlives: bool
) -> None:
    with opened(settings, Answers(1, "1", 12), Ignores(), bot={"pattern": "assigned_then_group"}) as world:
        world.network.exchange.screen_outlives_caller = outlives
        world.network.callbacks = callbacks
        calls_at(world, 0, LEE, CallerScript(hangs_up_after_s=9))
        calls_at(world, 11, STRANGER)
        calls_at(world, 60, LATER)
        free_at_once = not outlives and callbacks is not NOTHING_HEARD
        assert len(rang(world)) == (3 if free_at_once else 2)


def test_r08_phones_stop_ringing_when_the_caller_leaves_in_the_greeting(settings: Settings) -> None:
    with opened(settings, Ignores(), ann=Answers(1, "1", 12), bot=LONG) as world:
        calls_at(world, 0, LEE, CallerScript(hangs_up_after_s=4))
        world.network.run()
        assert [ring.seconds for ring in world.network.rings if ring.phone == BOB] == [pytest.approx(4, abs=0.2)]
        assert world.agent("ann").reserved_until is None
