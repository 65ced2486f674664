"""R25: no fault of ours counts against an agent: broken documents, late cancels, lost races, wrong keys.

Late cancels and lost races of one <Dial>: `tests.calls.test_late_results`. Legs never made: `test_group_ring`.
"""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from sami.calls import inbound, late_results, legs
from sami.calls.dialled import DialReport
from sami.calls.inbound import Arrival
from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.settings.loading import Settings
from sami.store import calls as store
from sami.store import people
from sami.store.work import outbox_items
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.broken_world import BrokenWorld
from tests.support.calling import SETTINGS, Calling, at
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, agent, cell, desk, olive, organisation
from tests.support.edges import Edges, Kind
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores
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
    return "\n".join(line for moment in describe_call(story).moments for line in moment.details)


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


@pytest.mark.parametrize("kind", [Kind.EXIT_BEFORE, Kind.EXIT_AFTER])
@pytest.mark.parametrize("nth", [1, 2, 4, 8])
@pytest.mark.parametrize("pattern", ["simultaneous_group", "assigned_then_group"], ids=["a leg of ours", "a dial"])
@pytest.mark.parametrize("endpoint", ["legs.picked_up", "legs.pressed"])
def test_r25_a_process_that_is_killed_while_a_phone_is_answered_makes_no_miss(
    settings: Settings, endpoint: str, pattern: str, nth: int, kind: Kind
) -> None:
    """It left nothing behind, on disk or in a row. Two misses stood before: a third would pause."""
    file = organisation(agents=[agent("ana"), olive()], bot=GROUP | {"pattern": pattern})
    edges = Edges(kind, nth)
    with BrokenWorld(settings, file, endpoint=endpoint, edges=edges) as world:
        world.set_agent("ana", misses=2)
        world.phone(ANA, Answers(2, "1"))
        world.phone(DESK, Answers(2, "", talks_s=20))
        world.call()
        world.settle()
        assert edges.hit is not None, "so many edges are crossed"
        ana = world.agent("ana")
        assert ana.misses in (0, 2), "0 where Twilio asked once more and they took the call"
        assert ana.resting_why != "paused"


@pytest.mark.parametrize("pattern", ["simultaneous_group", "assigned_then_group"], ids=["a leg of ours", "a dial"])
@pytest.mark.parametrize("pressed", ["", "1"], ids=["silence", "a key"])
def test_r25_a_request_that_never_reached_us_is_nobodys_miss(settings: Settings, pressed: str, pattern: str) -> None:
    file = organisation(agents=[agent("ana"), olive()], bot=GROUP | {"pattern": pattern})
    with BrokenWorld(settings, file, endpoint="", unanswered=["legs.pressed"]) as world:
        world.set_agent("ana", misses=2)
        world.phone(ANA, Answers(2, pressed))
        call = world.call()
        assert words(world, call)[ANA] == "unknown"
        ana = world.agent("ana")
        assert (ana.misses, ana.resting_why) == (2, None)
        assert "picked up, and was gone without a key that reached us" in told(world, call)


@pytest.mark.parametrize("before", [0, 1, 2], ids=["the first", "the second", "the one that pauses"])
def test_r25_a_miss_counted_before_the_fault_was_known_is_taken_back(database: Database, before: int) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    with database.begin() as db:
        people.change_agent(db, key="ana", values={"misses": before})
    rang_out_as_far_as_we_knew(calling)
    assert ana_of(database).misses == (before + 1) % 3
    for again in (32, 33):
        press_unheard(calling, "1", 10, now=again)
    assert calling.attempts()[0].ended == "error"
    ana = ana_of(database)
    assert (ana.misses, ana.resting_why == "paused") == (before, False)


@pytest.mark.parametrize("has_left", [False, True], ids=["the text waits", "the text has left"])
def test_r25_a_pause_that_is_taken_back_is_not_said_or_taken_back_too(database: Database, has_left: bool) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    with database.begin() as db:
        people.change_agent(db, key="ana", values={"misses": 2})
    rang_out_as_far_as_we_knew(calling)
    [(said, _)] = told_of_switches(database)
    assert "so you are paused" in said
    if has_left:
        with database.begin() as db:
            db.execute(outbox_items.update().values(state="sent"))
    for again in (32, 33):
        press_unheard(calling, "1", 10, now=again)
    over = "We paused you by a fault of ours. The pause is over: calls may ring you now."
    assert told_of_switches(database) == ([(said, "sent"), (over, "pending")] if has_left else [(said, "cancelled")])


def test_r25_a_miss_that_turns_out_to_have_been_a_talk_is_taken_back(database: Database) -> None:
    """The result of the <Dial> lay in another machine's spool."""
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP | {"pattern": "assigned_only"}))
    rang_out_as_far_as_we_knew(calling)
    calling.pick_up("Ana", 8)
    with database.begin() as db:
        store.update_attempt(db, calling.attempts()[0].id, accepted_at=at(10))
        talked = DialReport(bridged=True, status="completed", caller_left=True, talk_s=20)
        late_results.keep_dial_end(db, calling.sid, calling.attempts()[0].turn, talked, SETTINGS, at(35))
    assert calling.attempts()[0].ended == "accepted"
    assert ana_of(database).misses == 0


@pytest.mark.parametrize("pattern", ["simultaneous_group", "assigned_only"], ids=["a leg of ours", "a dial"])
def test_r25_a_phone_that_we_let_go_early_because_we_broke_has_missed_nothing(database: Database, pattern: str) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP | {"pattern": pattern}))
    rang_out_as_far_as_we_knew(calling, taken_over_at=4)
    calling.leg_ends("Ana", "no-answer", 6)
    assert calling.attempts()[0].ended == "lost_race"
    assert ana_of(database).misses == 0


def test_r25_a_phone_that_was_let_go_because_the_caller_chose_a_message_has_missed_nothing(database: Database) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    calling.arrive()
    legs_were_asked_for(database)
    calling.ringing("Ana", 2)
    with database.begin() as db:
        inbound.want_message(db, calling.sid, calling.attempts()[0].turn, SETTINGS, at(6))
    calling.queue_ends("leave", 7)
    assert calling.attempts()[0].ended == "caller_left"
    assert ana_of(database).misses == 0


@pytest.mark.parametrize(("key", "ended"), [("1", "error"), ("2", "declined"), ("3", "snoozed")])
def test_r25_what_was_pressed_into_a_fault_still_counts_where_it_can(database: Database, key: str, ended: str) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    calling.arrive()
    calling.pick_up("Ana", 5)
    press_unheard(calling, key, 7)
    calling.leg_ends("Ana", "completed", 8)
    assert calling.attempts()[0].ended == ended


# --- An hour off that was asked for.


@pytest.mark.parametrize("before", ["a miss", "a lost race", "nothing certain"])
def test_r25_an_hour_off_pressed_into_a_fault_is_given_when_the_offer_is_over_too(
    database: Database, before: str
) -> None:
    people_ = [agent("ana"), agent("ben"), olive()]
    calling = Calling(database, organisation(agents=people_, bot=GROUP | {"pattern": "assigned_then_group"}))
    if before == "a miss":
        rang_out_as_far_as_we_knew(calling)
    else:
        calling.arrive()
        calling.pick_up("Ana", 5)
        calling.dial_ends("completed", 9)
    if before == "a lost race":
        with database.begin() as db:
            store.update_attempt(db, calling.attempts()[0].id, ended="lost_race", taken=True)
    for again in (600, 601):
        press_unheard(calling, "3", 7, now=again)
    ana = ana_of(database)
    assert (ana.calls_on, ana.calls_off_until, ana.misses) == (False, at(7 + 3600), 0)
    assert calling.attempts()[0].ended == "snoozed"
    assert [said for said, _ in told_of_switches(database) if "OFF until" in said] == [
        "You passed on a call and are OFF until 11:00 AM. Text ON to end it sooner."
    ]


def test_r25_an_hour_off_that_is_over_when_we_read_of_it_is_not_begun_anew(database: Database) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), olive()], bot=GROUP))
    rang_out_as_far_as_we_knew(calling)
    press_unheard(calling, "3", 7, now=3700)
    ana = ana_of(database)
    assert (ana.calls_on, ana.calls_off_until, calling.attempts()[0].ended) == (True, None, "declined")


def test_an_hour_off_is_given_also_where_another_took_the_call_a_moment_before(database: Database) -> None:
    calling = Calling(database, organisation(agents=[agent("ana"), agent("ben"), olive()], bot=GROUP))
    calling.arrive()
    for name in ("Ana", "Ben"):
        calling.pick_up(name, 5)
    calling.press("Ben", "1", 8)
    calling.press("Ana", "3", 9)
    assert ana_of(database).calls_off_until == at(9 + 3600)


def rang_out_as_far_as_we_knew(calling: Calling, taken_over_at: int = 30) -> None:
    """Nothing more was heard of Ana's phone when the safety net took the caller over."""
    calling.arrive()
    legs_were_asked_for(calling.database)
    calling.ringing("Ana", 2)
    with calling.database.begin() as db:
        arrival = Arrival(calling.sid, E164(LINE), E164(LEE))
        late_results.keep_arrival(
            db, arrival, SETTINGS, at(taken_over_at), at(60)
        )  # Read from the spool a little later.


def legs_were_asked_for(database: Database) -> None:
    with database.begin() as db:
        db.execute(outbox_items.update().where(outbox_items.c.kind == "ring_leg").values(state="sent"))


def press_unheard(calling: Calling, key: str, after: int, *, now: int | None = None) -> None:
    with calling.database.begin() as db:
        ref = calling.attempts()[0].ref
        late_results.keep_unheard_key(db, ref, "CA1-Ana", key, SETTINGS, at(after), at(after if now is None else now))


def ana_of(database: Database) -> Any:
    with database.read() as db:
        (ana,) = people.find_agents(db, keys=("ana",))
    return ana


def told_of_switches(database: Database) -> list[tuple[str, str]]:
    with database.read() as db:
        texts = db.execute(outbox_items.select().where(outbox_items.c.kind == "text").order_by(outbox_items.c.id))
        to_ana = [(text.payload["body"], text.state) for text in texts if text.payload["to"] == ANA]
    return [(body, state) for body, state in to_ana if "pause" in body or "OFF" in body]
