"""Which state of a call listens to which signal: whatever else is heard is old news, told here and nowhere else."""

from typing import assert_never

from sami.domain.calls.signals import (
    Arrived,
    CallBackEnded,
    CallerNotMet,
    ChoiceMade,
    DialEnded,
    HungUp,
    LateResult,
    MessageEnded,
    MessageWanted,
    PickedUp,
    QueueEnded,
    Replied,
    SafetyNetAnswered,
    Signal,
    StillWaits,
)
from sami.domain.calls.states import CallProgress, CallState

_WHILE_NOT_OVER = (HungUp, SafetyNetAnswered, LateResult)


def heard_in(state: CallState) -> tuple[type[Signal], ...]:
    """The table of docs/call.md."""
    match state:
        case CallState.MENU:
            return (Arrived, Replied, *_WHILE_NOT_OVER)
        case CallState.ASKING:
            return (Replied, *_WHILE_NOT_OVER)
        case CallState.RINGING:
            return (DialEnded, PickedUp, *_WHILE_NOT_OVER)
        case CallState.QUEUED:
            return (QueueEnded, MessageWanted, StillWaits, PickedUp, CallerNotMet, *_WHILE_NOT_OVER)
        case CallState.MESSAGE:
            return (ChoiceMade, MessageEnded, *_WHILE_NOT_OVER)
        case CallState.CALLING_BACK:
            return (PickedUp, CallBackEnded)
        case CallState.SAFETY_NET:
            return (MessageEnded, *_WHILE_NOT_OVER)
        case CallState.ENDED:
            return (MessageEnded, LateResult)
        case _:
            assert_never(state)


def is_heard(call: CallProgress, signal: Signal) -> bool:
    return isinstance(signal, heard_in(call.state)) and _is_of_this_turn(call, signal)


def _is_of_this_turn(call: CallProgress, signal: Signal) -> bool:
    match signal:
        case Replied() | DialEnded() | QueueEnded() | MessageWanted() | ChoiceMade() | StillWaits():
            return signal.turn == call.turn
        case PickedUp() | CallerNotMet():
            return signal.attempt in call.round
        case MessageEnded() | LateResult():
            return True  # What was said, and what a ring came to, counts whenever it is heard.
        case Arrived() | HungUp() | SafetyNetAnswered() | CallBackEnded():
            return True  # Of the whole call.
        case _:
            assert_never(signal)
