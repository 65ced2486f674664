"""What Twilio's answers become at the door."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, ProtocolError

from sami.carriers.twilio import Carrier, CarrierError, NotConfigured
from sami.carriers.twilio_answers import NOT_TWILIO
from sami.domain.delivery.answers import Accepted, Lost, NotCarried, Refused, TryLater, Unreached
from sami.settings.sections import TwilioSettings
from tests.support.services import ANA, CALLER, LINE, NOON, Core

ACCOUNT = "AC" + "1" * 32
BASE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
SID = "CA" + "2" * 32


def carrier(**settings: Any) -> Carrier:
    values = {"account_sid": ACCOUNT, "auth_tokens": ["made up"], **settings}
    return Carrier(TwilioSettings.model_validate(values))


def text(door: Carrier) -> Accepted:
    return door.send_text(to=ANA, from_=LINE, body="Hi", status_callback="https://calls.example.com/s")


@pytest.fixture
def outside() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def became_of(act: Callable[[], object]) -> NotCarried:
    with pytest.raises(CarrierError) as caught:
        act()
    return caught.value.answer


def connection_error(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


NO_NAME = NameResolutionError("api.twilio.com", None, OSError("no such name"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"body": connection_error(NO_NAME)}, Unreached, id="no such name"),
        pytest.param({"body": ConnectionRefusedError()}, Unreached, id="refused"),
        pytest.param({"body": requests.ConnectTimeout(ConnectTimeoutError())}, Unreached, id="no connection in time"),
        pytest.param({"body": requests.ReadTimeout()}, Lost, id="no answer in time"),
        pytest.param(
            {"body": requests.ConnectionError(ProtocolError("reset", ConnectionResetError()))}, Lost, id="reset"
        ),
        pytest.param({"status": 500, "json": {"code": 20500, "message": "oops", "status": 500}}, Lost, id="500"),
        pytest.param({"status": 503, "json": {"code": 20503, "message": "oops", "status": 503}}, Lost, id="503"),
        pytest.param({"status": 502, "body": "<html>"}, Lost, id="HTML"),
        pytest.param({"status": 201, "body": "<html>"}, Lost, id="HTML that says it is well"),
        pytest.param({"status": 201, "body": '{"sid": "SM12'}, Lost, id="half a body"),
        pytest.param({"status": 201, "body": "[]"}, Lost, id="a list"),
        pytest.param({"status": 201, "json": {"status": "queued"}}, Lost, id="an answer without a name"),
        pytest.param({"status": 403, "body": "<html>"}, Lost, id="a gatekeeper on the way"),
        pytest.param({"status": 404, "body": "<html>"}, Unreached, id="a web server that is not Twilio"),
        pytest.param({"status": 302, "body": ""}, Lost, id="a redirect"),
        pytest.param({"status": 429, "json": {"code": 20429, "message": "slow down"}}, TryLater, id="429"),
        pytest.param({"status": 429, "body": "<html>"}, TryLater, id="429 in HTML"),
        pytest.param({"status": 400, "json": {"code": 21211, "message": "bad"}}, Refused, id="refused by code"),
        pytest.param({"status": 401, "json": {"code": 20003, "message": "who?"}}, Refused, id="not authenticated"),
    ],
)
def test_r13_every_answer_is_one_of_five(
    outside: responses.RequestsMock, answer: dict[str, Any], expected: type[NotCarried]
) -> None:
    outside.post(f"{BASE}/Messages.json", **answer)
    assert isinstance(became_of(lambda: text(carrier())), expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            {"status": 401, "json": {"code": 20003, "message": "who?"}}, Refused(20003, 401, "who?"), id="by code"
        ),
        pytest.param({"status": 429, "json": {"code": 20429, "message": "slow"}}, TryLater("20429 slow"), id="429"),
        pytest.param({"status": 404, "body": "<html>"}, Unreached(NOT_TWILIO), id="no Twilio"),
    ],
)
def test_r13_a_list_that_is_refused_says_why(
    outside: responses.RequestsMock, answer: dict[str, Any], expected: NotCarried
) -> None:
    outside.get(f"{BASE}/Calls.json", **answer)
    assert became_of(lambda: carrier().find_call(to=ANA, from_=LINE, since=NOON)) == expected


def test_a_port_where_nobody_listens_was_never_reached() -> None:
    door = carrier(api_url="http://127.0.0.1:1")
    assert isinstance(became_of(lambda: text(door)), Unreached)


def test_a_refusal_keeps_twilios_code(outside: responses.RequestsMock) -> None:
    outside.post(f"{BASE}/Messages.json", status=400, json={"code": 21610, "message": "unsubscribed", "status": 400})
    answer = became_of(lambda: text(carrier()))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.status) == (21610, 400)


def test_requests_go_to_the_configured_address_with_its_path(outside: responses.RequestsMock) -> None:
    url = f"http://127.0.0.1:9/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    outside.post(url, status=201, json={"sid": "SM1", "status": "queued"})
    assert text(carrier(api_url="http://127.0.0.1:9/twilio/")) == Accepted("SM1", "queued")


def test_every_request_has_the_configured_timeout(outside: responses.RequestsMock) -> None:
    outside.post(f"{BASE}/Messages.json", status=201, json={"sid": "SM1"})
    text(carrier(timeout_s=2))
    assert outside.calls[0].request.req_kwargs["timeout"] == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("missing", ["account_sid", "auth_tokens"])
def test_without_account_or_token_nothing_can_be_asked(missing: str) -> None:
    door = carrier(**{missing: "" if missing == "account_sid" else []})
    assert not door.is_configured
    with pytest.raises(NotConfigured):
        text(door)


def test_a_call_that_twilio_does_not_know_is_no_error(outside: responses.RequestsMock) -> None:
    outside.get(f"{BASE}/Calls/{SID}.json", status=404, json={"code": 20404, "message": "not found", "status": 404})
    assert carrier().call_status(SID) is None


def test_an_address_that_is_not_twilios_says_nothing_of_a_call(outside: responses.RequestsMock) -> None:
    outside.get(f"{BASE}/Calls/{SID}.json", status=404, body="<html>")
    answer = became_of(lambda: carrier().call_status(SID))
    assert answer == Unreached("Twilio's address answered 404 without a Twilio code: is api_url right?")


def test_a_call_in_a_state_of_tomorrow_goes_on_until_it_has_an_end(outside: responses.RequestsMock) -> None:
    ended = "Mon, 02 Mar 2026 18:00:00 +0000"
    for end_time in (None, ended):
        outside.get(f"{BASE}/Calls/{SID}.json", json={"sid": SID, "status": "dreaming", "end_time": end_time})
    news = [carrier().call_news(SID) for _ in range(2)]
    assert [(one.status, one.is_over) for one in news if one is not None] == [("unknown", False), ("unknown", True)]


def test_a_call_that_ended_says_when(outside: responses.RequestsMock) -> None:
    ended = {"sid": SID, "status": "completed", "end_time": "Mon, 02 Mar 2026 18:00:00 +0000"}
    outside.get(f"{BASE}/Calls/{SID}.json", json=ended)
    news = carrier().call_news(SID)
    assert news is not None
    assert (news.is_over, news.ended_at) == (True, datetime(2026, 3, 2, 18, tzinfo=UTC))


# --- Against the phone network.


def test_a_text_is_found_by_its_words_unless_it_is_known(world: Core) -> None:
    door = world.here.carrier
    sent = text(door)
    find = {"to": ANA, "from_": LINE, "body": "Hi"}
    assert door.find_text(**find, since=NOON) == sent  # type: ignore[arg-type]
    assert door.find_text(**find, since=NOON, known=frozenset({sent.sid})) is None  # type: ignore[arg-type]
    assert door.find_text(**find, since=NOON + timedelta(minutes=2)) is None  # type: ignore[arg-type]
    assert door.find_text(**{**find, "body": "Ho"}, since=NOON) is None  # type: ignore[arg-type]


def test_a_leg_is_found_by_its_phone(world: Core) -> None:
    door = world.here.carrier
    sid = door.create_call(
        to=ANA,
        from_=LINE,
        url="https://calls.example.com/leg",
        status_callback="https://calls.example.com/leg/status",
        timeout_s=15,
        time_limit_s=60,
    )
    assert door.find_call(to=ANA, from_=LINE, since=NOON) == sid
    assert door.find_call(to=CALLER, from_=LINE, since=NOON) is None
    door.end_call(sid)
    world.pass_time(1)
    assert door.call_status(sid) not in ("queued", "in-progress")


def test_a_queue_is_deleted_by_its_name(world: Core) -> None:
    for name in ("CA1", "CA2"):
        world.network.exchange.queue(name)
    world.here.carrier.delete_queue("CA1")
    world.here.carrier.delete_queue("never there")
    assert list(world.network.exchange.queues) == ["CA2"]
