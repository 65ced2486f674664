"""The REST API answers as Twilio's does, to Twilio's own client too, and fails as it is told."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient  # noqa: TID251 - Twilio's own client judges the stand-in.
from twilio.http.response import Response  # noqa: TID251 - As above.
from twilio.rest import Client  # noqa: TID251 - As above.

from tests.webhooks.simulator.program import (
    ACCOUNT,
    ANA,
    AUTH,
    BASE,
    BEN,
    CALLER,
    LINE,
    START,
    TOKEN,
    Program,
    forms,
    seconds,
)
from webhooks.simulator.behaviours import Answers, says_nothing
from webhooks.simulator.network import Network
from webhooks.simulator.pages.faults import Faults, RestState
from webhooks.simulator.people import CallerScript
from webhooks.simulator.recordings import Recording
from webhooks.simulator.rest.blueprint import rest_blueprint
from webhooks.simulator.rest.faults import RestFault

RECORDING = Recording("RE" + "1" * 32, "", 2, "CA1", "RecordVerb", START)
RECORDINGS = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TAKE = [("To", ANA), ("From", LINE), ("Url", f"{BASE}/take")]


class InProcess(HttpClient):
    """Twilio's client, speaking straight to the stand-in."""

    def __init__(self, network: Network) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self.network = network

    def request(  # type: ignore[no-untyped-def]
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ) -> Response:
        target = urlsplit(url)
        path = f"{target.path}?{target.query}"
        status, _, body = self.network.rest.handle(method, path, pairs(params) + pairs(data), auth)
        return Response(status, body)


def pairs(fields: Mapping[str, object] | None) -> list[tuple[str, str]]:
    many = ((n, v if isinstance(v, list) else [v]) for n, v in (fields or {}).items())
    return [(name, str(value)) for name, values in many for value in values]


@pytest.fixture
def client(network: Network) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=InProcess(network))


def error(answer: tuple[int, dict[str, str], str]) -> tuple[int, int]:
    return answer[0], json.loads(answer[2])["code"]


def test_twilios_client_makes_finds_and_ends_a_call(network: Network, program: Program, client: Client) -> None:
    program.pages["/take"] = "<Pause length='60'/>"
    network.add_phone(ANA, says_nothing(after_s=2))
    created = client.calls.create(
        to=ANA,
        from_=LINE,
        url=f"{BASE}/take",
        status_callback=f"{BASE}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    network.run_for(5)
    assert client.calls(created.sid).fetch().status == "in-progress"
    client.calls(created.sid).update(status="completed")
    network.run()
    found = client.calls.list(to=ANA, start_time_after=START)
    assert [(call.sid, call.status, call.direction) for call in found] == [(created.sid, "completed", "outbound-api")]
    assert [form["CallStatus"] for form in forms(network, "/status")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    with pytest.raises(TwilioRestException) as refused:
        client.calls(created.sid).update(status="completed")
    assert refused.value.code == 21220


def test_twilios_client_sends_texts_and_looks_them_up_page_by_page(network: Network, client: Client) -> None:
    for number in range(5):
        client.messages.create(to=CALLER, from_=LINE, body=f"Text {number}")
    network.run()
    listed = client.messages.list(to=CALLER, date_sent_after=START, page_size=2)
    assert [message.body for message in listed] == [f"Text {number}" for number in (4, 3, 2, 1, 0)]
    assert client.messages(listed[0].sid).fetch().status == "delivered"
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to="5551234", from_=LINE, body="Hello")
    assert refused.value.code == 21211


def test_twilios_client_lists_and_deletes_queues(network: Network, program: Program, client: Client) -> None:
    program.pages |= {"/voice": "<Enqueue>room</Enqueue>"}
    network.call(CALLER, LINE, CallerScript(hangs_up_after_s=5))
    network.run_for(2)
    (queue,) = client.queues.list()
    assert (queue.friendly_name, queue.current_size) == ("room", 1)
    with pytest.raises(TwilioRestException):
        client.queues(queue.sid).delete()
    network.run()
    assert client.queues(queue.sid).delete()
    assert client.queues.list() == []


@pytest.mark.parametrize(
    ("path", "form", "expected"),
    [
        pytest.param(CALLS, [("To", "12345"), *TAKE[1:]], (400, 21211), id="no phone to call"),
        pytest.param(CALLS, [TAKE[0], ("From", BEN), TAKE[2]], (400, 21210), id="a number not ours"),
        pytest.param(CALLS, TAKE[:2], (400, 21205), id="no document"),
        pytest.param(CALLS, [*TAKE, ("Colour", "red")], (400, 20001), id="an unknown field"),
        pytest.param(CALLS, [*TAKE, ("MachineDetection", "true")], (400, 20001), id="no way to detect a machine"),
        pytest.param(CALLS, [*TAKE, ("StatusCallback", "https://my_host/s")], (400, 21609), id="an underscore"),
        pytest.param(CALLS.replace(".json", "/CA00.json"), [("Status", "completed")], (404, 20404), id="no such call"),
        pytest.param(MESSAGES, [("To", CALLER), ("From", BEN), ("Body", "x")], (400, 21606), id="a sender not ours"),
        pytest.param(MESSAGES, [("To", CALLER), ("From", LINE)], (400, 21602), id="an empty text"),
        pytest.param(MESSAGES, [("To", CALLER), ("From", LINE), ("Body", "x" * 1601)], (400, 21617), id="a long text"),
    ],
)
def test_refusals_carry_twilios_codes(
    network: Network, path: str, form: list[tuple[str, str]], expected: tuple[int, int]
) -> None:
    assert error(network.rest.handle("POST", path, form, AUTH)) == expected


def test_a_wrong_password_is_refused(network: Network) -> None:
    assert error(network.rest.handle("POST", CALLS, TAKE, (ACCOUNT, "guess"))) == (401, 20003)
    assert error(network.rest.handle("POST", CALLS, TAKE, None)) == (401, 20003)


def test_a_callers_number_may_be_shown_only_with_the_token_of_the_live_call(network: Network, program: Program) -> None:
    program.pages["/voice"] = "<Pause length='30'/>"
    network.call(CALLER, LINE)
    network.run_for(1)
    shown = [("To", ANA), ("From", CALLER), ("Url", f"{BASE}/take")]
    token = ("CallToken", forms(network, "/voice")[0]["CallToken"])
    assert network.rest.handle("POST", CALLS, [*shown, token], AUTH)[0] == 201
    assert error(network.rest.handle("POST", CALLS, shown, AUTH)) == (400, 21210)
    program.pages["/take"] = "<Hangup/>"
    network.run()
    assert error(network.rest.handle("POST", CALLS, [*shown, token], AUTH)) == (400, 21210)


def test_a_document_given_outright_is_played_and_a_leg_whose_document_ends_hangs_up(
    network: Network,
) -> None:
    network.add_phone(ANA, Answers(after_s=1, talks_s=None))
    form = [("To", ANA), ("From", LINE), ("Twiml", "<Response><Say>Press 1</Say></Response>")]
    status, _, body = network.rest.handle("POST", CALLS, form, AUTH)
    network.run()
    leg = network.legs[json.loads(body)["sid"]]
    assert status == 201
    assert [heard.text for heard in leg.story.heard] == ["Press 1"]
    assert str(leg.status) == "completed"


def test_a_document_given_outright_has_no_page_to_be_relative_to(network: Network) -> None:
    network.add_phone(ANA, Answers(after_s=1))
    form = [("To", ANA), ("From", LINE), ("Twiml", "<Response><Redirect>/next</Redirect></Response>")]
    network.rest.handle("POST", CALLS, form, AUTH)
    network.run()
    assert [fault.code for fault in network.faults] == [11100]


def test_a_new_account_refuses_or_delays_what_is_over_its_rate(network: Network, program: Program) -> None:
    program.pages["/take"] = "<Hangup/>"
    network.rest.creates_per_s = 2
    statuses = [network.rest.handle("POST", CALLS, TAKE, AUTH)[0] for _ in range(3)]
    assert statuses == [201, 201, 429]
    network.rest.creates_per_s, network.rest.starts_per_s = None, 1
    for phone in (BEN, CALLER):
        network.rest.handle("POST", CALLS, [("To", phone), *TAKE[1:]], AUTH)
    network.run()
    starts = {ring.phone: seconds(network, ring.started_at) for ring in network.rings}
    assert (starts[BEN], starts[CALLER]) == (0, 1)


@pytest.mark.parametrize(
    ("fault", "raised", "texts"),
    [
        (RestFault.REFUSE, ConnectionRefusedError, 0),
        (RestFault.SLOW_BEFORE, TimeoutError, 0),
        (RestFault.SLOW_AFTER, TimeoutError, 1),
        (RestFault.LOSE_ANSWER, ConnectionResetError, 1),
    ],
)
def test_a_broken_connection_says_nothing_of_what_was_obeyed(
    network: Network, fault: RestFault, raised: type[Exception], texts: int
) -> None:
    network.rest.faults.fail_next(fault, path_holds="POST /2010-04-01")
    with pytest.raises(raised):
        network.rest.handle("POST", MESSAGES, [("To", CALLER), ("From", LINE), ("Body", "x")], AUTH)
    assert len(network.texts) == texts
    assert [request.status for request in network.rest.requests] == [None]


@pytest.mark.parametrize(
    ("fault", "status", "texts"),
    [
        (RestFault.STATUS_500, 500, 0),
        (RestFault.STATUS_500_AFTER, 500, 1),
        (RestFault.STATUS_503, 503, 0),
        (RestFault.STATUS_429, 429, 0),
        (RestFault.STATUS_403, 403, 0),
        (RestFault.HTML_BODY, 502, 0),
        (RestFault.HALF_BODY, 201, 1),
    ],
)
def test_an_odd_answer_may_follow_a_request_that_was_obeyed(
    network: Network, fault: RestFault, status: int, texts: int
) -> None:
    network.rest.faults.fail_next(fault)
    form = [("To", CALLER), ("From", LINE), ("Body", "x")]
    assert network.rest.handle("POST", MESSAGES, form, AUTH)[0] == status
    assert len(network.texts) == texts


def test_a_share_of_requests_fails_the_same_way_for_the_same_seed(network: Network) -> None:
    def draw() -> list[RestFault | None]:
        network.rest.faults.fail_share(0.3, 7)
        return [network.rest.faults.draw("GET", "/") for _ in range(200)]

    first = draw()
    assert first == draw()
    assert 40 <= sum(fault is not None for fault in first) <= 80


def test_a_text_may_be_missing_from_the_list_for_a_while(network: Network) -> None:
    network.rest.listing_delay_s = 60
    network.rest.handle("POST", MESSAGES, [("To", CALLER), ("From", LINE), ("Body", "x")], AUTH)

    def listed() -> int:
        _, _, body = network.rest.handle("GET", f"{MESSAGES}?To=%2B15125550199", [], AUTH)
        return len(json.loads(body)["messages"])

    assert listed() == 0
    network.run_for(61)
    assert listed() == 1


def test_the_demo_mounts_the_same_api_in_flask(network: Network) -> None:
    app = Flask("demo")
    app.register_blueprint(rest_blueprint(network.rest))
    web = app.test_client()
    form = {"To": CALLER, "From": LINE, "Body": "Hello"}
    assert web.post(MESSAGES, data=form, auth=AUTH).status_code == 201
    answer = web.get(MESSAGES, query_string={"To": CALLER}, auth=AUTH)
    assert [message["body"] for message in answer.get_json()["messages"]] == ["Hello"]
    assert web.get(MESSAGES).status_code == 401


@pytest.mark.parametrize(("state", "status", "code"), [(RestState.REFUSED, 403, 20403), (RestState.BROKEN, 503, 20503)])
def test_what_the_demo_refuses_is_a_plain_no_and_broken_is_something_else(
    network: Network, tmp_path: Path, state: RestState, status: int, code: int
) -> None:
    Faults(network, tmp_path / "sami.db").break_rest(state)
    answered, _, body = network.rest.handle("POST", CALLS, TAKE, AUTH)
    assert (answered, json.loads(body)["code"]) == (status, code)
    assert network.legs == {}


def test_recordings_are_listed_heard_in_parts_and_deleted(network: Network) -> None:
    app = Flask("demo")
    app.register_blueprint(rest_blueprint(network.rest))
    web = app.test_client()
    network.exchange.recordings[RECORDING.sid] = RECORDING
    path = f"{RECORDINGS}/{RECORDING.sid}"
    [listed] = web.get(f"{RECORDINGS}.json", auth=AUTH).get_json()["recordings"]
    assert (listed["sid"], listed["duration"]) == (RECORDING.sid, "2")
    assert web.get(f"{path}.json", auth=AUTH).get_json() == listed
    wav = web.get(f"{path}.wav", auth=AUTH)
    assert (wav.mimetype, wav.data[:4], web.get(path, auth=AUTH).data) == ("audio/x-wav", b"RIFF", wav.data)
    part = web.get(f"{path}.mp3", headers={"Range": "bytes=72-"}, auth=AUTH)
    whole = web.get(f"{path}.mp3", auth=AUTH)
    assert (part.status_code, part.data, whole.mimetype) == (206, whole.data[72:], "audio/mpeg")
    assert web.get(f"{path}.mp3", headers={"Range": "bytes=-72"}, auth=AUTH).data == whole.data[-72:]
    assert web.get(f"{path}.mp3", headers={"Range": "bytes=999999-"}, auth=AUTH).status_code == 416
    assert web.get(f"{path}.mp3").status_code == 401
    assert web.delete(f"{path}.json", auth=AUTH).status_code == 204
    assert [web.get(f"{path}{form}", auth=AUTH).status_code for form in ("", ".mp3", ".json")] == [404] * 3
