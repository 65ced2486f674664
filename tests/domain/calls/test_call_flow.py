"""One signal in, one instruction out: the menu, the questions, the ends of rings, and what is old news."""

from dataclasses import replace
from typing import Any

import pytest

from sami.domain.calls.call_flow import advance, read_answer, read_choice
from sami.domain.calls.instructions import (
    AskMenu,
    AskQuestion,
    ConfirmOptOut,
    HangUp,
    LeaveQueue,
    OldNews,
    PromiseCallBack,
    RingNext,
    SayGoodbye,
    TakeMessage,
    ThankForMessage,
)
from sami.domain.calls.moves import begin_ring, hunt_instead
from sami.domain.calls.routing import Candidate, Ring, Stage, Way
from sami.domain.calls.signals import (
    Arrived,
    ChoiceMade,
    DialEnded,
    MessageEnded,
    MessageWanted,
    QueueEnded,
    Replied,
    Signal,
)
from sami.domain.calls.states import CallProgress, CallState
from sami.domain.delivery.carrier_words import QueueResult
from sami.domain.language.phone import E164
from sami.domain.organisation.document import Bot, MenuChoice, Question
from tests.support.cast import ANA, BEN
from tests.support.make import AT, seconds

PLAIN = Bot("main")
MENU = (
    MenuChoice("1", "To buy", "transfer", ("buy", "buying a home"), skill="buyers"),
    MenuChoice("2", "To leave a message", "voicemail", ("message",)),
    MenuChoice("3", "To be left alone", "opt_out", ("stop calling",)),
)
QUESTIONS = (Question("timeframe", "When?", ("now", "later")), Question("town", "Where?"))
WITH_MENU, ASKING = replace(PLAIN, menu=MENU), replace(PLAIN, questions=QUESTIONS)
NEW = CallProgress(CallState.MENU)
IN_MENU = CallProgress(CallState.MENU, turn=1)
IN_QUESTIONS = CallProgress(CallState.ASKING, turn=1)
RINGING = CallProgress(CallState.RINGING, turn=4, round=("a",), position=1, tried=("ana",), rung=(ANA,))
MESSAGE = replace(RINGING, state=CallState.MESSAGE, round=())
OURS = CallProgress(CallState.MENU, turn=1, ours=True)
QUEUED = replace(RINGING, state=CallState.QUEUED, round=("a", "b"), position=2, tried=("cy", "ana", "ben"))


def left(result: str, *, gone: bool = False, turn: int = 4) -> QueueEnded:
    return QueueEnded(turn, QueueResult(result), gone)


def dial(*, answered: bool = False, bridged: bool = False, gone: bool = False, turn: int = 4) -> DialEnded:
    return DialEnded(turn, answered, bridged, gone)


@pytest.mark.parametrize(
    ("bot", "instruction"),
    [
        (PLAIN, RingNext(greet=True)),
        (WITH_MENU, AskMenu(1, greet=True)),
        (ASKING, AskQuestion(1, QUESTIONS[0], greet=True)),
        (replace(WITH_MENU, questions=QUESTIONS), AskMenu(1, greet=True)),
    ],
)
def test_an_arrival_is_greeted(bot: Bot, instruction: Any) -> None:
    assert advance(NEW, Arrived(), bot).instruction == instruction


@pytest.mark.parametrize(
    ("reply", "instruction"),
    [
        pytest.param(Replied(1, "1"), RingNext(), id="a key"),
        pytest.param(Replied(1, "", "I am buying a home."), RingNext(), id="words"),
        pytest.param(Replied(1, "2"), TakeMessage(2, apologise=False), id="a message by choice"),
        pytest.param(Replied(1, "", "please stop calling me"), ConfirmOptOut(), id="to be left alone"),
        pytest.param(Replied(1, "0"), RingNext(), id="0 is always a person"),
        pytest.param(Replied(1), AskMenu(2, greet=False, again=True), id="silence"),
        pytest.param(Replied(1, "9"), AskMenu(2, greet=False, again=True), id="a key of no choice"),
        pytest.param(Replied(1, "", "buyer"), AskMenu(2, greet=False, again=True), id="a word of no choice"),
        pytest.param(Replied(0, "1"), OldNews(), id="an answer to a turn that is over"),
    ],
)
def test_the_menu_hears(reply: Replied, instruction: Any) -> None:
    assert advance(IN_MENU, reply, WITH_MENU).instruction == instruction


def test_the_menu_asks_again_once_and_then_transfers() -> None:
    again = advance(IN_MENU, Replied(1), WITH_MENU).progress
    assert advance(again, Replied(2), WITH_MENU).instruction == RingNext()
    assert advance(again, Replied(2, "1"), WITH_MENU).instruction == RingNext()
    assert advance(again, Replied(1), WITH_MENU).instruction == OldNews()


def test_a_choice_keeps_its_skill_and_what_the_caller_wants() -> None:
    chosen = advance(IN_MENU, Replied(1, "1"), WITH_MENU).progress
    assert (chosen.skill, chosen.wish) == ("buyers", "To buy")


def test_questions_follow_the_choice_and_end_in_the_transfer() -> None:
    both = replace(WITH_MENU, questions=QUESTIONS)
    first = advance(IN_MENU, Replied(1, "1"), both)
    assert first.instruction == AskQuestion(2, QUESTIONS[0], greet=False)
    second = advance(first.progress, Replied(2, "2"), both)
    assert (second.instruction, second.answer) == (
        AskQuestion(3, QUESTIONS[1], greet=False),
        ("timeframe", "later"),
    )
    last = advance(second.progress, Replied(3, "", " Round Rock "), both)
    assert (last.instruction, last.answer) == (RingNext(), ("town", "Round Rock"))


def test_a_question_is_asked_again_once_and_then_the_caller_is_put_through() -> None:
    again = advance(IN_QUESTIONS, Replied(1), ASKING)
    assert again.instruction == AskQuestion(2, QUESTIONS[0], greet=False, again=True)
    assert advance(again.progress, Replied(2, "7"), ASKING).instruction == RingNext()
    assert advance(IN_QUESTIONS, Replied(1, "0"), ASKING).instruction == RingNext()


@pytest.mark.parametrize(
    ("call", "signal", "instruction", "state"),
    [
        pytest.param(RINGING, dial(), RingNext(), CallState.RINGING, id="nobody took it: the next"),
        pytest.param(RINGING, dial(answered=True, bridged=True), HangUp(), CallState.ENDED, id="they have spoken"),
        pytest.param(RINGING, dial(bridged=True), HangUp(), CallState.ENDED, id="joined without a key: over too"),
        pytest.param(RINGING, dial(gone=True), HangUp(), CallState.ENDED, id="the caller left"),
        pytest.param(RINGING, dial(turn=3), OldNews(), CallState.RINGING, id="an earlier dial"),
        pytest.param(QUEUED, dial(), OldNews(), CallState.QUEUED, id="a dial while in the queue"),
        pytest.param(QUEUED, left("bridged"), HangUp(), CallState.ENDED, id="taken out of the queue, and parted"),
        pytest.param(QUEUED, left("redirected-from-bridged"), HangUp(), CallState.ENDED, id="parted by REST"),
        pytest.param(QUEUED, left("hangup", gone=True), HangUp(), CallState.ENDED, id="hung up in the queue"),
        pytest.param(QUEUED, left("leave"), RingNext(), CallState.QUEUED, id="left it for the next stage"),
        pytest.param(QUEUED, left("leave", gone=True), HangUp(), CallState.ENDED, id="left it and hung up"),
        pytest.param(QUEUED, left("redirected"), OldNews(), CallState.QUEUED, id="fetched out of long music"),
        pytest.param(QUEUED, left("queue-full"), RingNext(), CallState.QUEUED, id="no room: hunted"),
        pytest.param(QUEUED, left("error"), RingNext(), CallState.QUEUED, id="the queue broke: hunted"),
        pytest.param(QUEUED, left("bridged", turn=3), OldNews(), CallState.QUEUED, id="an earlier queue"),
        pytest.param(QUEUED, MessageWanted(4), LeaveQueue(), CallState.QUEUED, id="a message instead"),
        pytest.param(QUEUED, MessageWanted(3), OldNews(), CallState.QUEUED, id="wanted in an earlier queue"),
        pytest.param(QUEUED, MessageWanted(4, True), LeaveQueue(), CallState.QUEUED, id="a call back instead"),
        pytest.param(MESSAGE, ChoiceMade(4, True), PromiseCallBack(), CallState.ENDED, id="a call back, not a message"),
        pytest.param(MESSAGE, ChoiceMade(4, False), TakeMessage(5, False), CallState.MESSAGE, id="the message at once"),
        pytest.param(MESSAGE, ChoiceMade(3, True), OldNews(), CallState.MESSAGE, id="a choice of an earlier turn"),
        pytest.param(RINGING, ChoiceMade(4, True), OldNews(), CallState.RINGING, id="a choice while a dial rings"),
        pytest.param(RINGING, MessageWanted(4), OldNews(), CallState.RINGING, id="wanted while a dial rings"),
        pytest.param(MESSAGE, MessageEnded(4), ThankForMessage(), CallState.ENDED, id="the message is over"),
    ],
)
def test_what_follows(call: CallProgress, signal: Signal, instruction: Any, state: CallState) -> None:
    turn = advance(call, signal, PLAIN)
    assert (turn.instruction, turn.progress.state) == (instruction, state)


def test_who_wanted_a_message_gets_it_when_the_queue_lets_go() -> None:
    wanting = advance(QUEUED, MessageWanted(4), PLAIN).progress
    turn = advance(wanting, left("leave"), PLAIN)
    assert turn.instruction == TakeMessage(5, apologise=False)
    assert advance(wanting, left("bridged"), PLAIN).instruction == HangUp(), "somebody was faster than the key"


def test_who_wanted_a_call_back_is_promised_one_when_the_queue_lets_go() -> None:
    wanting = advance(QUEUED, MessageWanted(4, call_back=True), PLAIN).progress
    assert advance(wanting, left("leave"), PLAIN).instruction == PromiseCallBack()
    assert advance(wanting, left("bridged"), PLAIN).instruction == HangUp(), "somebody was faster than the key"


@pytest.mark.parametrize(
    ("reply", "instruction"),
    [
        pytest.param(Replied(1, "1"), RingNext(), id="a person"),
        pytest.param(Replied(1, "", "a person, please"), RingNext(), id="a person, said"),
        pytest.param(Replied(1, "0"), RingNext(), id="0 is always a person"),
        pytest.param(Replied(1, "9"), ConfirmOptOut(), id="never again"),
        pytest.param(Replied(1, "", "stop calling me"), ConfirmOptOut(), id="never again, said"),
        pytest.param(Replied(1), AskMenu(2, greet=False, again=True, ours=True), id="silence"),
    ],
)
def test_whom_we_called_is_asked_by_a_bot_without_a_menu_too(reply: Replied, instruction: Any) -> None:
    assert advance(replace(OURS, turn=0), Arrived(), PLAIN).instruction == AskMenu(1, greet=True, ours=True)
    assert advance(OURS, reply, PLAIN).instruction == instruction


def test_whom_we_called_and_who_says_nothing_twice_is_never_transferred() -> None:
    again = advance(OURS, Replied(1), PLAIN).progress
    assert advance(again, Replied(2), PLAIN).instruction == SayGoodbye()
    assert advance(again, Replied(2, "1"), PLAIN).instruction == RingNext()


def test_after_the_end_everything_is_old_news() -> None:
    over = replace(RINGING, state=CallState.ENDED)
    for signal in (dial(answered=True, bridged=True), left("bridged"), Replied(4, "1"), MessageWanted(4)):
        turn = advance(over, signal, WITH_MENU)
        assert (turn.instruction, turn.progress) == (OldNews(), over)


def test_a_ring_begins_a_new_turn_and_its_phones_count_as_tried() -> None:
    both = (Candidate(E164(ANA), "ana"), Candidate(E164(BEN), "ben"))
    ring = Ring(Stage.GROUP, Way.QUEUE, both, 20, position=2)
    begun = begin_ring(NEW, ring, ("x", "y"), AT, AT + seconds(20), None, queued=True)
    assert (begun.state, begun.turn, begun.position) == (CallState.QUEUED, 1, 2)
    assert (begun.tried, begun.rung, begun.started_at) == (("ana", "ben"), (ANA, BEN), AT)
    later = begin_ring(begun, replace(ring, candidates=()), (), AT + seconds(30), AT + seconds(50), None, queued=False)
    assert later.started_at == AT, "a transfer has one beginning"


def test_whom_no_leg_reached_was_not_tried() -> None:
    hunted = hunt_instead(replace(QUEUED, rung=("c", "a", "b")))
    assert (hunted.tried, hunted.rung, hunted.position) == (("cy",), ("c",), 1)
    assert hunted.legs_failed


@pytest.mark.parametrize(
    ("digits", "speech", "choice"),
    [
        ("1", "", "1"),
        ("2", "I want to buy", "2"),
        ("", "Buy!", "1"),
        ("", "a Message, please", "2"),
        ("", "messages", None),
        ("", "", None),
        ("12", "", None),
    ],
)
def test_a_choice_is_read(digits: str, speech: str, choice: str | None) -> None:
    found = read_choice(MENU, digits, speech)
    assert (found.digits if found else None) == choice


@pytest.mark.parametrize(
    ("question", "digits", "speech", "answer"),
    [
        (QUESTIONS[0], "1", "", "now"),
        (QUESTIONS[0], "", "Later, I think", "later"),
        (QUESTIONS[0], "3", "", None),
        (QUESTIONS[0], "0", "", None),
        (QUESTIONS[0], "", "someday", None),
        (QUESTIONS[1], "", "  Round Rock ", "Round Rock"),
        (QUESTIONS[1], "78664", "", "78664"),
        (QUESTIONS[1], "", "   ", None),
    ],
)
def test_an_answer_is_read(question: Question, digits: str, speech: str, answer: str | None) -> None:
    assert read_answer(question, digits, speech) == answer
