"""What time alone repairs: offs end and say so, calls end though nobody told us, agents are free again."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cadences.beats import BEATS, make_worker
from cadences.sweeps import calls as call_sweeps
from cadences.sweeps import duty, tidying
from sami import metrics
from sami.calls.transaction import CallSettings
from sami.carriers.twilio import CarrierError
from sami.settings.loading import Settings
from sami.store import calls, people, work
from sami.store.calls import calls as call_table
from sami.store.work import received_webhooks, tasks
from tests.support.services import ANA, BEN, CALLER, LINE, NOON, Core
from webhooks.simulator.rest.faults import RestFault

SID = "CA" + "5" * 32
HOUR = timedelta(hours=1)


def set_agent(world: Core, key: str, **values: Any) -> None:
    with world.database.begin() as db:
        people.change_agent(db, key=key, values=values)


def texts_to(world: Core, key: str) -> list[str]:
    agent = world.agent(key)
    return [item.payload["body"] for item in world.items("text") if item.payload["agent_id"] == agent.id]


# --- Switches.


def test_an_off_that_is_over_says_so_once(world: Core) -> None:
    set_agent(world, "ana", calls_on=False, calls_off_until=NOON)
    for _ in range(3):
        duty.end_offs(world.database, world.now)
    assert texts_to(world, "ana") == ["Your OFF is over: calls may ring you now. Your hours end 6:00 PM."]
    ana = world.agent("ana")
    assert (ana.calls_on, ana.calls_off_until) == (True, None)
    assert world.item.payload["line"] == LINE


def test_an_off_is_not_over_a_second_early(world: Core) -> None:
    set_agent(world, "ana", calls_on=False, calls_off_until=NOON + timedelta(seconds=1))
    duty.end_offs(world.database, world.now)
    assert world.items() == []
    assert not world.agent("ana").calls_on


def test_an_off_that_ends_at_night_names_the_next_shift(world: Core) -> None:
    world.now = NOON.replace(hour=5)
    set_agent(world, "ana", calls_on=False, calls_off_until=world.now)
    duty.end_offs(world.database, world.now)
    assert texts_to(world, "ana") == ["Your OFF is over, but outside your hours: calls ring from Tue 9:00 AM."]


def test_leads_and_a_pause_say_so_too_and_short_rests_do_not(world: Core) -> None:
    set_agent(world, "ana", leads_on=False, leads_off_until=NOON, resting_until=NOON, resting_why="paused")
    set_agent(world, "ben", resting_until=NOON, resting_why="wrap_up")
    duty.end_offs(world.database, world.now)
    assert len(texts_to(world, "ana")) == 2
    assert texts_to(world, "ben") == []
    assert world.agent("ben").resting_why is None


def test_an_agent_who_said_stop_stays_off(world: Core) -> None:
    set_agent(world, "ana", calls_on=False, opted_out=True)
    duty.end_offs(world.database, world.now)
    assert world.items() == []
    assert not world.agent("ana").calls_on


def test_whoever_runs_a_team_hears_once_a_day_that_nobody_is_left(world: Core) -> None:
    set_agent(world, "ana", calls_on=False, calls_off_until=NOON + HOUR)
    duty.notice_empty_teams(world.database, world.now)
    assert texts_to(world, "olive") == []
    set_agent(world, "ben", resting_until=NOON + HOUR / 2, resting_why="paused")
    for _ in range(2):
        duty.notice_empty_teams(world.database, world.now)
        world.pass_time(60)
    assert texts_to(world, "olive") == [
        "Nobody is left on duty in Buyers: calls go to the fallback numbers. The next shift begins 12:30 PM."
    ]


# --- Calls.


def sweep_calls(world: Core) -> None:
    for finish in (call_sweeps.finish_ended_calls, call_sweeps.finish_silent_calls):
        finish(world.database, world.here.carrier, CallSettings(), world.now)


def change_attempt(world: Core, ref: str, **values: Any) -> None:
    with world.database.begin() as db:
        calls.update_attempt(db, world.attempt(ref).id, **values)


def change_call(world: Core, sid: str = SID, **values: Any) -> None:
    with world.database.begin() as db:
        db.execute(call_table.update().where(call_table.c.sid == sid).values(**values))


def rung_in(world: Core, sid: str, **call: Any) -> None:
    """A waiting caller for whom Ana's phone rang."""
    (ref,) = world.wait_in_queue(sid, ANA, **call)
    change_attempt(world, ref, created=True)


def call_of(world: Core, sid: str = SID) -> Any:
    with world.database.read() as db:
        return calls.find_call(db, sid)


def accepted_call(world: Core, talked_s: float, caller_stayed_s: float = 60) -> str:
    """Ana accepted; her leg lasted so long, and of neither end anything was heard but the caller's."""
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA))
    world.deliver()
    leg = world.attempt(ref).leg_sid
    change_attempt(world, ref, accepted_at=world.now, picked_up_at=world.now, pressed="1")
    change_call(world, accepted_by=ref)
    began = world.now
    world.pass_time(talked_s)
    with suppress(CarrierError):
        world.here.carrier.end_call(leg)
    world.pass_time(max(0.0, caller_stayed_s - talked_s))
    change_call(world, ended_at=began + timedelta(seconds=caller_stayed_s))
    world.pass_time(61)
    return ref


def test_a_talk_whose_end_was_lost_is_a_successful_transfer(world: Core) -> None:
    ref = accepted_call(world, talked_s=10)
    sweep_calls(world)
    call = call_of(world)
    assert (call.outcome, call.state) == ("successful_transfer", "ended")
    assert world.attempt(ref).ended == "accepted"
    assert world.rows(tasks) == []


@pytest.mark.parametrize(("talked_s", "stayed_s"), [(4, 60), (60, 4)], ids=["the agent", "the caller"])
def test_r10_who_left_within_five_seconds_was_not_talked_to(world: Core, talked_s: float, stayed_s: float) -> None:
    accepted_call(world, talked_s, stayed_s)
    sweep_calls(world)
    assert call_of(world).outcome == "missed_transfer"
    assert len(world.rows(tasks)) == 1


def test_r10_a_call_that_ended_unheard_makes_one_task_however_often_it_is_swept(world: Core) -> None:
    rung_in(world, SID, ended_at=world.now)
    world.pass_time(59)
    sweep_calls(world)
    assert call_of(world).outcome is None
    world.pass_time(2)
    sweep_calls(world)
    sweep_calls(world)
    assert call_of(world).outcome == "missed_transfer"
    assert len(world.rows(tasks)) == 1


def test_twilio_is_asked_about_a_call_nobody_speaks_of(world: Core) -> None:
    live = world.network.call(CALLER, LINE)
    rung_in(world, live.sid)
    world.live(11 * 60, step_s=60)
    live.hang_up()
    world.pass_time(1)
    sweep_calls(world)
    assert call_of(world, live.sid).outcome is None
    world.pass_time(60)
    sweep_calls(world)
    swept = call_of(world, live.sid)
    assert (swept.outcome, swept.state) == ("missed_transfer", "ended")
    assert swept.ended_at == live.ended_at


def test_a_long_talk_is_left_alone(world: Core) -> None:
    live = world.network.call(CALLER, LINE)
    world.network.run(world.now)
    world.wait_in_queue(live.sid, ANA, arrived_at=world.now - HOUR)
    sweep_calls(world)
    assert call_of(world, live.sid).ended_at is None


def test_while_twilio_is_silent_nothing_is_concluded_before_the_longest_call_is_over(world: Core) -> None:
    rung_in(world, SID)
    world.network.rest.faults.fail_share(1.0, 1, RestFault.STATUS_503)
    world.pass_time(4 * 3600)
    sweep_calls(world)
    assert call_of(world).ended_at is None
    world.pass_time(601)
    sweep_calls(world)
    assert call_of(world).outcome == "missed_transfer"


def test_a_call_the_safety_net_answered_waits_a_minute_for_the_spool_and_is_then_missed(world: Core) -> None:
    world.wait_in_queue(SID, safety_net=True, ended_at=world.now, state="safety_net")
    world.pass_time(59)
    sweep_calls(world)
    assert call_of(world).outcome is None
    world.pass_time(2)
    sweep_calls(world)
    assert call_of(world).outcome == "missed_transfer"


# --- Agents kept busy.


def free(world: Core) -> None:
    call_sweeps.free_unheard_talkers(world.database, world.here.carrier, world.now)


def test_r08_an_agent_whose_call_ended_unheard_is_free_again(world: Core) -> None:
    live = world.network.call(CALLER, LINE)
    world.pass_time(1)
    set_agent(world, "ana", reserved_call=live.sid, reserved_until=NOON + HOUR, bridged=True)
    free(world)
    assert world.agent("ana").bridged
    live.hang_up()
    world.pass_time(60)
    free(world)
    ana = world.agent("ana")
    assert (ana.bridged, ana.reserved_until) == (False, None)
    assert (ana.resting_why, ana.idle_since) == ("wrap_up", world.now)


def test_r08_while_twilio_is_silent_a_talk_goes_on(world: Core) -> None:
    set_agent(world, "ana", reserved_call=SID, reserved_until=NOON + HOUR, bridged=True)
    world.network.rest.faults.fail_next(RestFault.SLOW_BEFORE)
    free(world)
    assert world.agent("ana").bridged
    free(world)
    assert not world.agent("ana").bridged


# --- What is left lying about.


def test_old_webhooks_are_forgotten_after_a_week(world: Core) -> None:
    with world.database.begin() as db:
        work.claim_webhook(db, key="old", at=NOON - timedelta(days=7, seconds=1))
        work.claim_webhook(db, key="young", at=NOON - timedelta(days=7))
    tidying.forget_webhooks(world.database, world.now)
    assert [row.key for row in world.rows(received_webhooks)] == ["young"]


def test_a_queue_nobody_deleted_is_deleted_once(world: Core) -> None:
    world.wait_in_queue(SID, ANA, BEN, state="ended", ended_at=world.now)
    world.network.exchange.queue(SID)
    tidying.delete_left_queues(world.database, world.now)
    assert world.items() == []
    world.pass_time(121)
    for _ in range(2):
        tidying.delete_left_queues(world.database, world.now)
        world.deliver()
    assert [item.kind for item in world.items()] == ["delete_queue"]
    assert world.network.exchange.queues == {}


def test_what_waits_is_counted(world: Core) -> None:
    world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, "0" * 16, ANA))
    tidying.count_outbox(world.database, world.now + timedelta(seconds=7))
    assert metrics.outbox_oldest_due_seconds._value.get() == 7
    assert metrics.outbox_items.labels("ring_leg", "pending")._value.get() == 1
    assert metrics.outbox_items.labels("text", "unknown")._value.get() == 0


def test_every_beat_runs_on_an_empty_business(world: Core, settings: Settings) -> None:
    worker = make_worker(settings, world.database, world.here.carrier)
    for beat in BEATS:
        beat.run(worker, datetime(2026, 3, 2, 18, tzinfo=UTC))
    assert len({beat.name for beat in BEATS}) == len(BEATS)
