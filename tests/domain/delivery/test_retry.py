"""What an answer of the carrier's means for each kind of thing."""

from datetime import UTC, datetime, timedelta

import pytest

from sami.domain.delivery.answers import Accepted, Answer, Lost, Refused, TryLater, Unreached
from sami.domain.delivery.carrier_codes import Meaning, meaning_for_call, meaning_for_text
from sami.domain.delivery.kinds import Kind
from sami.domain.delivery.retry import (
    GivenUp,
    Sending,
    Sent,
    StopSender,
    TryAgain,
    Unknown,
    decide,
    gives_up_at,
    next_look_up,
    say_again,
    was_said_again,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CREATING = (Kind.TEXT, Kind.EMAIL, Kind.RING_LEG, Kind.BOT_CALL, Kind.TEST_RING)
REPEATABLE = tuple(kind for kind in Kind if kind not in CREATING)


def decided(answer: Answer, kind: Kind = Kind.TEXT, tries: int = 1, lasts_s: float = 86_400) -> object:
    return decide(answer, Sending(kind, tries, NOON, NOON + timedelta(seconds=lasts_s)))


def seconds(decision: object) -> float:
    assert isinstance(decision, TryAgain)
    return (decision.at - NOON).total_seconds()


@pytest.mark.parametrize("kind", Kind)
def test_an_accepted_thing_is_done(kind: Kind) -> None:
    assert decided(Accepted("SM1"), kind) == Sent()


@pytest.mark.parametrize("kind", CREATING)
def test_r06_what_creates_something_is_unknown_when_its_answer_is_lost(kind: Kind) -> None:
    assert decided(Lost("HTTP 500"), kind) == Unknown("HTTP 500")


@pytest.mark.parametrize("kind", REPEATABLE)
def test_what_may_happen_twice_is_simply_tried_again(kind: Kind) -> None:
    assert isinstance(decided(Lost("HTTP 500"), kind), TryAgain)


@pytest.mark.parametrize(("tries", "delay_s"), [(1, 30), (2, 120), (3, 600), (4, 600), (100, 600)])
def test_r13_a_text_that_never_arrived_waits_longer_each_time(tries: int, delay_s: int) -> None:
    assert seconds(decided(Unreached(), tries=tries)) == delay_s


@pytest.mark.parametrize(("tries", "delay_s"), [(1, 1), (5, 30), (9, 30)])
def test_a_call_does_not_wait_long(tries: int, delay_s: int) -> None:
    assert seconds(decided(Unreached(), Kind.END_LEG, tries)) == delay_s


@pytest.mark.parametrize(("tries", "delay_s"), [(1, 2), (4, 16), (20, 240)])
def test_r13_a_busy_account_is_given_more_and_more_time(tries: int, delay_s: int) -> None:
    assert seconds(decided(TryLater(), tries=tries)) == delay_s
    assert seconds(decided(Refused(21611, 400), tries=tries)) == delay_s


def test_a_leg_that_cannot_be_reached_is_given_up_at_once() -> None:
    assert isinstance(decided(Unreached(), Kind.RING_LEG), GivenUp)


def test_a_leg_of_a_busy_account_is_tried_again_while_it_has_sense() -> None:
    assert seconds(decided(TryLater(), Kind.RING_LEG, tries=5, lasts_s=1.5)) == 1
    assert isinstance(decided(TryLater(), Kind.RING_LEG, lasts_s=1), GivenUp)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        *((code, Meaning.BAD_NUMBER) for code in (21211, 21214, 21217, 30005)),
        *((code, Meaning.NO_TEXTS) for code in (21614, 30006)),
        (21610, Meaning.OPTED_OUT),
        *((code, Meaning.BLOCKED) for code in (30004, 30007)),
        *((code, Meaning.CONFIGURATION) for code in (30034, 21606, 21608)),
        (21408, Meaning.REGION_CLOSED),
        (99999, Meaning.OTHER),
    ],
)
def test_r13_permanent_codes_are_never_tried_again(code: int, meaning: Meaning) -> None:
    decision = decided(Refused(code, 400, "no"))
    assert decision == GivenUp(f"{code} no", meaning, code)
    assert meaning_for_text(code) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        *((code, Meaning.BAD_NUMBER) for code in (13223, 13224, 21211, 21214, 21217)),
        *((code, Meaning.BLOCKED) for code in (13225, 21216)),
        *((code, Meaning.REGION_CLOSED) for code in (13227, 21215)),
        *((code, Meaning.CONFIGURATION) for code in (13214, 21210)),
    ],
)
def test_a_refused_call_goes_by_what_its_code_means_for_calls(code: int, meaning: Meaning) -> None:
    assert decided(Refused(code, 400, "no"), Kind.RING_LEG) == GivenUp(f"{code} no", meaning, code)
    assert meaning_for_call(code) is meaning


def test_a_phone_that_was_off_is_tried_once_more_and_later() -> None:
    assert seconds(decided(Refused(30003, 400), tries=1)) == 600
    assert isinstance(decided(Refused(30003, 400), tries=2), GivenUp)


def test_a_refused_account_stops_the_sender() -> None:
    assert isinstance(decided(Refused(20003, 401)), StopSender)


@pytest.mark.parametrize("code", [20404, 21220])
def test_a_call_that_is_gone_needs_no_order(code: int) -> None:
    assert isinstance(decided(Refused(code, 404), Kind.REDIRECT_CALLER), Sent)
    assert isinstance(decided(Refused(code, 404), Kind.TEXT), GivenUp)
    assert isinstance(decided(Refused(code, 404), Kind.BOT_CALL), GivenUp)


def test_nothing_is_tried_again_when_it_has_no_more_sense() -> None:
    assert isinstance(decided(Unreached(), lasts_s=30), GivenUp)
    assert gives_up_at(Kind.TEXT, NOON) - NOON == timedelta(hours=24)
    assert gives_up_at(Kind.END_LEG, NOON) - NOON == timedelta(minutes=5)


def test_a_text_says_once_that_it_is_sent_again() -> None:
    assert say_again(say_again("Missed call.")) == "(Sent again) Missed call."
    assert was_said_again(say_again("x"))
    assert not was_said_again("x")


@pytest.mark.parametrize(("waited_s", "pause_s"), [(0, 15), (60, 15), (240, 60), (900, 120)])
def test_a_lost_answer_is_looked_for_often_at_first(waited_s: int, pause_s: int) -> None:
    assert next_look_up(NOON - timedelta(seconds=waited_s), NOON) == NOON + timedelta(seconds=pause_s)
