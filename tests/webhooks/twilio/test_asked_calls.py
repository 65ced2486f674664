"""CALL L12 by text: the agent who asks is rung, and the lead when they press 1, whatever their own switches say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cadences.beats import BEATS
from sami.calls import late_results
from sami.calls.transaction import CallSettings
from sami.settings.loading import Settings
from sami.store import calls as store
from sami.store import leads, texts, work
from sami.store.outbound_calls import placed_calls
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import ANA, BEN, LEE, LINE, OLIVE, STAFF_LINE, agent, olive, organisation
from tests.support.placing import know_lead, timeline
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores, Voicemail, passes
from webhooks.simulator.people import CallerScript

SPEAKING = tuple(replace(beat, every_s=2) for beat in BEATS if beat.name in ("legs", "texts", "call_backs"))
PEOPLE = [agent("ana", hours="Sa 09:00-10:00"), agent("ben"), olive()]
PICKS_UP = Answers(after_s=4, presses="", talks_s=None)
TAKES = Answers(talks_s=10)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    """Ana has switched her calls off, and is outside her hours."""
    with World(settings, organisation(agents=PEOPLE), beats=SPEAKING) as world:
        know_lead(world)
        world.set_agent("ana", calls_on=False)
        yield world


def asks(world: World, lee: Behaviour = PICKS_UP, ana: Behaviour = TAKES, sender: str = ANA, seconds: int = 90) -> str:
    """The reply; the time after is lived through."""
    world.phone(LEE, lee)
    world.phone(sender, ana)
    world.network.text(sender, STAFF_LINE, "Call L1")
    world.network.run_for(seconds)
    return next(text.body for text in world.network.texts_to(sender))


def rang(world: World) -> list[str]:
    names = {ANA: "ana", BEN: "ben", LEE: "lee", OLIVE: "olive"}
    return [names[ring.phone] for ring in world.network.rings]


def asked(world: World) -> Any:
    with world.database.read() as db:
        return db.execute(placed_calls.select()).one()


def lead(world: World) -> Any:
    with world.database.read() as db:
        return leads.find_lead(db, 1)


def start_clock(world: World) -> None:
    with world.database.begin() as db:
        leads.update_lead(db, 1, sla_state="active", sla_due_at=world.now + timedelta(hours=1))


def tasks(world: World) -> list[str]:
    with world.database.read() as db:
        return [task.title for task in db.execute(work.tasks.select())]


def test_the_agent_is_rung_first_and_1_calls_the_lead_as_our_line(world: World) -> None:
    start_clock(world)
    assert asks(world) == "Your phone rings now. Press 1 to call Lee Ortiz."
    assert rang(world) == ["ana", "lee"]
    assert next(heard.text for heard in world.network.heard_by(ANA)) == (
        "Your call to Lee Ortiz. Press 1 to call now, 2 to pass."
    )
    to_lead = next(leg for leg in world.network.legs.values() if leg.to == LEE)
    assert (to_lead.from_, to_lead.direction) == (LINE, "outbound-dial")
    assert (asked(world).state, asked(world).result, tasks(world)) == ("ended", "person", [])
    assert timeline(world) == ["Called, and they answered"]
    assert lead(world).sla_state == "met"
    assert not any("Call back C" in text.body for text in world.network.texts_to(ANA)), "they asked for it themselves"
    assert "Ana Ruiz called Lee Ortiz (+15125550142) on Website, and they talked." in [
        text.body for text in world.network.texts_to(OLIVE)
    ]
    assert world.agent("ana").reserved_until is None


def test_it_leaves_from_the_line_on_which_the_lead_last_called(world: World) -> None:
    world.network.call(LEE, STAFF_LINE, CallerScript(hangs_up_after_s=2))
    world.network.run_for(30)
    asks(world)
    assert next(leg for leg in world.network.legs.values() if leg.to == LEE).from_ == STAFF_LINE


def test_a_lead_who_does_not_answer_was_tried_and_nobody_is_given_a_task_for_it(world: World) -> None:
    start_clock(world)
    asks(world, Ignores(), Answers(talks_s=None))
    assert [heard.text for heard in world.network.heard_by(ANA)][-1] == "They did not answer. Goodbye."
    assert (asked(world).result, tasks(world)) == ("no_answer", [])
    assert lead(world).sla_state == "met", "the lead was rung"
    assert attempts(world)[0] == "Ana Ruiz called, and nobody answered"


def attempts(world: World) -> list[str]:
    with world.database.read() as db:
        return [row.text for row in db.execute(leads.timeline.select())]


@pytest.mark.parametrize("ana", [passes(), Ignores(), Voicemail(after_s=2, speaks_s=5)])
def test_without_a_1_nobody_is_called_nobody_else_is_rung_and_it_is_no_miss(world: World, ana: Behaviour) -> None:
    start_clock(world)
    asks(world, ana=ana, seconds=120)
    assert rang(world) == ["ana"]
    assert (asked(world).state, asked(world).why) == (
        "cancelled",
        "Ana Ruiz was rung first, and did not press 1",
    )
    assert timeline(world) == ["Not called: Ana Ruiz was rung first, and did not press 1"]
    assert (world.agent("ana").misses, world.agent("ana").reserved_until, tasks(world)) == (0, None, [])
    assert lead(world).sla_state == "active", "the lead was not rung"


def test_who_asked_for_the_call_has_no_hour_off_to_take_and_hears_of_none(world: World) -> None:
    """3 is a wrong key here, asked again; 2 declines."""
    asks(world, ana=Answers(2, performs=CallerScript(keys=[(2, "3"), (5, "2")], talks_s=20)), seconds=120)
    assert [heard.text for heard in world.network.heard_by(ANA)] == [
        "Your call to Lee Ortiz. Press 1 to call now, 2 to pass.",
        "Press 1 to call now, 2 to pass.",
    ]
    assert (rang(world), asked(world).state, ended(world)) == (["ana"], "cancelled", ["declined"])
    assert world.agent("ana").calls_off_until is None


def test_a_3_and_then_1_calls_the_lead(world: World) -> None:
    asks(world, ana=Answers(2, performs=CallerScript(keys=[(2, "3"), (5, "1")], talks_s=20)), seconds=120)
    assert rang(world) == ["ana", "lee"]


def test_r25_a_3_into_a_fault_of_ours_is_a_wrong_key_too(world: World) -> None:
    asks(world, ana=Answers(2, "", talks_s=1), seconds=60)
    with world.database.begin() as db:
        ref = store.attempts_of(db, store.find_call(db, asked(world).call).id)[0].ref
        late_results.keep_unheard_key(db, ref, "CA1", "3", CallSettings(), world.now, world.now)
    assert "snoozed" not in ended(world)
    assert world.agent("ana").calls_off_until is None


def ended(world: World) -> list[str]:
    with world.database.read() as db:
        return [attempt.ended for attempt in store.attempts_of(db, store.find_call(db, asked(world).call).id)]


def test_r12_an_opt_out_after_the_text_wins_also_after_the_key(world: World) -> None:
    asks(world, ana=Answers(press_after_s=8), seconds=4)
    with world.database.begin() as db:
        texts.record_consent(db, phone=LEE, state="opted_out", source="test", at=world.now)
    world.network.run_for(60)
    assert rang(world) == ["ana"]
    assert (asked(world).state, asked(world).why) == ("cancelled", "opted out")


def test_a_manager_may_call_anybodys_lead(world: World) -> None:
    assert asks(world, sender=OLIVE) == "Your phone rings now. Press 1 to call Lee Ortiz."
    assert rang(world) == ["olive", "lee"]


def test_the_story_says_who_asked_for_the_call(world: World) -> None:
    asks(world)
    with world.database.read() as db:
        story = explain_call(db, asked(world).call)
    assert story is not None
    telling = describe_call(story)
    assert telling.headline.startswith("Ana Ruiz asked to call Lee Ortiz (+15125550142) from Website")
    assert telling.result.startswith("Successful transfer: Ana Ruiz called them after")
    assert "Who asked for the call: Ana Ruiz, for up to 20 s." in [moment.said for moment in telling.moments]
