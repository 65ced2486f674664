"""Who listens to what: news that moves a call, signals of turns that are over, progress stored by an older release."""

from dataclasses import replace
from typing import get_args

import pytest

from sami.domain.calls.call_flow import advance, learn, nobody_left
from sami.domain.calls.instructions import OldNews, RingNext, TakeMessage
from sami.domain.calls.listening import heard_in, is_heard
from sami.domain.calls.moves import begin_call_back, begin_inbound, end, give_up_legs, join_round, offer_again
from sami.domain.calls.routing import Candidate, Ring, Stage, Way
from sami.domain.calls.signals import (
    Arrived,
    CallBackEnded,
    CallerNotMet,
    CallerSignal,
    ChoiceMade,
    DialEnded,
    HungUp,
    LateResult,
    MessageEnded,
    MessageWanted,
    News,
    PickedUp,
    QueueEnded,
    Replied,
    SafetyNetAnswered,
    Signal,
    StillWaits,
)
from sami.domain.calls.states import CallProgress, CallState
from sami.domain.calls.stored import read_progress, write_progress
from sami.domain.delivery.carrier_words import QueueResult
from sami.domain.language.phone import E164
from sami.domain.organisation.document import Bot
from tests.support.cast import BEN
from tests.support.make import AT, seconds

PLAIN = Bot("main")
LEFT = QueueEnded(4, QueueResult.LEAVE, caller_left=False)
ONE_OF_EACH: tuple[Signal, ...] = (
    Arrived(),
    Replied(4, "1"),
    DialEnded(4, answered=False, bridged=False, caller_left=False),
    LEFT,
    MessageWanted(4),
    ChoiceMade(4, call_back=False),
    MessageEnded(4),
    HungUp(),
    SafetyNetAnswered(AT),
    LateResult(AT, over=False),
    CallBackEnded(),
    StillWaits(4),
    PickedUp("a"),
    CallerNotMet("a"),
)
TURNED = [signal for signal in ONE_OF_EACH if hasattr(signal, "turn") and not isinstance(signal, MessageEnded)]
QUEUED = CallProgress(CallState.QUEUED, turn=4, round=("a",), started_at=AT, round_ends_at=AT + seconds(20))


def in_state(state: CallState) -> CallProgress:
    return CallProgress(state, turn=4, round=("a",))


def test_the_list_above_has_one_of_each() -> None:
    assert {type(signal) for signal in ONE_OF_EACH} == set(get_args(Signal))


@pytest.mark.parametrize("signal", ONE_OF_EACH, ids=lambda signal: type(signal).__name__)
@pytest.mark.parametrize("state", CallState)
def test_what_a_state_does_not_listen_to_is_old_news(state: CallState, signal: Signal) -> None:
    call = in_state(state)
    if type(signal) in heard_in(state):
        assert is_heard(call, signal)
    elif isinstance(signal, get_args(CallerSignal)):
        turn = advance(call, signal, PLAIN)
        assert (turn.instruction, turn.progress) == (OldNews(), call)
    elif isinstance(signal, get_args(News)):
        assert learn(call, signal) == call
    else:
        assert not is_heard(call, signal)


@pytest.mark.parametrize("signal", TURNED, ids=lambda signal: type(signal).__name__)
@pytest.mark.parametrize("state", CallState)
def test_a_signal_of_a_turn_that_is_over_is_old_news_everywhere(state: CallState, signal: Signal) -> None:
    assert not is_heard(replace(in_state(state), turn=5), signal)


@pytest.mark.parametrize("signal", [PickedUp("a"), CallerNotMet("a")])
@pytest.mark.parametrize("state", CallState)
def test_a_phone_of_an_earlier_round_is_old_news_everywhere(state: CallState, signal: Signal) -> None:
    assert not is_heard(replace(in_state(state), round=("b",)), signal)


@pytest.mark.parametrize(
    ("state", "news", "after", "started_at"),
    [
        (CallState.MENU, HungUp(), CallState.ENDED, None),
        (CallState.QUEUED, HungUp(), CallState.ENDED, None),
        (CallState.SAFETY_NET, HungUp(), CallState.ENDED, None),
        (CallState.RINGING, SafetyNetAnswered(AT), CallState.SAFETY_NET, AT),
        (CallState.ENDED, SafetyNetAnswered(AT), CallState.ENDED, None),
        (CallState.SAFETY_NET, LateResult(AT, over=False), CallState.SAFETY_NET, AT),
        (CallState.SAFETY_NET, LateResult(AT, over=True), CallState.ENDED, AT),
        (CallState.QUEUED, LateResult(AT, over=False), CallState.SAFETY_NET, AT),
        (CallState.ENDED, LateResult(AT, over=False), CallState.ENDED, AT),
        (CallState.CALLING_BACK, CallBackEnded(), CallState.ENDED, None),
        (CallState.CALLING_BACK, CallBackEnded(transfer_at=AT), CallState.ENDED, AT),
    ],
)
def test_news_moves_a_call(state: CallState, news: News, after: CallState, started_at: object) -> None:
    learned = learn(in_state(state), news)
    assert (learned.state, learned.started_at) == (after, started_at)
    assert learned.round == () or learned == in_state(state), "nobody of ours rings in it any more"


def test_a_transfer_keeps_its_beginning_whatever_is_heard_later() -> None:
    later = AT + seconds(60)
    assert learn(learn(QUEUED, SafetyNetAnswered(later)), LateResult(later, over=True)).started_at == AT


def test_the_group_joins_the_owners_round() -> None:
    ring = Ring(Stage.GROUP, Way.QUEUE, (Candidate(E164(BEN), "ben"),), 20, position=2)
    waiting = replace(QUEUED, tried=("ana",), group_joins_at=AT)
    joined = join_round(waiting, ring, ("b",), 2, AT + seconds(10))
    assert (joined.round, joined.tried, joined.position) == (("a", "b"), ("ana", "ben"), 2)
    assert (joined.group_joins_at, joined.round_ends_at) == (None, AT + seconds(20)), "the owner rings on"


def test_a_round_of_which_no_leg_told_is_taken_again_by_dial_when_the_queue_lets_go() -> None:
    heard = advance(replace(QUEUED, position=2, tried=("ana",)), LEFT, PLAIN)
    assert (heard.instruction, heard.progress.tried, heard.progress.position) == (RingNext(), ("ana",), 2)
    unheard = give_up_legs(replace(QUEUED, position=2, tried=("ana",)))
    again = advance(unheard, LEFT, PLAIN)
    assert (again.instruction, again.progress.tried, again.progress.position) == (RingNext(), (), 1)


def test_a_message_follows_when_nobody_is_left() -> None:
    turn = nobody_left(begin_inbound(), AT)
    assert turn.instruction == TakeMessage(1, apologise=True)
    assert (turn.progress.state, turn.progress.started_at) == (CallState.MESSAGE, AT)


def test_a_call_back_is_offered_again_and_again_in_one_state() -> None:
    offered = offer_again(begin_call_back("ana"), ("a",), AT, AT + seconds(20))
    again = offer_again(offered, ("b",), AT + seconds(60), AT + seconds(80))
    assert (again.state, again.turn, again.round, again.started_at) == (CallState.CALLING_BACK, 2, ("b",), None)
    assert end(again).round == ()


def test_progress_that_an_earlier_release_stored_is_read() -> None:
    """Calls in flight during an upgrade. Fields are only ever added, with defaults."""
    stored = """{"state": "queued", "turn": 2, "asked_again": false, "question": 1, "skill": "buyers", "wish": "To buy",
        "started_at": "2026-11-17T16:00:00Z", "position": 1, "legs_failed": false, "tried": ["ana"],
        "rung": ["+15125550101"], "stage": "owner", "round": ["a"], "round_at": "2026-11-17T16:00:00Z",
        "round_ends_at": "2026-11-17T16:00:20Z", "group_joins_at": null, "wants_message": false,
        "wants_call_back": false, "ours": false, "asked_by": null}"""
    read = read_progress(stored)
    assert (read.state, read.turn, read.round, read.stage) == (CallState.QUEUED, 2, ("a",), Stage.OWNER)
    assert read_progress('{"state": "menu"}') == begin_inbound()
    assert read_progress(write_progress(read)) == read
