"""Phones and callers behave as people do, one at a time or all at once."""

import time
from collections.abc import Callable

import pytest

from tests.webhooks.simulator.program import ANA, BEN, CALLER, LINE, Program, forms, seconds
from webhooks.simulator.behaviours import Answers, Busy, Ignores, Manual, Voicemail, says_nothing
from webhooks.simulator.network import Network
from webhooks.simulator.people import CallerScript

SCREEN = '<Gather numDigits="1" timeout="4" action="/pressed"><Say>Press 1</Say></Gather><Hangup/>'


@pytest.fixture(autouse=True)
def screened(program: Program) -> None:
    program.pages |= {
        "/voice": f'<Dial timeout="25" action="/dialled"><Number url="/screen">{ANA}</Number></Dial>',
        "/screen": SCREEN,
        "/pressed": lambda form: "<Say>Thank you</Say>" if form["Digits"] == "1" else "<Hangup/>",
        "/dialled": "<Hangup/>",
    }


def test_a_phone_left_alone_is_answered_by_its_voicemail_at_22_seconds(network: Network) -> None:
    network.add_phone(ANA, Voicemail())
    call = network.call(CALLER, LINE)
    network.run()
    assert [(ring.result, ring.seconds) for ring in call.rang] == [("answered", 22)]
    assert call.joined == []


def test_each_call_uses_up_one_behaviour_and_the_last_stays(network: Network) -> None:
    network.add_phone(ANA, Busy(), Ignores(), Answers())
    calls = []
    for _ in range(4):
        calls.append(network.call(CALLER, LINE))
        network.run()
    assert [call.rang[0].result for call in calls] == ["busy", "no-answer", "answered", "answered"]


def test_a_phone_in_somebodys_hand_does_what_the_hand_does(network: Network) -> None:
    phone = network.add_phone(ANA, Manual())
    call = network.call(CALLER, LINE)
    network.run_for(3)
    phone.answer()
    network.run_for(2)
    phone.press("1")
    network.run_for(20)
    assert [talk.until for talk in call.joined] == [None]
    phone.hang_up()
    network.run()
    assert forms(network, "/dialled")[0]["DialBridged"] == "true"
    assert not call.is_live


def test_a_caller_in_somebodys_hand_can_press_and_leave(network: Network, program: Program) -> None:
    program.pages["/voice"] = '<Gather numDigits="1" action="/menu" timeout="60"/>'
    program.pages["/menu"] = "<Pause length='60'/>"
    call = network.call(CALLER, LINE)
    network.run_for(5)
    call.press("9")
    network.run_for(5)
    call.hang_up()
    network.run()
    assert forms(network, "/menu")[0]["Digits"] == "9"
    assert call.state == "completed"


@pytest.mark.parametrize("caller", ["anonymous", "+266696687"])
def test_a_caller_may_withhold_the_number(network: Network, caller: str) -> None:
    network.add_phone(ANA, Answers(talks_s=5))
    network.call(caller, LINE)
    network.run()
    assert forms(network, "/voice")[0]["From"] == caller
    assert network.faults == []


def test_a_phone_offered_two_callers_at_once_is_noticed(network: Network) -> None:
    network.call(CALLER, LINE)
    network.run_for(2)
    network.call(BEN, LINE)
    network.run()
    assert [(double.phone, double.already) for double in network.double_rings] == [(ANA, "ringing")]


def test_a_caller_on_the_line_is_busy_to_others(network: Network, program: Program) -> None:
    program.pages["/voice"] = f"<Dial>{BEN}</Dial>"
    network.add_phone(BEN, says_nothing(after_s=1))
    network.call(CALLER, LINE)
    network.run_for(5)
    program.pages["/voice"] = f"<Dial>{CALLER}</Dial>"
    second = network.call(ANA, LINE)
    network.run()
    assert [ring.result for ring in second.rang] == ["busy"]


def test_the_story_of_a_call_reads_from_top_to_bottom(network: Network) -> None:
    network.add_phone(ANA, Answers(talks_s=30))
    call = network.call(CALLER, LINE)
    network.run()
    assert call.story == [
        "00:00 hears ringing",
        f"00:00 {ANA} rings",
        f"00:04 {ANA}: answered",
        f"00:07 joined with {ANA}",
        f"00:37 parted from {ANA}",
        "00:37 call ends: completed",
    ]


def test_a_network_in_real_time_plays_a_call_by_hand(network: Network) -> None:
    phone = network.add_phone(ANA, Manual())
    network.timeline.start()
    try:
        call = network.call(CALLER, LINE)
        await_that(lambda: bool(call.rang))
        phone.answer()
        await_that(lambda: phone.is_talking)
        phone.press("1")
        network.timeline.skip(2)
        await_that(lambda: bool(call.joined))
        call.hang_up()
        await_that(lambda: not call.is_live and not phone.legs)
    finally:
        network.timeline.stop()
    assert network.faults == []


def await_that(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.005)


def test_a_machine_is_told_from_a_person(network: Network, program: Program) -> None:
    program.pages["/voice"] = "<Hangup/>"
    network.add_phone(ANA, Voicemail(after_s=3), Answers(performs=CallerScript(hangs_up_after_s=20)))
    for _ in range(2):
        network.rest.handle(
            "POST",
            f"/2010-04-01/Accounts/{network.exchange.account_sid}/Calls.json",
            [("To", ANA), ("From", LINE), ("Url", "https://sami.test/voice"), ("MachineDetection", "Enable")],
            (network.exchange.account_sid, "a token"),
        )
        network.run()
    assert [form["AnsweredBy"] for form in forms(network, "/voice")] == ["machine_start", "human"]


def test_a_machine_hears_the_message_when_its_greeting_is_over(network: Network, program: Program) -> None:
    program.pages["/voice"] = "<Say>Please call us back.</Say><Hangup/>"
    network.add_phone(ANA, Voicemail(after_s=3, greeting_s=9))
    create(network, ANA, "/voice", ("MachineDetection", "DetectMessageEnd"))
    network.run()
    assert [form["AnsweredBy"] for form in forms(network, "/voice")] == ["machine_end_beep"]
    (heard,) = network.heard_by(ANA)
    assert (heard.text, seconds(network, heard.at)) == ("Please call us back.", 3 + 9)


def test_who_was_called_by_rest_may_dial_somebody_as_our_line(network: Network, program: Program) -> None:
    dial = f'<Dial callerId="{LINE}" action="/called"><Number>{CALLER}</Number></Dial>'
    program.pages |= {"/voice": dial, "/called": "<Hangup/>"}
    network.add_phone(ANA, says_nothing(after_s=2, talks_s=None))
    network.add_phone(CALLER, says_nothing(after_s=4, talks_s=30))
    create(network, ANA, "/voice")
    network.run()
    assert [(ring.phone, ring.result) for ring in network.rings] == [(ANA, "answered"), (CALLER, "answered")]
    (called,) = forms(network, "/called")
    assert (called["DialBridged"], called["DialCallDuration"], called["To"]) == ("true", "30", ANA)
    shown = next(leg.from_ for leg in network.legs.values() if leg.to == CALLER)
    assert (shown, network.faults) == (LINE, [])


def create(network: Network, phone: str, page: str, *more: tuple[str, str]) -> None:
    account = network.exchange.account_sid
    asked = [("To", phone), ("From", LINE), ("Url", f"https://sami.test{page}"), *more]
    network.rest.handle("POST", f"/2010-04-01/Accounts/{account}/Calls.json", asked, (account, "a token"))
