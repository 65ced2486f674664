"""A group rings: the first acceptance wins, and what a voicemail or a silent pick-up does costs nobody anything."""

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from cadences.beats import BEATS
from sami.settings.loading import Settings
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import DESK, LEE, LINE, desk, olive, organisation
from tests.support.counts import count
from tests.support.world import MONDAY_10, World
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores, Manual, Voicemail, passes, says_nothing
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults
from webhooks.simulator.rest.faults import RestFault
from webhooks.simulator.story import Ring

pytestmark = pytest.mark.timeout(count(120, 7_200))
TEN = tuple(f"+1512555{number:04}" for number in range(2000, 2010))
MUSIC = "https://static.example.com/hold.mp3"
GREETED_S = 12.0  # By then the caller has heard the greeting and waits.
TO_DESK: dict[str, Any] = {"pattern": "simultaneous_group", "fallback": [desk()]}
RANG_FULLY_S = pytest.approx(20.0, abs=1.0)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


Open = Callable[..., World]


@pytest.fixture
def of(settings: Settings) -> Iterator[Open]:
    """`of(3)`: a world of three agents whose phones are the first of TEN. `beats` as in `World`, none by default."""
    worlds: list[World] = []

    def opened(people: int, bot: dict[str, Any] | None = None, **how: Any) -> World:
        world = World(settings, group_of(people, bot), **({"beats": ()} | how))
        worlds.append(world)
        world.phone(DESK, Ignores())
        return world

    yield opened
    for world in worlds:
        world.__exit__(None, None, None)


def group_of(people: int, bot: dict[str, Any] | None = None) -> str:
    agents = [
        {"key": f"a{number}", "name": f"Agent {number}", "phone": phone, "verified": True}
        for number, phone in enumerate(TEN[:people])
    ]
    return organisation(agents=[*agents, olive()], bot=TO_DESK | (bot or {}))


def rings_of(world: World, phone: str) -> list[Ring]:
    return [ring for ring in world.network.rings if ring.phone == phone]


def the_ring(world: World, phone: str) -> Ring:
    (ring,) = rings_of(world, phone)
    return ring


def words(world: World, call: SimulatedCall) -> dict[str, str]:
    """How each phone's attempt ended."""
    return {attempt["phone"]: attempt["ended"] for attempt in world.why(call)["attempts"]}


# --- Who wins.


def test_one_person_among_nine_instant_voicemails_always_wins(settings: Settings) -> None:
    chance = random.Random(1)
    with World(settings, group_of(10), beats=()) as world:
        for _ in range(count(50, 1_000)):
            world.start_over(group_of(10))
            person, after_s, press_after_s = chance.choice(TEN), chance.uniform(0, 19.5), chance.uniform(0.2, 10)
            machines = {phone: chance.choice((0.0, chance.uniform(0, 3))) for phone in TEN if phone != person}
            world.phone(person, Answers(after_s, "1", press_after_s, talks_s=10))
            for phone, at_s in machines.items():
                world.phone(phone, Voicemail(at_s, speaks_s=chance.uniform(5, 60)))
            call = world.call()
            assert [talk.phone for talk in call.joined] == [person]
            assert world.why(call)["outcome"] == "successful_transfer"
            for phone, at_s in machines.items():
                rang_s = min(at_s, after_s + press_after_s)
                assert the_ring(world, phone).seconds == pytest.approx(rang_s, abs=0.1)
            assert the_ring(world, person).seconds == pytest.approx(after_s, abs=0.01)


def test_a_pick_up_without_a_key_never_stops_clears_or_restarts_other_phones(of: Open) -> None:
    world = of(6)
    ignoring = TEN[:2]
    quiet: dict[str, Behaviour] = {
        TEN[2]: Voicemail(0.0, speaks_s=20),
        TEN[3]: says_nothing(2.0, talks_s=None),
        TEN[4]: Answers(6.0, "", hangs_up_after_s=1.0),
        TEN[5]: passes(9.0),
    }
    for phone, behaviour in quiet.items():
        world.phone(phone, behaviour)
    call = world.call()
    began_at = min(ring.started_at for ring in world.network.rings)
    for phone in ignoring:
        ring = the_ring(world, phone)
        assert (ring.started_at, ring.seconds, ring.result) == (began_at, RANG_FULLY_S, "no-answer")
    assert all(len(rings_of(world, phone)) == 1 for phone in quiet)
    assert words(world, call) == {
        **dict.fromkeys(ignoring, "rang_out"),
        TEN[2]: "no_key",
        TEN[3]: "no_key",
        TEN[4]: "unknown",
        TEN[5]: "declined",
        DESK: "rang_out",
    }


def test_acceptance_ends_the_other_legs_and_whoever_just_picks_up_hears_who_was_faster(of: Open) -> None:
    world = of(3)
    world.phone(TEN[0], Answers(4, "1", 2, talks_s=20))
    world.phone(TEN[1], Answers(5, "1", 1.02, talks_s=None))
    call = world.call()
    assert [talk.phone for talk in call.joined] == [TEN[0]]
    assert the_ring(world, TEN[2]).seconds == pytest.approx(6, abs=0.2)
    assert words(world, call) == {TEN[0]: "accepted", TEN[1]: "lost_race", TEN[2]: "lost_race"}
    assert "taken" in " ".join(heard.text for heard in world.network.heard_by(TEN[1])).lower()


# --- How legs start.


def idle_one_after_the_other(world: World, people: int) -> list[str]:
    """Longest idle first: the last of TEN is the one who has waited longest."""
    for number in range(people):
        world.set_agent(f"a{number}", idle_since=MONDAY_10 - timedelta(hours=number + 1))
    return list(reversed(TEN[:people]))


def test_ten_legs_start_at_once_and_longest_idle_first(of: Open) -> None:
    world = of(10)
    order = idle_one_after_the_other(world, 10)
    world.call()
    rung = [ring for ring in world.network.rings if ring.phone != DESK]
    assert [ring.phone for ring in rung] == order
    assert len({ring.started_at for ring in rung}) == 1


def test_where_the_account_allows_a_call_a_second_legs_start_at_that_rate(of: Open) -> None:
    world = of(10)
    world.set_calls(legs_per_second=1.0)
    order = idle_one_after_the_other(world, 10)
    world.call()
    rung = [ring for ring in world.network.rings if ring.phone != DESK]
    assert [ring.phone for ring in rung] == order
    gaps = [(b.started_at - a.started_at).total_seconds() for a, b in itertools.pairwise(rung)]
    assert gaps == [pytest.approx(1.0, abs=0.1)] * 9


def test_a_leg_that_has_not_started_never_does_once_somebody_accepted(of: Open) -> None:
    world = of(10)
    world.set_calls(legs_per_second=1.0)
    order = idle_one_after_the_other(world, 10)
    world.phone(order[0], Answers(1, "1", 1, talks_s=30))
    call = world.call()
    rung = [ring.phone for ring in world.network.rings]
    assert rung == order[: len(rung)]
    assert len(rung) <= 4
    assert {words(world, call)[phone] for phone in order[1:]} == {"lost_race"}


def test_no_more_phones_than_max_ring_ring_at_once(of: Open) -> None:
    world = of(8, {"max_ring": 3})
    order = idle_one_after_the_other(world, 8)
    call = world.call()
    assert [ring.phone for ring in world.network.rings] == [*order[:3], DESK]
    skipped = {skip["agent"]: skip["gate"] for skip in world.why(call)["skipped"]}
    assert {skipped[f"a{number}"] for number in range(5)} == {"max_ring"}


# --- Where legs cannot be made.


def hunted(world: World, people: int) -> None:
    """Each phone rang alone and fully by <Dial>, longest idle first; then the fallback."""
    order = idle_one_after_the_other(world, people)
    call = world.call()
    rung = [ring for ring in world.network.rings if ring.result != "canceled"]
    assert [ring.phone for ring in rung] == [*order, DESK]
    assert all(b.started_at >= (a.ended_at or b.started_at) for a, b in itertools.pairwise(rung))
    assert {ring.call_sid for ring in rung} == {call.sid}
    attempts = [attempt for attempt in world.why(call)["attempts"] if attempt["phone"] in order]
    assert [attempt["phone"] for attempt in attempts if attempt["ended"] == "rang_out"] == order


def test_without_rest_the_group_is_hunted_longest_idle_first(of: Open) -> None:
    world = of(3)
    world.set_calls(legs_possible=False)
    hunted(world, 3)


NEVER_MADE = [fault for fault in RestFault if not fault.is_obeyed]
CREATE = "POST /2010-04-01/Accounts/AC"


@pytest.mark.parametrize("fault", NEVER_MADE)
def test_legs_that_are_refused_are_hunted_within_four_seconds_of_waiting(of: Open, fault: RestFault) -> None:
    world = of(3)
    world.network.rest.faults.fail_share(1.0, 0, fault)
    hunted(world, 3)
    first = world.network.rings[0]
    assert first.started_at - MONDAY_10 <= timedelta(seconds=GREETED_S + 4 + 2)


@pytest.mark.parametrize("fault", NEVER_MADE)
def test_of_a_leg_that_told_nothing_of_itself_only_what_is_known_is_said(of: Open, fault: RestFault) -> None:
    world = of(2)
    world.network.rest.faults.fail_next(fault, 2, CREATE)
    world.phone(TEN[0], Answers(4, "1", 2, talks_s=20))
    world.phone(TEN[1], Answers(4, "1", 2, talks_s=20))
    call = world.call()
    lost = [attempt for attempt in world.why(call)["attempts"] if attempt["ended"] in ("unknown", "error")]
    assert {attempt["phone"] for attempt in lost} == set(TEN[:2]) or fault is RestFault.STATUS_429
    with world.database.read() as db:
        story = explain_call(db, call.sid)
    assert story is not None
    said = "\n".join(line for moment in describe_call(story).moments for line in moment.details)
    assert "rang up to" not in said
    assert [world.agent(key).misses for key in ("a0", "a1")] == [0, 0]


def test_legs_whose_answer_was_lost_ring_and_may_take_the_call(of: Open) -> None:
    world = of(2)
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER, 2, "POST /2010-04-01/Accounts")
    world.phone(TEN[0], Answers(4, "1", 2, talks_s=20))
    call = world.call()
    assert [talk.phone for talk in call.joined] == [TEN[0]]
    assert words(world, call) == {TEN[0]: "accepted", TEN[1]: "lost_race"}
    assert the_ring(world, TEN[1]).result == "canceled", "its own news has named the leg, so that it could be ended"


def test_legs_that_start_late_at_twilio_still_ring_to_the_end_of_the_round(of: Open) -> None:
    world = of(3)
    world.network.rest.starts_per_s = 0.5
    world.phone(TEN[2], Answers(2, "1", 2, talks_s=20))
    call = world.call()
    assert [talk.phone for talk in call.joined] == [TEN[2]]


# --- One phone is rung once.


def is_busy_for(world: World, seconds: float) -> None:
    """The machine gets round to creating legs only so much later."""
    world.nudge = lambda: world.network.timeline.after(seconds, world._send_legs)  # type: ignore[method-assign]


def asked_for_legs(world: World) -> list[datetime]:
    return [asked.at for asked in world.network.rest.requests if asked.path.endswith("/Calls.json")]


@pytest.mark.parametrize("late_s", [3.0, 4.5, 5.0, 5.2, 6.3, 8.0])
def test_once_the_hunt_begins_no_leg_of_the_old_round_is_created(of: Open, late_s: float) -> None:
    world = of(3)
    is_busy_for(world, late_s)
    call = world.call()
    hunted_at = next((ring.started_at for ring in world.network.rings if ring.call_sid == call.sid), None)
    assert world.network.double_rings == []
    assert hunted_at is None or all(at < hunted_at for at in asked_for_legs(world))


def test_a_leg_that_twilio_took_and_never_rang_is_ended_before_its_phone_is_dialled(of: Open) -> None:
    world = of(2)
    world.network.rest.starts_per_s = 1
    world.network.rest._next_start_at = MONDAY_10 + timedelta(seconds=7)
    hunted(world, 2)
    assert world.network.double_rings == []


@pytest.mark.parametrize("starts_at_s", [5.0, 7.0, 13.0, 30.0])
def test_a_leg_that_comes_to_light_after_the_hunt_began_is_ended_at_its_first_sign(
    of: Open, starts_at_s: float
) -> None:
    """Its answer was lost, so nobody knows its name before it says it."""
    world = of(2)
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER, 2, CREATE)
    world.network.rest.starts_per_s = 100
    world.network.rest._next_start_at = MONDAY_10 + timedelta(seconds=starts_at_s)
    for phone in TEN[:2]:
        world.phone(phone, Answers(5, "1", 2, talks_s=20))
    call = world.call()
    late = [ring for ring in world.network.rings if ring.call_sid != call.sid]
    assert [ring.seconds < 1 for ring in late] == [True] * len(late)
    assert [talk.phone for talk in call.joined] in ([TEN[0]], [TEN[1]])


def test_who_picks_up_a_leg_of_a_round_that_is_over_hears_that_the_call_is_taken(of: Open) -> None:
    world = of(1)
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER, 1, CREATE)
    world.network.rest.starts_per_s = 1
    world.network.rest._next_start_at = MONDAY_10 + timedelta(seconds=9)
    world.phone(TEN[0], Ignores(), Answers(0.0, "1", 0.5))
    world.network.callbacks = CallbackFaults(lose=1.0)
    world.call()
    assert "taken" in " ".join(heard.text for heard in world.network.heard_by(TEN[0])).lower()


@pytest.mark.parametrize("late_s", [0.5, 2.0, 3.5])
def test_no_leg_is_created_once_the_caller_has_left(of: Open, late_s: float) -> None:
    world = of(3)
    is_busy_for(world, late_s)
    world.network.call(LEE, LINE, CallerScript(hangs_up_after_s=late_s - 0.2))
    world.network.run()
    world.network.run_for(60)
    assert (world.network.rings, asked_for_legs(world)) == ([], [])
    assert [world.agent(f"a{number}").reserved_until for number in range(3)] == [None] * 3


# --- The waiting caller.


@pytest.mark.parametrize("leaves_after_s", [14.0, None])
def test_the_queue_is_deleted_when_the_call_is_over(settings: Settings, leaves_after_s: float | None) -> None:
    with World(settings, group_of(2)) as world:
        world.phone(TEN[0], Answers(4, "1", 14, talks_s=20))
        call = world.network.call(LEE, LINE, CallerScript(hangs_up_after_s=leaves_after_s))
        world.network.run()
        assert call.sid in world.network.exchange.queues
        world.network.run_for(600)
        assert world.network.exchange.queues == {}


def long_music(world: World) -> None:
    world.network.exchange.play_s[MUSIC] = 300.0


def test_music_longer_than_the_ringing_keeps_nobody_waiting(of: Open) -> None:
    world = of(2, {"hold_music": MUSIC})
    long_music(world)
    world.call()
    last = max(ring.ended_at or ring.started_at for ring in world.network.rings if ring.phone != DESK)
    assert the_ring(world, DESK).started_at - last < timedelta(seconds=3)


def test_music_keeps_nobody_waiting_where_no_leg_says_that_it_ended(of: Open) -> None:
    world = of(2, {"hold_music": MUSIC}, beats=BEATS)
    long_music(world)
    world.network.callbacks = CallbackFaults(lose=1.0)
    world.call()
    last = max(ring.ended_at or ring.started_at for ring in world.network.rings if ring.phone != DESK)
    assert the_ring(world, DESK).started_at - last < timedelta(seconds=30)


def test_music_keeps_nobody_waiting_where_no_leg_can_be_made(of: Open) -> None:
    world = of(2, {"hold_music": MUSIC})
    long_music(world)
    world.network.rest.faults.fail_next(RestFault.REFUSE, 2, "POST /2010-04-01/Accounts")
    hunted(world, 2)


def test_music_keeps_nobody_from_joining_the_owner_s_ringing(of: Open) -> None:
    world = of(2, {"hold_music": MUSIC, "pattern": "assigned_then_group", "overlap": 5}, beats=BEATS)
    long_music(world)
    world.call()
    joined = the_ring(world, TEN[1]).started_at - the_ring(world, TEN[0]).started_at
    assert joined < timedelta(seconds=7)
    assert the_ring(world, DESK).started_at - MONDAY_10 < timedelta(seconds=30)


def test_nobody_who_accepts_is_parted_from_the_caller_by_the_end_of_the_ringing(of: Open) -> None:
    world = of(2, {"hold_music": MUSIC})
    long_music(world)
    world.phone(TEN[0], Answers(19, "1", 9, talks_s=100))
    call = world.call()
    (talk,) = call.joined
    assert talk.until is not None
    assert talk.until - talk.since == timedelta(seconds=100)


# --- Acceptances that come to nothing.


def lives_until(world: World, call: SimulatedCall, seconds: float) -> datetime:
    at = MONDAY_10 + timedelta(seconds=seconds)
    world.network.run(at)
    return at


def test_who_accepts_and_dies_before_the_caller_waits_lets_the_next_one_take_the_call(of: Open) -> None:
    world = of(2, {"greeting": "Thanks for calling. " * 8})
    world.phone(TEN[0], Answers(1, "1", 1, hangs_up_after_s=1.5))
    world.phone(DESK, says_nothing(talks_s=20))
    call = world.call()
    assert [talk.phone for talk in call.joined] == [DESK]
    assert words(world, call) == {TEN[0]: "lost_after_accept", TEN[1]: "lost_race", DESK: "accepted"}
    assert [world.agent(key).reserved_until for key in ("a0", "a1")] == [None, None]


def test_who_accepts_and_is_never_heard_of_again_lets_the_next_one_take_the_call(of: Open) -> None:
    world = of(2, {"greeting": "Thanks for calling. " * 8})
    world.network.callbacks = CallbackFaults(lose=1.0)
    world.phone(TEN[0], Answers(1, "1", 1, hangs_up_after_s=1.5))
    world.phone(DESK, says_nothing(talks_s=20))
    call = world.call()
    assert [talk.phone for talk in call.joined] == [DESK]
    assert the_ring(world, DESK).started_at - MONDAY_10 < timedelta(seconds=45)


@pytest.mark.parametrize("before_s", [0.2, 0.0, -0.2], ids=["just before", "at once", "just after"])
def test_the_caller_leaves_as_somebody_presses_1(of: Open, before_s: float) -> None:
    world = of(1)
    world.phone(TEN[0], Manual())
    call = world.network.call(LEE, LINE, CallerScript(hangs_up_after_s=16.0))
    lives_until(world, call, 12.0)
    phone = world.network.phone(TEN[0])
    phone.answer()
    lives_until(world, call, 16.0 - before_s)
    phone.press("1")
    world.network.run()
    world.network.run_for(60)
    why = world.why(call)
    assert (why["outcome"], why["state"]) in (("missed_transfer", "ended"), ("successful_transfer", "ended"))
    expected = {"lost_after_accept", "caller_left"} if why["outcome"] == "missed_transfer" else {"accepted"}
    assert words(world, call)[TEN[0]] in expected
    assert (why["outcome"] == "successful_transfer") == bool(call.joined)
    assert len(why["tasks"]) == (not call.joined)
    assert world.agent("a0").reserved_until is None
