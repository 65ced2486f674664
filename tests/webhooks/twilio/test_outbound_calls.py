"""Calls that we place to leads: who answers, what they may choose, and what it comes to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from cadences.beats import BEATS
from sami.settings.loading import Settings
from sami.store import texts, work
from sami.views.call_document import why_document
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import ANA, LEE, LINE, desk, organisation
from tests.support.placing import know_lead, place, placed, timeline
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Behaviour, Busy, DoesNotExist, Ignores, Voicemail
from webhooks.simulator.people import CallerScript
from webhooks.simulator.rest.faults import RestFault

PRESSES_1 = Answers(performs=CallerScript(reactions=[("To talk with a person, press 1", "1")]))
MENU = [
    {"digits": "1", "words": ["buy"], "say": "To buy a home", "then": "transfer"},
    {"digits": "2", "say": "For a call back", "then": "callback"},
]


SPEAKING = (
    *(replace(beat, every_s=2) for beat in BEATS if beat.name in ("legs", "bot_calls")),
    *(beat for beat in BEATS if beat.name == "lost_answers"),
)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation(bot={"pattern": "assigned_only", "fallback": [desk()]}), beats=SPEAKING) as world:
        yield world


def call_lee(world: World, *behaviours: Behaviour, **stated: Any) -> None:
    """Placed, and lived through with the minute after."""
    lead_id = know_lead(world)
    world.phone(LEE, *behaviours)
    place(world, lead_id, **stated)
    live(world)


def live(world: World, seconds: float = 90) -> None:
    world.network.run_for(seconds)


def heard(world: World) -> list[str]:
    return [each.text for each in world.network.heard_by(LEE)]


def why(world: World) -> dict[str, Any]:
    with world.database.read() as db:
        story = explain_call(db, placed(world).call)
    assert story is not None, "a call that was answered has a story"
    return why_document(story)


def tasks(world: World) -> list[str]:
    with world.database.read() as db:
        return [task.title for task in db.execute(work.tasks.select())]


def test_who_answers_hears_who_calls_and_1_is_the_same_transfer_as_theirs_to_us(world: World) -> None:
    world.phone(ANA, Answers(talks_s=20))
    call_lee(world, PRESSES_1)
    assert heard(world)[:2] == ["Hello Lee, this is Harbor Homes.", "To talk with a person, press 1."]
    assert world.network.heard_by(ANA)[0].text.startswith("Lee Ortiz, answered our call.")
    told = why(world)
    assert (told["outcome"], [attempt["ended"] for attempt in told["attempts"]]) == (
        "successful_transfer",
        ["accepted"],
    )
    assert (placed(world).state, placed(world).result) == ("ended", "person")
    assert timeline(world) == ["Called, and they answered"]
    assert tasks(world) == []


def test_a_transfer_that_nobody_takes_is_one_task_as_for_any_call(world: World) -> None:
    call_lee(world, PRESSES_1)
    assert why(world)["outcome"] == "missed_transfer"
    assert tasks(world) == ["Call back Lee Ortiz"]
    (said,) = [text["body"] for text in why(world)["texts"] if text["to"] == LEE]
    assert said == "Sorry, nobody was free just now. We will call you again shortly. Harbor Homes"


def test_silence_is_asked_once_more_and_never_transferred(world: World) -> None:
    call_lee(world, Answers(presses="", talks_s=None))
    assert heard(world).count("To talk with a person, press 1.") == 2
    assert heard(world)[-1] == "Goodbye."
    assert why(world)["outcome"] is None
    assert (tasks(world), [ring.phone for ring in world.network.rings]) == ([], [LEE])
    assert placed(world).result == "person"


def test_9_is_never_again_on_every_channel(world: World) -> None:
    call_lee(world, Answers(performs=CallerScript(reactions=[("press 9", "9")])))
    assert why(world)["outcome"] == "opt_out"
    with world.database.read() as db:
        assert texts.consent_of(db, LEE) == "opted_out"
    place(world, 1, dedupe_key="test/call/2")
    live(world, 5)
    assert (placed(world, "test/call/2").result, placed(world, "test/call/2").why) == ("not_permitted", "opted out")
    assert len(world.network.rings) == 1


def test_the_bots_own_menu_is_asked_and_9_is_added_to_it(settings: Settings) -> None:
    with World(settings, organisation(bot={"menu": MENU}), beats=SPEAKING) as world:
        world.phone(ANA, Answers(talks_s=20))
        call_lee(world, Answers(performs=CallerScript(reactions=[("Not to be called again, press 9", "1")])))
        assert "To buy a home, press 1." in heard(world)
        assert why(world)["outcome"] == "successful_transfer"


def test_whom_we_called_may_ask_for_a_call_back_though_they_are_on_a_call_of_ours(settings: Settings) -> None:
    with World(settings, organisation(bot={"menu": MENU}), beats=SPEAKING) as world:
        call_lee(world, Answers(performs=CallerScript(reactions=[("For a call back", "2")])))
        assert why(world)["outcome"] == "contact_later"
        assert placed(world, f"call_back/{placed(world).call}").agent_first


@pytest.mark.parametrize(
    ("phone", "message", "told", "result"),
    [
        (Voicemail(after_s=3), "Please call us back.", ["Please call us back."], "machine"),
        (Voicemail(after_s=3), "", [], "machine"),
        (Busy(), "", [], "busy"),
        (Ignores(), "", [], "no_answer"),
        (DoesNotExist(), "", [], "failed"),
    ],
    ids=["a machine is told", "a machine is told nothing", "busy", "nobody answers", "no such number"],
)
def test_what_answers_or_does_not_is_the_result(
    world: World, phone: Behaviour, message: str, told: list[str], result: str
) -> None:
    call_lee(world, phone, message=message)
    assert heard(world) == told
    assert (placed(world).state, placed(world).result) == ("ended", result)
    assert len(timeline(world)) == 1
    assert [ring.phone for ring in world.network.rings] == [LEE]
    with world.database.read() as db:
        assert texts.is_bad_number(db, LEE) is (result == "failed")


def test_at_night_where_they_live_the_call_waits_for_the_morning(settings: Settings) -> None:
    before_8 = datetime(2026, 11, 17, 13, 58, tzinfo=UTC)  # In Chicago, where the area code is at home.
    with World(settings, organisation(), at=before_8, beats=SPEAKING) as world:
        call_lee(world, Answers(presses=""))
        live(world, 60)
        assert [ring.started_at - before_8 for ring in world.network.rings] == [timedelta(minutes=2)]


def test_whoever_is_on_the_phone_with_us_is_not_called_meanwhile(world: World) -> None:
    lead_id = know_lead(world)
    world.network.call(LEE, LINE, CallerScript(hangs_up_after_s=30))
    world.network.run_for(5)
    place(world, lead_id)
    live(world, 20)
    assert LEE not in {ring.phone for ring in world.network.rings}
    live(world, 60)
    assert [ring.phone for ring in world.network.rings].count(LEE) == 1


def test_one_call_at_a_time_to_one_phone(world: World) -> None:
    lead_id = know_lead(world)
    place(world, lead_id)
    place(world, lead_id, dedupe_key="test/call/2")
    live(world)
    assert len(world.network.rings) == 1
    place(world, lead_id, dedupe_key="test/call/3")
    live(world)
    assert len(world.network.rings) == 2


def test_caps_hold_for_each_second_and_for_each_phone_within_a_day(world: World) -> None:
    leads = [know_lead(world, phone=f"+1512555{number:04d}", name="") for number in range(300, 304)]
    for number, lead_id in enumerate(leads):
        place(world, lead_id, phone=f"+1512555{300 + number:04d}", dedupe_key=f"test/{number}")
    live(world, 12)
    starts = [ring.started_at for ring in world.network.rings]
    assert len(starts) == 4
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(starts))
    live(world, 60)
    for number in range(6):
        place(world, leads[0], phone="+15125550300", dedupe_key=f"again/{number}")
        live(world, 45)
    assert len([ring for ring in world.network.rings if ring.phone == "+15125550300"]) == 5
    assert placed(world, "again/4").why == "was called 5 times within a day"


@pytest.mark.parametrize("fault", [RestFault.LOSE_ANSWER, RestFault.STATUS_500_AFTER, RestFault.SLOW_BEFORE])
def test_r06_a_call_whose_answer_was_lost_is_looked_up_and_never_placed_twice(world: World, fault: RestFault) -> None:
    world.network.rest.faults.fail_next(fault, 1, "/Calls.json")
    call_lee(world, Answers(presses="", talks_s=None))
    assert len(world.network.rings) == fault.is_obeyed
    if fault.is_obeyed:
        assert (placed(world).state, placed(world).result) == ("ended", "person")
        return
    assert placed(world).state == "placed", "perhaps it rings somewhere"
    with world.database.begin() as db:
        db.execute(work.outbox_items.update().values(sent_at=world.now - timedelta(minutes=15)))
    live(world, 60)
    assert (placed(world).state, placed(world).result, world.network.rings) == ("ended", "unknown", [])


def test_r13_a_busy_account_is_asked_again_and_a_refusal_never(world: World) -> None:
    world.network.rest.creates_per_s = 0
    lead_id = know_lead(world)
    place(world, lead_id)
    live(world, 30)
    assert (world.network.rings, placed(world).state) == ([], "waiting")
    world.network.rest.creates_per_s = None
    live(world, 120)
    assert len(world.network.rings) == 1
    place(world, lead_id, line="+15125550199", dedupe_key="test/call/2")
    live(world, 60)
    assert (placed(world, "test/call/2").state, placed(world, "test/call/2").result) == ("ended", "failed")
    assert len(world.network.rings) == 1


def test_the_story_of_a_call_of_ours_says_that_it_was(world: World) -> None:
    call_lee(world, Voicemail(after_s=3))
    with world.database.read() as db:
        found = explain_call(db, placed(world).call)
    assert found is not None
    telling = describe_call(found)
    assert telling.headline.startswith("We called Lee Ortiz (+15125550142) from Website (+15125550100) on Mon Nov 16")
    assert telling.result == "No outcome. Called, and an answering machine picked up."
    assert why(world)["placed"] == {
        "agent_first": False,
        "result": "machine",
        "why": "",
        "of_call": None,
        "asked_by": None,
    }


def test_s03_nobody_is_called_abroad(world: World) -> None:
    lead_id = know_lead(world, phone="+525512345678")
    place(world, lead_id, phone="+525512345678")
    live(world, 5)
    assert (placed(world).result, world.network.rings) == ("not_permitted", [])
    assert placed(world).why == "is in MX, a country this organisation does not dial"
