"""The six facts about Twilio that decide the design, each as the network plays it."""

import pytest

from tests.webhooks.simulator.program import ANA, AUTH, BASE, BEN, CALLER, LINE, Program, forms, seconds
from webhooks.simulator.behaviours import Answers, Busy, Ignores, Voicemail, passes, says_nothing
from webhooks.simulator.client import Answer, ConnectionFailed
from webhooks.simulator.network import Network
from webhooks.simulator.people import CallerScript
from webhooks.simulator.signing import Form

SCREEN = '<Gather numDigits="1" timeout="4" action="/pressed"><Say>Press 1 to take it</Say></Gather><Hangup/>'


def dial(*numbers: str, timeout: int = 15, screen: str = ' url="/screen"') -> str:
    nouns = "".join(
        f'<Number{screen} statusCallback="/status" '
        f'statusCallbackEvent="initiated ringing answered completed">{number}</Number>'
        for number in numbers
    )
    return f'<Dial action="/dialled" timeout="{timeout}">{nouns}</Dial>'


@pytest.fixture(autouse=True)
def screened(program: Program) -> None:
    program.pages |= {
        "/voice": dial(ANA, BEN),
        "/screen": SCREEN,
        "/pressed": lambda form: "<Say>Thank you</Say>" if form["Digits"] == "1" else "<Hangup/>",
        "/dialled": "<Say>Goodbye</Say>",
    }


def test_1_the_first_phone_to_answer_wins_not_the_first_to_press_1(network: Network) -> None:
    network.add_phone(ANA, Voicemail(after_s=0))
    network.add_phone(BEN, Answers(after_s=1, press_after_s=0.5))
    call = network.call(CALLER, LINE)
    network.run()
    assert [(ring.phone, ring.result) for ring in call.rang] == [(ANA, "answered"), (BEN, "canceled")]
    assert call.joined == []
    assert network.faults == []


def test_1_the_cancelled_phone_hears_of_it_as_canceled(network: Network) -> None:
    network.add_phone(ANA, Answers(after_s=3))
    network.add_phone(BEN, Ignores())
    call = network.call(CALLER, LINE)
    network.run()
    assert [talk.phone for talk in call.joined] == [ANA]
    ends = {form["To"]: form["CallStatus"] for form in forms(network, "/status") if form.get("ParentCallSid")}
    assert ends == {ANA: "completed", BEN: "canceled"}


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(passes(), id="pressed 2"),
        pytest.param(says_nothing(), id="pressed nothing"),
        pytest.param(Voicemail(after_s=2), id="was a voicemail"),
    ],
)
def test_2_a_refused_screen_is_completed_without_a_bridge(network: Network, behaviour: Answers) -> None:
    network.add_phone(ANA, behaviour)
    network.add_phone(BEN, Ignores())
    call = network.call(CALLER, LINE)
    network.run()
    (ended,) = forms(network, "/dialled")
    assert (ended["DialCallStatus"], ended["DialBridged"]) == ("completed", "false")
    assert ended["CallSid"] == call.sid
    assert call.has_heard("Goodbye")


def test_2_only_a_bridge_joins_two_people(network: Network) -> None:
    network.add_phone(ANA, Answers(after_s=4, press_after_s=2, talks_s=30))
    network.add_phone(BEN, Busy())
    call = network.call(CALLER, LINE)
    network.run()
    (ended,) = forms(network, "/dialled")
    assert (ended["DialCallStatus"], ended["DialBridged"]) == ("completed", "true")
    (talk,) = call.joined
    assert talk.until is not None
    assert (talk.until - talk.since).total_seconds() == 30


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param("", id="an empty document"),
        pytest.param('<Gather action="/pressed"><Say>Press 1</Say></Gather>', id="nothing after the gather"),
    ],
)
def test_3_a_called_document_that_simply_ends_means_accept(network: Network, program: Program, screen: str) -> None:
    program.pages["/screen"] = screen
    program.pages["/voice"] = dial(ANA)
    network.add_phone(ANA, Voicemail(after_s=0))
    call = network.call(CALLER, LINE)
    network.run()
    assert [talk.phone for talk in call.joined] == [ANA]
    assert forms(network, "/dialled")[0]["DialBridged"] == "true"


def test_4_a_caller_who_leaves_while_phones_ring_still_requests_the_action(network: Network) -> None:
    call = network.call(CALLER, LINE, CallerScript(hangs_up_after_s=7))
    network.run()
    (ended,) = forms(network, "/dialled")
    assert ended["DialCallStatus"] == "canceled"
    assert ended["CallStatus"] == "completed"
    assert not call.has_heard("Goodbye")
    assert [ring.result for ring in call.rang] == ["canceled", "canceled"]
    assert call.rang[0].seconds == 7


def test_5_a_redirect_out_of_a_dial_requests_the_action_and_ignores_its_answer(
    network: Network, program: Program
) -> None:
    program.pages["/elsewhere"] = "<Say>Somewhere else</Say>"
    call = network.call(CALLER, LINE)
    network.run_for(5)
    path = f"/2010-04-01/Accounts/{AUTH[0]}/Calls/{call.sid}.json"
    status, _, _ = network.rest.handle("POST", path, [("Url", f"{BASE}/elsewhere")], AUTH)
    network.run()
    assert status == 200
    (ended,) = forms(network, "/dialled")
    assert ended["CallStatus"] == "in-progress"
    assert call.has_heard("Somewhere else")
    assert not call.has_heard("Goodbye")


class Flaky:
    """Refuses so many connections, then lets the program answer."""

    def __init__(self, program: Program, refusals: int) -> None:
        self.program, self.refusals = program, refusals

    def __call__(self, url: str, form: Form, headers: dict[str, str]) -> Answer:
        if url.endswith("/voice") and self.refusals:
            self.refusals -= 1
            raise ConnectionFailed
        return self.program(url, form, headers)


def test_6_a_failed_connection_is_tried_once_more(network: Network, program: Program) -> None:
    program.pages["/voice"] = "<Say>Hello</Say>"
    network.posting.post = Flaky(program, refusals=1)
    call = network.call(CALLER, LINE)
    network.run()
    assert call.has_heard("Hello")
    assert network.faults == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(Answer(500, "text/xml", b"<Response/>"), "11200", id="a 500 is not retried"),
        pytest.param(Answer(200, "text/html", b"<Response/>"), "12300", id="a page for people"),
        pytest.param(Answer(200, "text/xml", b""), "12100", id="nothing"),
    ],
)
def test_6_a_failed_voice_request_goes_to_the_fallback_address(
    network: Network, program: Program, answer: Answer, code: str
) -> None:
    program.pages["/voice"] = answer
    program.pages["/fallback"] = "<Say>One moment</Say>"
    call = network.call(CALLER, LINE)
    network.run()
    assert len(forms(network, "/voice")) == 1
    (form,) = forms(network, "/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, f"{BASE}/voice")
    assert call.has_heard("One moment")
    assert len(network.faults) == 1


def test_6_fragments_ask_for_more_tries_and_are_never_sent(network: Network, program: Program) -> None:
    program.pages["/voice"] = [Answer(500, "", b""), Answer(503, "", b""), "<Say>Hello</Say>"]
    network.add_line(LINE, f"{BASE}/voice#rc=3&rp=5xx,ct,rt")
    call = network.call(CALLER, LINE)
    network.run()
    assert call.has_heard("Hello")
    assert {request.url for request in network.requests} == {f"{BASE}/voice"}


def test_6_a_failed_status_callback_is_lost(network: Network, program: Program) -> None:
    program.pages |= {"/voice": "<Say>Hello</Say>", "/status": Answer(500, "", b"")}
    network.call(CALLER, LINE)
    network.run()
    assert len(forms(network, "/status")) == 1
    assert network.faults == []


def test_a_phone_rings_five_seconds_longer_than_the_timeout_says(network: Network) -> None:
    call = network.call(CALLER, LINE)
    network.run()
    assert [ring.seconds for ring in call.rang] == [20, 20]
    (ended,) = forms(network, "/dialled")
    assert (ended["DialCallStatus"], ended["DialBridged"]) == ("no-answer", "false")
    assert "DialCallDuration" not in ended
    assert seconds(network, call.rang[0].started_at) == 0
