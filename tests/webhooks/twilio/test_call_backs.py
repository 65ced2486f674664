"""Calls back: the next free agent is rung first, calls the lead by pressing 1, and the caller keeps their place."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cadences.beats import BEATS
from cadences.sweeps.call_backs import place_call_backs
from sami.domain.delivery.kinds import Kind
from sami.outbox.delivery import deliver
from sami.settings.loading import Settings
from sami.store import leads, texts, work
from sami.store.calls import attempts
from sami.store.outbound_calls import placed_calls
from sami.views.call_document import why_document
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, OLIVE, agent, olive, organisation
from tests.support.placing import know_lead, placed, timeline
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Behaviour, Busy, Ignores, Voicemail, passes, says_nothing
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults

SPEAKING = tuple(replace(beat, every_s=2) for beat in BEATS if beat.name in ("legs", "call_backs"))
SWEEPING = (
    *SPEAKING,
    *(beat for beat in BEATS if beat.name in ("ended_calls", "silent_calls", "unheard_talks", "left_queues")),
)
BOT = {"menu": [{"digits": "4", "say": "For a call back", "then": "callback"}]}
PEOPLE = [agent("ana"), agent("ben"), olive()]
CHOOSES = CallerScript(reactions=[("For a call back", "4")])
PICKS_UP = Answers(after_s=4, presses="", talks_s=None)
TAKES = Answers(talks_s=10)


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation(bot=BOT, agents=PEOPLE), beats=SPEAKING) as world:
        know_lead(world)
        yield world


def ask(world: World, lee: Behaviour = PICKS_UP, **phones: Behaviour) -> SimulatedCall:
    """Lee calls, chooses the call back and hangs up; the next minutes are lived through."""
    world.phone(LEE, lee)
    for name, behaviour in phones.items():
        world.phone({"ana": ANA, "ben": BEN}[name], behaviour)
    call = world.network.call(LEE, LINE, CHOOSES)
    world.network.run_for(90)
    deliver(world.worker.delivery, world.now, kinds=(Kind.TEXT,))
    return call


def rang(world: World) -> list[str]:
    names = {ANA: "ana", BEN: "ben", LEE: "lee", OLIVE: "olive"}
    return [names[ring.phone] for ring in world.network.rings]


def ask_and_wait_for_ana(world: World) -> None:
    """Nobody is free, and when Ana is, it was asked for too long ago to be answered at any hour."""
    for key in ("ana", "ben"):
        world.set_agent(key, calls_on=False)
    ask(world)
    with world.database.begin() as db:
        db.execute(placed_calls.update().values(asked_at=world.now - timedelta(minutes=6)))
    world.set_agent("ana", calls_on=True)
    world.network.run_for(10)


def back(world: World, call: SimulatedCall | None = None) -> Any:
    return placed(world, f"call_back/{(call or world.network.calls[0]).sid}")


def story(world: World) -> dict[str, Any]:
    with world.database.read() as db:
        told = explain_call(db, back(world).call)
    assert told is not None, "a call back that was offered has a story"
    return why_document(told)


def told(world: World, sid: str) -> list[str]:
    with world.database.read() as db:
        found = explain_call(db, sid)
    assert found is not None, "every call is known"
    telling = describe_call(found)
    return [telling.headline, telling.result, *(f"{m.said} {' '.join(m.details)}".strip() for m in telling.moments)]


def tasks(world: World) -> list[tuple[str, str, str | None]]:
    with world.database.read() as db:
        return [(task.title, task.state, task.done_by) for task in db.execute(work.tasks.select())]


def said_to(world: World, phone: str) -> list[str]:
    return [heard.text for heard in world.network.heard_by(phone)]


def test_the_owner_is_rung_first_and_1_calls_the_lead_as_our_line(world: World) -> None:
    call = ask(world, ana=TAKES)
    assert said_to(world, ANA)[0] == (
        "Lee Ortiz asked for a call back. Press 1 to call now, 2 to pass, 3 to pass and be off for an hour."
    )
    assert rang(world) == ["ana", "lee"]
    to_lead = next(leg for leg in world.network.legs.values() if leg.to == LEE)
    assert (to_lead.from_, to_lead.direction) == (LINE, "outbound-dial")
    told = story(world)
    assert (told["outcome"], [attempt["ended"] for attempt in told["attempts"]]) == (
        "successful_transfer",
        ["accepted"],
    )
    assert (back(world).state, back(world).result, tasks(world)) == ("ended", "person", [])
    assert world.why(call)["outcome"] == "contact_later"
    assert "Ana Ruiz called Lee Ortiz (+15125550142) back on Website, and they talked." in [
        text.body for text in world.network.texts_to(OLIVE)
    ]
    assert timeline(world) == ["Called, and they answered"]
    assert world.agent("ana").reserved_until is None


def test_nobody_is_rung_while_the_caller_is_still_on_their_own_call(world: World) -> None:
    ask(world, ana=TAKES)
    theirs = world.network.calls[0]
    assert theirs.ended_at is not None
    assert all(ring.started_at >= theirs.ended_at for ring in world.network.rings)


def test_who_passes_is_not_asked_again_and_the_next_is_at_once(world: World) -> None:
    ask(world, ana=passes(), ben=TAKES)
    assert rang(world) == ["ana", "ben", "lee"]
    assert [attempt["ended"] for attempt in story(world)["attempts"]] == ["declined", "accepted"]


def test_a_voicemail_never_calls_the_lead_even_where_no_key_is_asked_for(settings: Settings) -> None:
    people = [agent("ana", screening=False), agent("ben"), olive()]
    with World(settings, organisation(bot=BOT, agents=people), beats=SPEAKING) as world:
        know_lead(world)
        ask(world, ana=Voicemail(after_s=2, speaks_s=20), ben=Ignores())
        assert rang(world) == ["ana", "ben"]
        assert [attempt["ended"] for attempt in story(world)["attempts"]] == ["no_key", "rang_out"]
        assert back(world).state == "waiting"


@pytest.mark.parametrize(("lee", "result"), [(Ignores(), "no_answer"), (Busy(), "busy")])
def test_a_lead_who_does_not_answer_is_one_task_and_the_agent_hears_so(
    world: World, lee: Behaviour, result: str
) -> None:
    with world.database.begin() as db:
        leads.update_lead(db, 1, sla_state="active", sla_due_at=world.now + timedelta(hours=1))
    ask(world, lee, ana=Answers(talks_s=None))
    with world.database.read() as db:
        lead = leads.find_lead(db, 1)
    assert lead is not None
    assert lead.sla_state == "met", "a call back that an agent placed is a response"
    assert said_to(world, ANA)[-1] == "They did not answer. Goodbye."
    assert (back(world).state, back(world).result) == ("ended", result)
    assert tasks(world) == [("Call back Lee Ortiz", "open", None)]
    assert any("did not answer our call back" in text.body for text in world.network.texts_to(ANA))
    assert story(world)["outcome"] is None
    assert world.agent("ana").reserved_until is None
    assert not world.agent("ana").bridged


def test_after_a_missed_transfer_there_is_one_task_and_the_call_back_does_it(settings: Settings) -> None:
    with World(settings, organisation(agents=PEOPLE), beats=SPEAKING) as world:
        know_lead(world)
        world.phone(LEE, PICKS_UP)
        world.phone(ANA, Ignores(), TAKES)
        world.phone(BEN, Ignores())
        call = world.network.call(LEE, LINE, CallerScript(reactions=[("next free person", "1")]))
        world.network.run_for(75)
        assert tasks(world) == [("Call back Lee Ortiz", "open", None)]
        world.network.run_for(60)
        assert world.why(call)["outcome"] == "missed_transfer"
        assert story(world)["outcome"] == "successful_transfer"
        assert tasks(world) == [("Call back Lee Ortiz", "done", "call back")]


def test_who_asked_first_is_called_first(world: World) -> None:
    world.set_agent("ana", calls_on=False)
    world.set_agent("ben", calls_on=False)
    other = "+15125550143"
    for phone in (LEE, other):
        world.phone(phone, PICKS_UP)
        world.network.call(phone, LINE, CHOOSES)
        world.network.run_for(30)
    assert rang(world) == []
    world.phone(ANA, Answers(talks_s=10))
    world.set_agent("ana", calls_on=True)
    world.network.run_for(90)
    assert [ring.phone for ring in world.network.rings] == [ANA, LEE, ANA, other]


def test_r12_an_opt_out_meanwhile_wins_also_after_the_key(world: World) -> None:
    world.phone(ANA, Answers(press_after_s=8))
    world.network.call(LEE, LINE, CHOOSES)
    world.network.run_for(20)
    assert rang(world) == ["ana"]
    with world.database.begin() as db:
        texts.record_consent(db, phone=LEE, state="opted_out", source="test", at=world.now)
    world.network.run_for(60)
    assert rang(world) == ["ana"]
    assert (back(world).state, back(world).result, back(world).why) == ("cancelled", "not_permitted", "opted out")
    assert tasks(world) == []


def test_outside_permitted_hours_it_waits_and_after_a_day_it_is_one_task(settings: Settings) -> None:
    night = datetime(2026, 11, 17, 3, 0, tzinfo=UTC)  # 21:00 in Chicago.
    with World(settings, organisation(bot=BOT, agents=PEOPLE), beats=SPEAKING, at=night) as world:
        know_lead(world)
        ask_and_wait_for_ana(world)
        assert rang(world) == []
        assert back(world).due_at == datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
        with world.database.begin() as db:
            yesterday = {"created_at": world.now - timedelta(days=1), "due_at": world.now}
            db.execute(placed_calls.update().values(**yesterday))
        world.network.run_for(10)
        assert (back(world).state, back(world).result) == ("ended", "nobody_free")
        assert tasks(world) == [("Call back Lee Ortiz", "open", None)]


def test_r12_hours_that_the_admin_set_are_those_of_call_backs_too(settings: Settings) -> None:
    at_18 = datetime(2026, 11, 17, 0, 0, tzinfo=UTC)  # In Chicago.
    hours = settings.cadences.model_copy(update={"quiet_from": "18:00", "quiet_to": "09:00"})
    with World(
        settings.model_copy(update={"cadences": hours}), organisation(bot=BOT, agents=PEOPLE), beats=SPEAKING, at=at_18
    ) as world:
        know_lead(world)
        ask_and_wait_for_ana(world)
        assert rang(world) == []
        assert back(world).due_at == datetime(2026, 11, 17, 15, 0, tzinfo=UTC)


def test_a_lead_who_talked_with_somebody_meanwhile_is_not_called_back(world: World) -> None:
    for key in ("ana", "ben"):
        world.set_agent(key, calls_on=False)
    ask(world)
    with world.database.begin() as db:
        leads.update_lead(db, 1, last_spoke_at=world.now)
    world.set_agent("ana", calls_on=True)
    world.network.run_for(10)
    assert (rang(world), back(world).state) == ([], "cancelled")


def test_where_all_news_of_the_legs_is_lost_the_call_back_still_comes_to_its_end(settings: Settings) -> None:
    with World(settings, organisation(bot=BOT, agents=PEOPLE), beats=SWEEPING) as world:
        know_lead(world)
        world.phone(LEE, PICKS_UP)
        world.phone(ANA, TAKES)
        world.network.call(LEE, LINE, CHOOSES)
        world.network.run_for(10)
        world.network.callbacks = CallbackFaults(lose=1.0)
        world.network.run_for(180)
        assert story(world)["outcome"] == "successful_transfer"
        assert world.agent("ana").reserved_until is None


def test_r08_an_agent_is_offered_one_thing_at_a_time(world: World) -> None:
    """A call that comes in while Ana hears of the call back rings Ben."""
    world.phone(ANA, Answers(press_after_s=8, talks_s=10))
    world.phone(BEN, Answers(talks_s=10))
    world.network.call(LEE, LINE, CHOOSES)
    world.network.run_for(18)
    assert rang(world) == ["ana"]
    world.network.call("+15125550143", LINE, CallerScript(reactions=[("press 0", "0")]))
    world.network.run_for(60)
    assert rang(world)[:3] in (["ana", "lee", "ben"], ["ana", "ben", "lee"])
    assert rang(world).count("ana") == 1


def test_the_story_of_a_call_back_and_of_the_call_it_was_asked_for_in(world: World) -> None:
    call = ask(world, Ignores(), ana=Answers(talks_s=None))
    sid = back(world).call
    assert f"They asked to be called back: called, and nobody answered ({sid})." in told(world, call.sid)
    headline, result, choice, *_ = told(world, sid)
    assert headline.startswith("An agent was to call back Lee Ortiz (+15125550142) from Website (+15125550100) on Mon")
    assert headline.endswith(f", as asked in call {call.sid}.")
    assert result == "No outcome. Called, and nobody answered."
    assert choice.endswith("Ana Ruiz rang 4 s, pressed 1 and called them, and nobody answered.")


def test_a_lead_who_calls_in_while_the_agent_makes_up_their_mind_is_not_called_on_top_of_it(world: World) -> None:
    world.phone(ANA, Answers(press_after_s=8))
    world.network.call(LEE, LINE, CHOOSES)
    world.network.run_for(17)
    assert rang(world) == ["ana"]
    world.network.call(LEE, LINE, CallerScript(hangs_up_after_s=20))
    world.network.run_for(15)
    assert "lee" not in rang(world)


def test_a_bot_of_one_number_has_that_number_call_back_after_a_key(settings: Settings) -> None:
    bot = BOT | {"behaviour": "number", "number": DESK}
    with World(settings, organisation(bot=bot, agents=PEOPLE), beats=SPEAKING) as world:
        know_lead(world)
        world.phone(LEE, PICKS_UP)
        wrong_first = Answers(performs=CallerScript(keys=[(2, "3"), (5, "1")], talks_s=20))
        world.phone(DESK, says_nothing(talks_s=20), wrong_first)
        world.network.call(LEE, LINE, CHOOSES)
        world.network.run_for(60)
        assert said_to(world, DESK) == ["Lee Ortiz asked for a call back. Press 1 to call now, 2 to pass."]
        assert [ring.phone for ring in world.network.rings] == [DESK], "who presses nothing is not rung again at once"
        with world.database.begin() as db:
            db.execute(attempts.update().values(offered_at=world.now - timedelta(minutes=10)))
        world.network.run_for(60)
        assert [ring.phone for ring in world.network.rings] == [DESK, DESK, LEE]
        assert said_to(world, DESK)[2] == "Press 1 to call now, 2 to pass.", "nobody's hour off is to be had there"
        assert story(world)["outcome"] == "successful_transfer"


def test_r07_workers_at_once_ring_one_agent_for_one_call_back(world: World) -> None:
    for key in ("ana", "ben"):
        world.set_agent(key, calls_on=False)
    ask(world)
    for key in ("ana", "ben"):
        world.set_agent(key, calls_on=True)
    together, now = threading.Barrier(4), world.now

    def work(_: int) -> None:
        together.wait()
        place_call_backs(world.database, world.edge.call_settings, now)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert len(story(world)["attempts"]) == 1
    assert sorted(world.agent(key).reserved_until is not None for key in ("ana", "ben")) == [False, True]
