"""What is said outside is said once, or is seen not to have been said."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sami.carriers import mail, slack
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import DeleteQueue, DeleteRecording, EndLeg, RedirectCaller, SendText
from sami.outbox.delivery import BATCH_MAX_S, deliver, lease_end
from sami.outbox.in_doubt import look_up_lost
from sami.store import calls, texts, work
from sami.store.reservations import reserve_agents
from tests.support.services import ANA, BEN, CALLER, LINE, NOON, Core
from webhooks.simulator.recordings import Recording
from webhooks.simulator.rest.faults import FAILURES, RestFault

pytestmark = pytest.mark.races

SID = "CA" + "5" * 32
MORNING = NOON.replace(hour=14)
NIGHT = NOON.replace(hour=5)


def to_lead(**changes: object) -> SendText:
    values = {"call": SID, "for_lead": True, "asked_at": NOON}
    return SendText(E164(CALLER), E164(LINE), "Sorry.", "missed_transfer/x/lead/0", **{**values, **changes})  # type: ignore[arg-type]


def to_staff(key: str = "missed_transfer/x/notice/ana") -> SendText:
    return SendText(E164(ANA), E164(LINE), "Missed call.", key, call=SID, agent_id=1, repeats_when_lost=True)


# --- Texts.


def test_a_text_leaves_once_and_is_written_down(world: Core) -> None:
    world.want(to_lead())
    assert (world.deliver(), world.deliver()) == (1, 0)
    (text,) = world.network.texts
    (row,) = world.text_rows
    assert (text.to, text.from_, text.body) == (CALLER, LINE, "Sorry.")
    assert text.status_callback == "https://calls.example.com/webhooks/sms/status"
    assert (row.sid, row.phone, row.call, row.dedupe_key) == (text.sid, CALLER, SID, "missed_transfer/x/lead/0")
    assert (world.item.state, world.item.carrier_sid) == ("sent", text.sid)


def test_r12_nothing_is_texted_after_an_opt_out(world: Core) -> None:
    world.want(to_lead(), to_staff())
    with world.database.begin() as db:
        for phone in (CALLER, ANA):
            texts.record_consent(db, phone=phone, state="opted_out", source="STOP", at=world.now)
    world.deliver()
    assert world.network.texts == []
    assert {item.state for item in world.items()} == {"cancelled"}


# Daylight saving ends on the second Sunday of March; on this Tuesday New York is UTC-5 and Los Angeles UTC-8.
TWO_ZONES = {
    "850, Florida: New York and Chicago": ("+18505550142", "America/New_York", "America/Chicago"),
    "208, Idaho: Boise and Los Angeles": ("+12085550142", "America/Boise", "America/Los_Angeles"),
    "605, South Dakota: Chicago and Denver": ("+16055550142", "America/Chicago", "America/Denver"),
    "907, Alaska: Anchorage and Adak": ("+19075550142", "America/Anchorage", "America/Adak"),
}


@pytest.mark.parametrize(("phone", "east", "west"), TWO_ZONES.values(), ids=TWO_ZONES)
@pytest.mark.parametrize(
    ("hour", "minute", "of", "leaves"),
    [
        pytest.param(7, 59, "east", False, id="before it is eight in the east"),
        pytest.param(8, 30, "east", False, id="half past eight in the east, half past seven in the west"),
        pytest.param(8, 0, "west", True, id="eight in the west"),
        pytest.param(19, 59, "east", True, id="a minute to eight at night in the east"),
        pytest.param(20, 0, "east", False, id="eight at night in the east, seven in the west"),
    ],
)
def test_r12_an_area_code_that_spans_two_zones_keeps_to_the_hours_of_both(
    world: Core, phone: str, east: str, west: str, hour: int, minute: int, of: str, leaves: bool
) -> None:
    zone = ZoneInfo(east if of == "east" else west)
    world.now = datetime(2026, 3, 3, hour, minute, tzinfo=zone).astimezone(UTC)
    world.want(SendText(E164(phone), E164(LINE), "Hi.", "test/two-zones", for_lead=True))
    world.deliver()
    assert [text.to for text in world.network.texts] == ([phone] if leaves else [])
    if not leaves:
        opens_at = world.item.due_at.astimezone(ZoneInfo(west))
        assert (opens_at.hour, opens_at.minute) == (8, 0), "when both are open again"


def test_r12_a_late_answer_to_a_night_call_waits_for_the_morning_there(world: Core) -> None:
    world.now = NIGHT
    world.want(to_lead(asked_at=NIGHT - timedelta(minutes=6)))
    world.deliver()
    assert world.network.texts == []
    assert (world.item.state, world.item.due_at, world.item.tries) == ("pending", MORNING, 0)
    world.now = MORNING
    world.deliver()
    assert len(world.network.texts) == 1


def test_a_night_call_is_answered_at_once(world: Core) -> None:
    world.now = NIGHT
    world.want(to_lead(asked_at=NIGHT - timedelta(minutes=4)))
    world.deliver()
    assert len(world.network.texts) == 1


def test_staff_are_told_at_any_hour(world: Core) -> None:
    world.now = NIGHT
    world.want(to_staff())
    world.deliver()
    assert len(world.network.texts) == 1


def test_a_refusal_for_opt_out_is_remembered_for_every_later_text(world: Core) -> None:
    world.network.text(CALLER, LINE, "STOP")
    world.want(to_lead())
    world.deliver()
    world.want(to_lead(call=None, asked_at=None))
    with world.database.read() as db:
        assert texts.consent_of(db, CALLER) == "opted_out"
    assert (world.item.state, len(world.rows(texts.consent_changes))) == ("failed", 1)


def test_r13_a_permanent_code_is_never_retried_and_marks_the_number(world: Core) -> None:
    world.want(SendText(E164("+00000000"), E164(LINE), "Hi", "a/b"))
    world.live(60 * 60, step_s=60)
    assert world.item.state == "failed"
    assert len(world.network.rest.requests) == 1
    with world.database.read() as db:
        assert texts.is_bad_number(db, "+00000000")


def test_a_wrong_token_stops_the_sender_and_loses_nothing(world: Core) -> None:
    world.network.rest._tokens.clear()
    world.want(to_staff("a"), to_staff("b"))
    assert world.deliver() == 1
    assert [item.state for item in world.items()] == ["pending", "pending"]
    world.network.rest.accept_token("a-made-up-token")
    world.live(11 * 60, step_s=30)
    assert len(world.network.texts) == 2


# --- Legs.


def test_a_leg_is_created_with_its_callbacks_and_known_by_its_sid(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA))
    world.deliver()
    (request,) = world.network.rest.requests
    form = dict(request.form)
    assert (form["To"], form["From"], form["Timeout"], form["TimeLimit"]) == (ANA, LINE, "15", "14400")
    assert form["Url"] == f"https://calls.example.com/webhooks/voice/leg/{ref}"
    assert form["StatusCallback"] == f"https://calls.example.com/webhooks/voice/leg/{ref}/status"
    events = [value for name, value in request.form if name == "StatusCallbackEvent"]
    assert events == ["initiated", "ringing", "answered", "completed"]
    attempt = world.attempt(ref)
    assert attempt.leg_sid in world.network.legs
    assert not attempt.created, "it has not told of itself yet"


def test_the_callers_number_is_shown_with_the_token_of_their_call(world: Core) -> None:
    call = world.network.call(CALLER, LINE)
    (ref,) = world.wait_in_queue(SID, ANA)
    token = world.network.legs[call.sid].call_token
    world.want(world.leg(SID, ref, ANA, caller_id=CALLER, call_token=token))
    world.deliver()
    assert dict(world.network.rest.requests[0].form)["From"] == CALLER


def test_a_refused_token_is_answered_with_the_line(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA, caller_id=CALLER, call_token="too old"))
    world.deliver()
    asked = [dict(request.form)["From"] for request in world.network.rest.requests]
    assert asked == [CALLER, LINE]
    assert world.attempt(ref).leg_sid in world.network.legs


def test_a_leg_of_a_caller_who_was_accepted_is_never_created(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA, accepted_by="somebody")
    world.want(world.leg(SID, ref, ANA))
    world.deliver()
    assert world.item.state == "cancelled"
    assert world.network.rest.requests == []


def test_a_leg_too_late_to_ring_settles_its_attempt(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA))
    world.pass_time(20)
    world.deliver()
    assert world.network.legs == {}
    assert (world.items()[0].state, world.attempt(ref).ended) == ("failed", "error")


def test_a_caller_with_long_hold_music_is_fetched_when_no_leg_could_be_made(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA))
    world.network.rest.faults.fail_next(RestFault.REFUSE)
    world.deliver()
    assert [item.kind for item in world.items()] == ["ring_leg", "redirect_caller"]


def test_a_leg_created_while_somebody_else_accepted_is_ended_at_once(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA))

    def lose_the_race() -> None:
        with world.database.begin() as db:
            attempt = calls.find_attempt(db, ref)
            assert attempt is not None
            calls.update_attempt(db, attempt.id, ended="lost_race", taken=True)

    after_create(world, lose_the_race)
    world.deliver()
    assert [item.kind for item in world.items()] == ["ring_leg", "end_leg"]
    assert [item.state for item in world.items()] == ["sent", "sent"]
    world.pass_time(1)
    assert not world.network.legs[world.attempt(ref).leg_sid].is_live


def test_a_leg_is_not_asked_for_again_when_its_caller_left_meanwhile(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA, caller_id=CALLER, call_token="too old"))

    def leave() -> None:
        with world.database.begin() as db:
            attempt = calls.find_attempt(db, ref)
            assert attempt is not None
            calls.update_attempt(db, attempt.id, ended="caller_left", caller_left=True)
            reserve_agents(db, ids=[attempt.agent_id], call=SID, at=world.now, until=world.now + timedelta(seconds=50))

    after_create(world, leave)
    world.deliver()
    assert [dict(request.form)["From"] for request in world.network.rest.requests] == [CALLER]
    assert (world.item.state, world.item.error) == ("cancelled", "no longer wanted")
    assert world.agent("ana").reserved_until is None


def after_create(world: Core, happens: Callable[[], None]) -> None:
    """Something happens between the carrier's answer and our writing it down."""
    handle = world.network.rest.handle

    def handle_and_then(method: str, path: str, *rest: object) -> object:
        answer = handle(method, path, *rest)  # type: ignore[arg-type]
        if (method, path.rstrip("?").rsplit("/", 1)[-1]) == ("POST", "Calls.json"):
            happens()
        return answer

    world.network.rest.handle = handle_and_then  # type: ignore[method-assign,assignment]


def test_a_number_that_is_none_gets_its_word(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, "+00000000"))
    world.deliver()
    attempt = world.attempt(ref)
    assert (attempt.ended, attempt.error_code, attempt.leg_sid) == ("invalid_number", 21211, None)


def test_r25_an_address_that_is_not_twilios_is_no_agents_fault(world: Core) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.network.rest.faults.fail_next(RestFault.NOT_TWILIO)
    world.want(world.leg(SID, ref, ANA))
    world.deliver()
    (ring,) = world.items("ring_leg")
    assert (world.attempt(ref).ended, ring.state) == ("error", "failed")
    assert ring.error == "Twilio's address answered 404 without a Twilio code: is api_url right?"


def test_a_call_that_is_no_longer_there_is_a_normal_race(world: Core) -> None:
    world.want(EndLeg("0" * 16, "CA" + "7" * 32))
    world.deliver()
    assert (world.item.state, world.item.error) == ("sent", "no longer there")


def test_a_caller_whom_somebody_accepted_is_never_fetched_away(world: Core) -> None:
    world.wait_in_queue(SID, ANA, accepted_by="somebody")
    world.want(RedirectCaller(SID, 1))
    world.deliver()
    assert world.item.state == "cancelled"
    assert world.network.rest.requests == []


def test_a_full_queue_is_deleted_when_it_is_empty(world: Core) -> None:
    world.network.exchange.queue(SID)
    world.want(DeleteQueue(SID))
    assert world.deliver() == 0
    world.pass_time(60)
    world.deliver()
    assert world.network.exchange.queues == {}
    assert world.item.state == "sent"


# --- Faults: each kind, each fault.

NEVER_ASKED = {RestFault.REFUSE, RestFault.NOT_TWILIO}
SAFE_TO_REPEAT = {*NEVER_ASKED, RestFault.STATUS_429}


@pytest.mark.parametrize("fault", FAILURES)
def test_r06_r13_a_lead_is_texted_at_most_once_and_nothing_is_lost_unseen(world: Core, fault: RestFault) -> None:
    world.network.rest.faults.fail_next(fault)
    world.want(to_lead())
    world.live(40 * 60, step_s=30)
    arrives = fault.is_obeyed or fault in SAFE_TO_REPEAT
    assert len(world.network.texts) == (1 if arrives else 0)
    assert world.item.state == ("sent" if arrives else "unknown")
    assert world.item.leased_until is None
    assert len(world.text_rows) == len(world.network.texts)


@pytest.mark.parametrize("fault", FAILURES)
def test_r06_a_missed_transfer_alert_always_arrives_and_says_if_it_is_the_second(world: Core, fault: RestFault) -> None:
    world.network.rest.faults.fail_next(fault)
    world.want(to_staff())
    world.live(40 * 60, step_s=30)
    again = not fault.is_obeyed and fault not in SAFE_TO_REPEAT
    assert [text.body for text in world.network.texts] == [("(Sent again) " if again else "") + "Missed call."]
    assert world.item.state == "sent"


@pytest.mark.parametrize("fault", FAILURES)
def test_r13_a_leg_is_created_once_or_its_attempt_is_over(world: Core, fault: RestFault) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.network.rest.faults.fail_next(fault, path_holds="POST")
    world.want(world.leg(SID, ref, ANA))
    world.live(10)
    world.live(120, step_s=5)
    attempt = world.attempt(ref)
    created = [leg for leg in world.network.legs.values() if leg.to == ANA]
    if fault in NEVER_ASKED:
        assert (created, attempt.ended) == ([], "error")
    elif fault is RestFault.STATUS_429 or fault.is_obeyed:
        assert [leg.sid for leg in created] == [attempt.leg_sid]
        assert world.item.state == "sent"
    else:
        assert (created, attempt.leg_sid, world.item.state) == ([], None, "unknown")


@dataclass(frozen=True)
class Order:
    """Something that may be asked for twice without harm."""

    effect: Callable[[str], object]
    is_done: Callable[[Core, str], bool]


RECORDING = "RE" + "0" * 32
ORDERS = {
    "end_leg": Order(lambda sid: EndLeg("0" * 16, sid), lambda world, sid: not world.network.legs[sid].is_live),
    "delete_queue": Order(lambda sid: DeleteQueue(sid, 0), lambda world, sid: not world.network.exchange.queues),
    "delete_recording": Order(
        lambda sid: DeleteRecording(RECORDING, sid), lambda world, sid: not world.network.exchange.recordings
    ),
    "redirect_caller": Order(
        lambda sid: RedirectCaller(sid, 1),
        lambda world, sid: any("/resume/1" in request.url for request in world.network.requests),
    ),
}


@pytest.mark.parametrize("fault", FAILURES)
@pytest.mark.parametrize("order", ORDERS)
def test_r13_an_order_is_obeyed_in_spite_of_every_fault(world: Core, order: str, fault: RestFault) -> None:
    call = world.network.call(CALLER, LINE)
    world.live(1)
    world.wait_in_queue(call.sid, ANA)
    world.network.exchange.queue(call.sid)
    world.network.exchange.recordings[RECORDING] = Recording(RECORDING, "", 8, call.sid, "RecordVerb", world.now)
    world.network.rest.faults.fail_next(fault)
    world.want(ORDERS[order].effect(call.sid))  # type: ignore[arg-type]
    world.live(90, step_s=3)
    assert ORDERS[order].is_done(world, call.sid)
    assert world.item.state == "sent"


# --- Senders that die.


@pytest.mark.parametrize("arrived", [True, False], ids=["after it was sent", "before it was sent"])
def test_r05_a_text_whose_sender_died_is_looked_up(world: Core, arrived: bool) -> None:
    world.want(to_lead())
    with world.database.begin() as db:
        until = world.now + timedelta(seconds=45)
        work.claim_outbox_items(db, now=world.now, leased_until=until, kinds=("text",), limit=1)
    if arrived:
        world.here.carrier.send_text(to=CALLER, from_=LINE, body="Sorry.", status_callback="https://x.example.com/s")
    world.live(60)
    assert world.item.state == ("sent" if arrived else "unknown")
    assert len(world.network.texts) == int(arrived)


def test_r05_a_dead_sender_is_no_news_before_its_lease_ends(world: Core) -> None:
    world.want(to_lead())
    with world.database.begin() as db:
        until = world.now + timedelta(seconds=45)
        work.claim_outbox_items(db, now=world.now, leased_until=until, kinds=("text",), limit=1)
    world.pass_time(44)
    assert look_up_lost(world.here, world.now) == 0


def test_r06_a_lagging_list_makes_no_second_text(world: Core) -> None:
    world.network.rest.listing_delay_s = 600
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER)
    world.want(to_staff())
    world.live(40 * 60, step_s=30)
    assert len(world.network.texts) == 1
    assert world.item.state == "sent"


def test_two_lost_texts_of_the_same_words_are_two_texts(world: Core) -> None:
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER, times=2, path_holds="POST")
    world.want(to_staff("missed_transfer/x/notice/ana"), to_staff("missed_transfer/y/notice/ana"))
    world.live(120)
    assert [item.state for item in world.items()] == ["sent", "sent"]
    assert {row.sid for row in world.text_rows} == {text.sid for text in world.network.texts}


def test_an_unconfigured_carrier_leaves_everything_waiting(world: Core) -> None:
    world.want(to_lead())
    world.here.carrier.is_configured = False
    assert deliver(world.here, world.now) == 0
    assert world.item.state == "pending"


def test_legs_of_a_group_are_not_kept_from_each_other(world: Core) -> None:
    refs = world.wait_in_queue(SID, ANA, BEN)
    world.want(*(world.leg(SID, ref, phone) for ref, phone in zip(refs, (ANA, BEN), strict=True)))
    world.network.rest.faults.fail_next(RestFault.REFUSE)
    world.deliver()
    assert [world.attempt(ref).leg_sid is None for ref in refs] == [True, False]


@pytest.mark.parametrize("timeout_s", [1.0, 5.0, 30.0])
def test_r05_a_lease_outlasts_the_longest_outside_call(world: Core, timeout_s: float) -> None:
    """Another process would take over, and send a second time, what is still under way."""
    world.here.carrier.timeout_s = timeout_s
    a_leg_asked_for_twice = 2 * (timeout_s + timeout_s)  # Each waits once for a connection and once for an answer.
    a_mail = mail.TOTAL_S + mail.TIMEOUT_S
    a_post = 2 * slack.TIMEOUT_S
    longest = max(a_leg_asked_for_twice, a_mail, a_post)
    assert lease_end(world.here, world.now) - world.now > timedelta(seconds=BATCH_MAX_S + longest)
