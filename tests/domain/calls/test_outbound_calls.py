"""What may be chosen in a call of ours, who answered it, and how it ended."""

import pytest

from sami.domain.calls.outbound_calls import OutboundResult, is_dead, is_machine, menu_for_called, result_of, said_of
from sami.domain.delivery.carrier_words import AnsweredBy, CallStatus
from sami.domain.organisation.document import Bot, MenuChoice

PERSON, NEVER_AGAIN = menu_for_called(Bot("main"))
BUY = MenuChoice("1", "To buy", "transfer")
STOP = MenuChoice("3", "To be left alone", "opt_out")
NINE = MenuChoice("9", "To hear that again", "transfer")


@pytest.mark.parametrize(
    ("menu", "asked"),
    [
        pytest.param((), (PERSON, NEVER_AGAIN), id="a bot without a menu"),
        pytest.param((BUY,), (BUY, NEVER_AGAIN), id="never again stands in every menu"),
        pytest.param((BUY, STOP), (BUY, STOP), id="the admin's own choice is enough"),
        pytest.param((BUY, NINE), (BUY, NINE), id="a key of the admin's is not taken"),
    ],
)
def test_whom_we_call_may_ask_never_to_be_called_again(
    menu: tuple[MenuChoice, ...], asked: tuple[MenuChoice, ...]
) -> None:
    assert menu_for_called(Bot("main", menu=menu)) == asked


@pytest.mark.parametrize("answered_by", [*(word for word in AnsweredBy if word.startswith("machine")), AnsweredBy.FAX])
def test_a_machine_is_known_by_any_of_its_names(answered_by: AnsweredBy | None) -> None:
    assert is_machine(answered_by)
    assert result_of(CallStatus.COMPLETED, answered_by) is OutboundResult.MACHINE


@pytest.mark.parametrize("answered_by", [AnsweredBy.HUMAN, AnsweredBy.UNKNOWN, None])
def test_whom_nobody_can_tell_is_spoken_to_as_a_person(answered_by: AnsweredBy | None) -> None:
    assert not is_machine(answered_by)


@pytest.mark.parametrize(
    ("status", "answered_by", "result"),
    [
        (CallStatus.COMPLETED, AnsweredBy.HUMAN, OutboundResult.PERSON),
        (CallStatus.COMPLETED, AnsweredBy.UNKNOWN, OutboundResult.PERSON),
        (CallStatus.COMPLETED, None, OutboundResult.UNKNOWN),
        (CallStatus.BUSY, None, OutboundResult.BUSY),
        (CallStatus.NO_ANSWER, None, OutboundResult.NO_ANSWER),
        (CallStatus.CANCELED, None, OutboundResult.NO_ANSWER),
        (CallStatus.FAILED, None, OutboundResult.FAILED),
    ],
)
def test_how_it_ended(status: CallStatus, answered_by: AnsweredBy | None, result: OutboundResult) -> None:
    assert result_of(status, answered_by) is result


@pytest.mark.parametrize(
    ("status", "code", "dead"),
    [
        (CallStatus.FAILED, 13224, True),
        (CallStatus.FAILED, 404, True),
        (CallStatus.FAILED, 480, False),
        (CallStatus.FAILED, None, False),
        (CallStatus.BUSY, 404, False),
    ],
)
def test_only_a_number_that_nobody_has_is_bad(status: CallStatus, code: int | None, dead: bool) -> None:
    assert is_dead(status, code) is dead


def test_every_result_is_said() -> None:
    assert all(said_of(result) for result in OutboundResult)
