"""What happens next in a call: one signal in, one instruction out."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sami.domain.calls.instructions import (
    AskMenu,
    AskQuestion,
    ConfirmOptOut,
    HangUp,
    Instruction,
    LeaveQueue,
    OldNews,
    PromiseCallBack,
    RingNext,
    SayGoodbye,
    TakeMessage,
    ThankForMessage,
)
from sami.domain.calls.listening import is_heard
from sami.domain.calls.moves import end, hunt_instead, want_transfer
from sami.domain.calls.outbound_calls import menu_for_called
from sami.domain.calls.signals import (
    Arrived,
    CallBackEnded,
    CallerSignal,
    ChoiceMade,
    DialEnded,
    HungUp,
    LateResult,
    MessageEnded,
    MessageWanted,
    News,
    QueueEnded,
    Replied,
    SafetyNetAnswered,
)
from sami.domain.calls.spoken_choices import says, spoken_choice, spoken_key, wants_person
from sami.domain.calls.states import CallProgress, CallState
from sami.domain.consent.stop_phrases import asks_to_stop
from sami.domain.delivery.carrier_words import QueueResult
from sami.domain.organisation.document import Bot, MenuChoice, Question

PERSON_KEY = "0"


@dataclass(frozen=True, slots=True)
class Turn:
    """What is true after the signal, what to tell the network, and what the caller said of themselves."""

    progress: CallProgress
    instruction: Instruction
    answer: tuple[str, str] | None = None


def advance(call: CallProgress, signal: CallerSignal, bot: Bot) -> Turn:
    if not is_heard(call, signal):
        return Turn(call, OldNews())
    match signal:
        case Arrived():
            return _greet(call, bot)
        case Replied():
            return _hear(call, signal, bot)
        case DialEnded():
            return _end_dial(call, signal)
        case QueueEnded():
            return _end_queue(call, signal)
        case MessageWanted():
            return _leave_queue(call, signal)
        case ChoiceMade():
            return _choose(call, signal)
        case MessageEnded():
            return Turn(end(call), ThankForMessage())
        case _:
            assert_never(signal)


def learn(call: CallProgress, news: News) -> CallProgress:
    """What is heard of a call while nobody waits for an answer. Old news changes nothing."""
    if not is_heard(call, news):
        return call
    match news:
        case HungUp():
            return end(call)
        case SafetyNetAnswered():
            return replace(want_transfer(call, news.at), state=CallState.SAFETY_NET, round=())
        case LateResult():
            state = CallState.ENDED if news.over or call.is_over else CallState.SAFETY_NET
            return replace(want_transfer(call, news.arrived_at), state=state, round=())
        case CallBackEnded():
            return replace(end(call), started_at=news.transfer_at)
        case _:
            assert_never(news)


def _greet(call: CallProgress, bot: Bot) -> Turn:
    if bot.menu or call.ours:
        begun = replace(call, state=CallState.MENU, turn=call.turn + 1)
        return Turn(begun, AskMenu(begun.turn, greet=True, ours=call.ours))
    if bot.questions:
        return _ask(call, bot, greet=True)
    return Turn(call, RingNext(greet=True))


def _ask(call: CallProgress, bot: Bot, greet: bool = False) -> Turn:
    """The next question, or the transfer after the last."""
    if call.question >= len(bot.questions):
        return Turn(call, RingNext())
    asking = replace(call, state=CallState.ASKING, turn=call.turn + 1, asked_again=False)
    return Turn(asking, AskQuestion(asking.turn, bot.questions[call.question], greet))


def _hear(call: CallProgress, reply: Replied, bot: Bot) -> Turn:
    if reply.digits == PERSON_KEY:
        return Turn(call, RingNext())
    if asks_to_stop(reply.speech):
        return Turn(end(call), ConfirmOptOut())
    return _hear_choice(call, reply, bot) if call.state is CallState.MENU else _hear_answer(call, reply, bot)


def _hear_choice(call: CallProgress, reply: Replied, bot: Bot) -> Turn:
    choice = read_choice(menu_for_called(bot) if call.ours else bot.menu, reply.digits, reply.speech)
    if choice is None:
        return Turn(call, RingNext()) if wants_person(reply.speech) else _hear_nothing(call)
    chosen = replace(call, skill=choice.skill, wish=choice.say, asked_again=False)
    match choice.then:
        case "transfer":
            return _ask(chosen, bot)
        case "voicemail":
            return take_message(chosen, apologise=False)
        case "callback":
            return Turn(end(chosen), PromiseCallBack())
        case "opt_out":
            return Turn(end(chosen), ConfirmOptOut())


def _hear_nothing(call: CallProgress) -> Turn:
    """Silence or nonsense is asked again once. Who called us is then transferred; whom we called asked for nobody."""
    if not call.asked_again:
        again = replace(call, turn=call.turn + 1, asked_again=True)
        return Turn(again, AskMenu(again.turn, greet=False, again=True, ours=call.ours))
    if call.ours:
        return Turn(end(call), SayGoodbye())
    return Turn(call, RingNext())


def _hear_answer(call: CallProgress, reply: Replied, bot: Bot) -> Turn:
    question = bot.questions[call.question]
    answer = read_answer(question, reply.digits, reply.speech)
    if wants_person(reply.speech) and (answer is None or not question.choices):
        return Turn(call, RingNext())
    if answer is None and not call.asked_again:
        again = replace(call, turn=call.turn + 1, asked_again=True)
        return Turn(again, AskQuestion(again.turn, question, greet=False, again=True))
    if answer is None:
        return Turn(call, RingNext())
    turn = _ask(replace(call, question=call.question + 1), bot)
    return replace(turn, answer=(question.attribute, answer))


def _end_dial(call: CallProgress, signal: DialEnded) -> Turn:
    if signal.answered or signal.bridged or signal.caller_left:
        return Turn(end(call), HangUp())
    return Turn(replace(call, round=()), RingNext())


def _end_queue(call: CallProgress, signal: QueueEnded) -> Turn:
    match signal.result:
        case QueueResult.BRIDGED | QueueResult.REDIRECTED_FROM_BRIDGED | QueueResult.HANGUP:
            return Turn(end(call), HangUp())
        case QueueResult.REDIRECTED:
            return Turn(call, OldNews())
        case QueueResult.LEAVE if call.wants_call_back:
            return Turn(end(call), PromiseCallBack())
        case QueueResult.LEAVE if call.wants_message:
            return take_message(replace(call, round=()), apologise=False)
        case _ if signal.caller_left:
            return Turn(end(call), HangUp())
        case QueueResult.LEAVE if not call.legs_failed:
            return Turn(replace(call, round=()), RingNext())
        case _:
            # No leg told of itself, a full queue, an error, a word of tomorrow: the same people are hunted by <Dial>.
            return Turn(hunt_instead(call), RingNext())


def _leave_queue(call: CallProgress, wanted: MessageWanted) -> Turn:
    return Turn(replace(call, wants_message=not wanted.call_back, wants_call_back=wanted.call_back), LeaveQueue())


def _choose(call: CallProgress, chosen: ChoiceMade) -> Turn:
    """Instead of waiting for the tone."""
    if chosen.call_back:
        return Turn(end(call), PromiseCallBack())
    return take_message(call, apologise=False)


def take_message(call: CallProgress, apologise: bool) -> Turn:
    recording = replace(call, state=CallState.MESSAGE, turn=call.turn + 1)
    return Turn(recording, TakeMessage(recording.turn, apologise))


def nobody_left(call: CallProgress, at: datetime) -> Turn:
    """Everybody who might take the caller was rung, or could not be."""
    return take_message(replace(want_transfer(call, at), round=()), apologise=True)


def read_choice(menu: tuple[MenuChoice, ...], digits: str, speech: str) -> MenuChoice | None:
    """The choice by key, else the one that is said; None for silence and nonsense."""
    by_key = next((choice for choice in menu if digits and choice.digits == digits), None)
    return by_key or spoken_choice(menu, speech)


def read_answer(question: Question, digits: str, speech: str) -> str | None:
    """The choice by its number or its words; without choices whatever was said or typed."""
    if not question.choices:
        return speech.strip() or digits or None
    if digits.isdecimal() and 0 < int(digits) <= len(question.choices):
        return question.choices[int(digits) - 1]
    by_key = spoken_key(speech)
    if by_key is not None and 0 < int(by_key) <= len(question.choices):
        return question.choices[int(by_key) - 1]
    return next((choice for choice in question.choices if says(speech, choice)), None)
