"""R25: no fault of ours counts against an agent: broken documents, late cancels, lost races, wrong keys.

Late cancels and lost races of one <Dial>: `tests.core.test_late_results`. Legs that were never made: `test_group_ring`.
"""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from sami.calls import late_results, legs
from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store import people
from sami.views.call_story_rows import explain_call
from sami.views.call_words import tell
from tests.broken_world import BrokenWorld
from tests.cast import ANA, BEN, DESK, agent, cell, desk, olive, organisation
from tests.core.calling import SETTINGS, Calling, at
from tests.edges import Edges, Kind
from tests.world import World
from webhooks.simulator.behaviours import (
    Answers,
    Behaviour,
    Ignores,
)
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript

GROUP: dict[str, Any] = {"pattern": "simultaneous_group", "fallback": [desk()]}


@pytest.fixture
def world(settings: Settings) -> Any:
    with World(settings, organisation(agents=[agent("ana"), olive()], bot=GROUP)) as world:
        yield world


def keys(*pressed: tuple[float, str], hangs_up_after_s: float | None = None) -> Behaviour:
    script = CallerScript(keys=list(pressed), talks_s=20, hangs_up_after_s=hangs_up_after_s)
    return Answers(2, performs=script)


def words(world: World, call: SimulatedCall) -> dict[str, str]:
    return {attempt["phone"]: attempt["ended"] for attempt in world.why(call)["attempts"]}


def told(world: World, call: SimulatedCall) -> str:
    with world.database.read() as db:
        story = explain_call(db, call.sid)
    assert story is not None
    return "\n".join(line for moment in tell(story).moments for line in moment.details)


@pytest.mark.parametrize("wrong", ["4", "9", "#", "*", "0"])
def test_r25_a_wrong_key_is_asked_again_and_the_right_one_takes_the_call(world: World, wrong: str) -> None:
    world.phone(ANA, keys((2, wrong), (5, "1")))
    call = world.call()
    assert [talk.phone for talk in call.joined] == [ANA]
    heard = [heard.text for heard in world.network.heard_by(ANA)]
    assert sum("Press 1 to take it" in text for text in heard) == 2


def test_r25_wrong_keys_may_come_one_after_the_other(world: World) -> None:
    world.phone(ANA, keys((2, "4"), (4, "4"), (6, "#"), (8, "2")))
    call = world.call()
    assert words(world, call)[ANA] == "declined"
    assert world.agent("ana").misses == 0


@pytest.mark.parametrize("round_", range(3))
def test_r25_a_wrong_key_alone_is_no_miss_and_three_pause_nobody(world: World, round_: int) -> None:
    for _ in range(round_ + 1):
        world.phone(ANA, keys((2, "9")))
        call = world.call()
        assert words(world, call)[ANA] == "declined"
        world.network.run_for(120)
    ana = world.agent("ana")
    assert (ana.misses, ana.resting_why) == (0, None)
    assert "pressed 9, which means nothing, and no other key after it" in told(world, call)


def test_r25_nothing_at_all_is_a_miss_as_before(world: World) -> None:
    world.phone(ANA, Answers(2, ""))
    call = world.call()
    assert words(world, call)[ANA] == "no_key"
    assert world.agent("ana").misses == 1


def test_r25_the_asking_ends_however_many_wrong_keys_come(world: World) -> None:
    world.phone(ANA, keys(*((2 + 2 * number, "7") for number in range(60))))
    call = world.call()
    ring = next(ring for ring in world.network.rings if ring.phone == ANA)
    rung = next(ring for ring in world.network.rings if ring.phone == DESK)
    assert (rung.started_at - ring.started_at).total_seconds() < 35
    assert words(world, call)[ANA] == "declined"


def test_r25_a_fallback_phone_that_confirms_is_asked_again_too(settings: Settings) -> None:
    people = [agent("ana", calls=False), olive()]
    with World(settings, organisation(agents=people, bot={"fallback": [cell()]})) as world:
        world.phone(cell()["phone"], keys((2, "5"), (5, "1")))
        call = world.call()
        assert [talk.phone for talk in call.joined] == [cell()["phone"]]


# --- What we got wrong.


@pytest.mark.parametrize("pattern", ["simultaneous_group", "assigned_then_group"], ids=["a leg of ours", "a dial"])
def test_r25_who_picks_up_and_hears_nothing_of_ours_has_missed_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """The document that asks for a key could not be made: the phone was hung up on."""

    def fail(*_: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(legs, "answer_leg", fail)
    people = [agent("ana"), agent("ben"), olive()]
    with World(settings, organisation(agents=people, bot=GROUP | {"pattern": pattern})) as world:
        for phone in (ANA, BEN):
            world.phone(phone, Answers(2, "1"))
        world.phone(DESK, Ignores())
        for _ in range(3):
            call = world.call()
            world.network.run_for(90)
        ended = words(world, call)
        assert {ended[phone] for phone in (ANA, BEN) if phone in ended} == {"error"}
        for key in ("ana", "ben"):
            agent_ = world.agent(key)
            assert (agent_.misses, agent_.resting_why) == (0, None)


@pytest.mark.parametrize("kind", [Kind.EXCEPTION, Kind.GARBAGE])
@pytest.mark.parametrize("nth", [2, 4, 8])
@pytest.mark.parametrize("pattern", ["simultaneous_group", "assigned_then_group"], ids=["a leg of ours", "a dial"])
def test_r25_a_key_whose_request_fails_in_us_is_no_miss(settings: Settings, pattern: str, nth: int, kind: Kind) -> None:
    """Two misses stood before: a third would pause."""
    file = organisation(agents=[agent("ana"), olive()], bot=GROUP | {"pattern": pattern})
    edges = Edges(kind, nth)
    with BrokenWorld(settings, file, endpoint="legs.pressed", edges=edges) as world:
        world.set_agent("ana", misses=2)
        world.phone(ANA, Answers(2, "1"))
        world.phone(DESK, Answers(2, "", talks_s=20))
        call = world.call()
        world.settle()
        assert edges.hit is not None, "so many edges are crossed"
        assert words(world, call)[ANA] == "error"
        ana = world.agent("ana")
        assert (ana.misses, ana.resting_why) == (2, None)
        assert world.left_in_spool == []


@pytest.mark.parametrize("before", [0, 1, 2], ids=["the first", "the second", "the one that pauses"])
def test_r25_a_miss_counted_before_the_fault_was_known_is_taken_back(database: Database, before: int) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    with database.begin() as db:
        people.change_agent(db, key="ana", values={"misses": before})
    calling.arrive()
    calling.ringing("Ana", 2)
    calling.pick_up("Ana", 5)
    calling.leg_ends("Ana", "completed", 9)
    assert calling.attempts()[0].ended == "no_key"
    for again in (12, 13):
        with database.begin() as db:
            ref = calling.attempts()[0].ref
            late_results.keep_unheard_key(db, ref, "CA1-Ana", "1", SETTINGS, at(again))
    assert calling.attempts()[0].ended == "error"
    with database.read() as db:
        (ana,) = people.find_agents(db, keys=("ana",))
    assert (ana.misses, ana.resting_why) == (before, None)


@pytest.mark.parametrize(("key", "ended"), [("1", "error"), ("2", "declined"), ("3", "snoozed")])
def test_r25_what_was_pressed_into_a_fault_still_counts_where_it_can(database: Database, key: str, ended: str) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    calling.arrive()
    calling.pick_up("Ana", 5)
    with database.begin() as db:
        late_results.keep_unheard_key(db, calling.attempts()[0].ref, "CA1-Ana", key, SETTINGS, at(7))
    calling.leg_ends("Ana", "completed", 8)
    assert calling.attempts()[0].ended == ended
