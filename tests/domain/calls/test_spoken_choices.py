"""What callers say to a menu: choices by words and by key, a person, and what is denied."""

import pytest

from sami.domain.calls.call_flow import advance
from sami.domain.calls.instructions import AskMenu, ConfirmOptOut, Instruction, PromiseCallBack, RingNext, TakeMessage
from sami.domain.calls.signals import Replied
from sami.domain.calls.states import CallProgress, CallState
from sami.domain.organisation.document import Bot, MenuChoice

MENU = (
    MenuChoice("1", "To buy a home", "transfer", ("buy", "buying")),
    MenuChoice("2", "To leave a message", "voicemail", ("message",)),
    MenuChoice("3", "For a call back", "callback", ("later",)),
)


def heard(speech: str, bot: Bot | None = None) -> Instruction:
    call = CallProgress(CallState.MENU, turn=1)
    return advance(call, Replied(1, "", speech), bot or Bot("main", menu=MENU)).instruction


@pytest.mark.parametrize(
    ("speech", "instruction"),
    [
        ("I want to buy a house", RingNext),
        ("leave a message", TakeMessage),
        ("No, a message, please", TakeMessage),
        ("I don't want to leave a message", AskMenu),
        ("I do not want to leave a message", AskMenu),
        ("no quiero message", AskMenu),
        ("not later", AskMenu),
        ("later", PromiseCallBack),
        ("two", TakeMessage),
        ("press two", TakeMessage),
        ("number 2", TakeMessage),
        ("Option two, please.", TakeMessage),
        ("dos", TakeMessage),
        ("three", PromiseCallBack),
        ("two people", AskMenu),
        ("operator", RingNext),
        ("Representative!", RingNext),
        ("human", RingNext),
        ("can I talk to someone", RingNext),
        ("let me speak with a person", RingNext),
        ("zero", RingNext),
        ("Quiero hablar con una persona", RingNext),
        ("operadora", RingNext),
        ("I don't want to talk to a person", AskMenu),
        ("what is the weather", AskMenu),
        ("", AskMenu),
        ("stop calling me", ConfirmOptOut),
        ("please take me off your list", ConfirmOptOut),
        ("can you stop by at 5", AskMenu),
    ],
)
def test_what_is_said_is_understood_as_it_is_meant(speech: str, instruction: type[Instruction]) -> None:
    assert isinstance(heard(speech), instruction), heard(speech)
