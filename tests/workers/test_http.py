"""A customer's own worker, asked over HTTP: signed, bounded, and left alone when it keeps failing."""

import gzip
import json
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

import pytest

from sami.settings.sections import WorkersSettings
from sami.workers.asking import RESPONSE_MAX
from sami.workers.contracts import StepOutput, Worker, WorkerFailed
from sami.workers.http import http_worker
from tests.support.cast import LEE
from tests.workers.asking import asked
from tests.workers.service import SECRET, Respond, Service, reply, says, serving

ANSWER = {"output": {"segment": "luxury", "attributes": {"score": 7.5}}, "evidence": ["Rich."], "confidence": 0.9}
_numbers = count()


def worker_of(service: Service, **stated: Any) -> Worker:
    given = {"url": f"{service.url}&n={next(_numbers)}", "secret": SECRET, "settings": service.settings}
    return http_worker("classify", "acme-1", **given | stated)


def failure(worker: Worker, timeout_s: float = 10) -> WorkerFailed:
    with pytest.raises(WorkerFailed) as refused:
        worker.run(asked(timeout_s=timeout_s))
    return refused.value


def test_the_question_is_signed_and_the_answer_taken() -> None:
    with serving(says(ANSWER)) as service:
        found = worker_of(service).run(asked(do_not_contact_until=None, consent="opted_in"))
    assert found == StepOutput({"segment": "luxury", "attributes": {"score": 7.5}}, ("Rich.",), 0.9)
    [question] = service.questions
    assert (question["capability"], question["version"], question["key"]) == ("classify", "acme-1", "lead/1")
    assert question["inquiry"]["phone"] == LEE
    assert question["facts"] == {
        "country": "US",
        "time_zone": "America/Chicago",
        "consent": "opted_in",
        "do_not_contact_until": None,
        "bad_number": False,
    }


def test_another_secret_is_told_to_be_forged() -> None:
    with serving(says(ANSWER)) as service:
        refused = failure(worker_of(service, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
    assert (service.forged, refused.why, refused.temporary) == (1, "answered 401", False)


def test_the_same_question_has_the_same_id_so_that_a_repeat_shows() -> None:
    with serving(says(ANSWER)) as service:
        worker = worker_of(service)
        worker.run(asked())
        worker.run(asked())
        worker.run(asked(at=asked().facts.at.replace(second=1)))
    assert service.ids[0] == service.ids[1] != service.ids[2]


@pytest.mark.parametrize("secret", [None, "", "whsec_", "not base64, surely", "whsec_é", "c2hvcnQ=", "A" * 33])
def test_without_a_secret_that_signs_nothing_is_sent(secret: str | None) -> None:
    with serving(says(ANSWER)) as service:
        assert failure(worker_of(service, secret=secret)).why.startswith("was not asked: it has ")
    assert (service.questions, service.forged) == ([], 0)


def raw(body: bytes, **headers: str) -> Respond:
    return lambda request: reply(request, 200, body, **headers)


def output(**fields: Any) -> Respond:
    return says({"output": fields})


def floods(request: BaseHTTPRequestHandler) -> None:
    """Without end, and without saying how much."""
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b" " * 4096)
    except OSError:
        request.close_connection = True


GARBAGE = [
    pytest.param(raw(b""), id="nothing"),
    pytest.param(raw(b"<html>502 Bad Gateway</html>"), id="a page"),
    pytest.param(raw(b'{"output": {"segment": "lux'), id="half an answer"),
    pytest.param(raw(b"\xff\xfe\x00"), id="no text"),
    pytest.param(raw(b"[]"), id="a list"),
    pytest.param(raw(b"null"), id="null"),
    pytest.param(raw(b"[" * 60_000), id="a list in a list in a list"),
    pytest.param(raw(b'{"confidence": NaN}'), id="no number"),
    pytest.param(raw(b'{"output": {"attributes": {"x": 1e999}}}'), id="too large a number"),
    pytest.param(says({"confidence": 1.1}), id="surer than sure"),
    pytest.param(says({"confidence": "0.5"}), id="a number in quotes"),
    pytest.param(says({"evidence": "Rich."}), id="evidence that is no list"),
    pytest.param(says({"evidence": ["x"] * 17}), id="too much evidence"),
    pytest.param(says({"verdict": "hot"}), id="a key nobody knows"),
    pytest.param(output(owner="ana"), id="a field no worker may fill in"),
    pytest.param(output(name="Ben"), id="the lead's name"),
    pytest.param(output(may_contact=True), id="a permission"),
    pytest.param(output(price="200000"), id="a price in quotes"),
    pytest.param(output(price=-1), id="a price below nothing"),
    pytest.param(output(price=10**16), id="a price above everything"),
    pytest.param(output(score=True), id="a score that is true"),
    pytest.param(output(state="Texas"), id="a state in full"),
    pytest.param(output(tags="vip"), id="tags that are no list"),
    pytest.param(output(tags=["x"] * 33), id="too many tags"),
    pytest.param(output(segment="x" * 201), id="too long a word"),
    pytest.param(output(segment="a\x00b"), id="what a database cannot hold"),
    pytest.param(output(segment="\u202eevil"), id="what cannot be printed"),
    pytest.param(output(attributes={"x": {"y": 1}}), id="an attribute within an attribute"),
    pytest.param(output(attributes={"No Name": 1}), id="an attribute without a plain name"),
    pytest.param(output(attributes={f"a{n}": 1 for n in range(33)}), id="too many attributes"),
    pytest.param(raw(b" " * (RESPONSE_MAX + 1)), id="too much"),
    pytest.param(floods, id="without end"),
    pytest.param(raw(gzip.compress(b'{"output": {}}'), Content_Encoding="gzip"), id="compressed"),
    pytest.param(lambda request: reply(request, 204, b""), id="no content"),
    pytest.param(lambda request: reply(request, 302, b"", Location="/other"), id="a redirect"),
    pytest.param(lambda request: reply(request, 307, b"", Location="http://169.254.169.254/"), id="a redirect inside"),
    pytest.param(lambda request: reply(request, 404, b"{}"), id="not found"),
]


@pytest.mark.parametrize("respond", GARBAGE)
def test_garbage_is_refused_as_a_whole_and_not_asked_for_again(respond: Respond) -> None:
    with serving(respond) as service:
        refused = failure(worker_of(service))
    assert not refused.temporary
    assert len(service.questions) == 1
    assert LEE[-7:] not in refused.why


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_service_in_trouble_may_be_asked_again(status: int) -> None:
    with serving(says({}, status)) as service:
        refused = failure(worker_of(service))
    assert (refused.why, refused.temporary) == (f"answered {status}", True)


def test_a_service_that_is_down_may_be_asked_again() -> None:
    with serving(says(ANSWER)) as service:
        worker = worker_of(service)
    refused = failure(worker)
    assert (refused.why, refused.temporary) == ("could not be reached, or broke off", True)


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b'{"outp')
    request.close_connection = True


def drips(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    try:
        for _ in range(1000):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.02)
    except OSError:
        request.close_connection = True


@pytest.mark.parametrize(
    ("respond", "why"),
    [
        pytest.param(breaks_off, "could not be reached, or broke off", id="breaks off"),
        pytest.param(drips, "did not finish its answer in time", id="drips for twenty seconds"),
        pytest.param(lambda _: time.sleep(0.4), "did not answer in time", id="hangs"),
    ],
)
def test_an_answer_that_does_not_end_ends_the_asking(respond: Respond, why: str) -> None:
    began = time.monotonic()
    with serving(respond) as service:
        refused = failure(worker_of(service), timeout_s=0.28)
        took = time.monotonic() - began
    assert refused.temporary
    assert refused.why == why or (took > 0.28 and refused.why == "did not answer in time"), "on a busy machine"
    assert took < 10


def test_five_failures_in_a_row_and_it_is_left_alone() -> None:
    with serving(says({}, 503)) as service:
        worker = worker_of(service)
        told = [failure(worker).why for _ in range(7)]
    assert told == ["answered 503"] * 5 + ["was not asked: it failed too often just now"] * 2
    assert len(service.questions) == 5


def test_an_answer_between_failures_begins_the_count_anew() -> None:
    statuses = iter([503] * 4 + [200] + [503] * 5)
    with serving(lambda request: reply(request, next(statuses), b"{}")) as service:
        worker = worker_of(service)
        for _ in range(4):
            failure(worker)
        worker.run(asked())
        assert [failure(worker).why for _ in range(5)] == ["answered 503"] * 5


def test_neither_a_proxy_nor_a_cookie_is_taken_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    cookies: list[str | None] = []

    def sets_cookie(request: BaseHTTPRequestHandler) -> None:
        cookies.append(request.headers["Cookie"])
        reply(request, 200, b"{}", Set_Cookie="tracked=1; Path=/")

    with serving(sets_cookie) as service:
        worker = worker_of(service)
        worker.run(asked())
        worker.run(asked())
    assert cookies == [None, None]


# The network as an attacker has it: names that lead inside, and names that lead elsewhere every time.

NAME = "score.example.com"


class Resolver:
    """Answers for NAME, one after the other, and notes where anybody connects to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.looked_up, self.connected = 0, list[str]()
        self._answers = answers
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(socket.socket, "connect", self._connect)

    def _look_up(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host == NAME:
            self.looked_up += 1
            host = self._answers[min(self.looked_up, len(self._answers)) - 1]
        six = ":" in host
        address = (host, port, 0, 0) if six else (host, port)
        return [(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM, 6, "", address)]

    @property
    def _connect(self) -> Callable[..., None]:
        def connect(_: socket.socket, address: Any) -> None:
            self.connected.append(address[0])
            raise ConnectionRefusedError

        return connect


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "10.0.0.5", "169.254.169.254", "168.63.129.16", "100.64.0.1", "0.0.0.1", "192.0.0.192", "::1",
     "fd00:ec2::254", "fe80::1", "fec0::1", "::ffff:10.0.0.5", "64:ff9b::a00:5", "2002:a00:5::", "::10.0.0.5"],
)  # fmt: skip
def test_s15_a_name_that_leads_inside_is_not_followed(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    resolver = Resolver(monkeypatch, inside)
    worker = http_worker("classify", "1", url=f"https://{NAME}/{inside}", secret=SECRET, settings=WorkersSettings())
    assert failure(worker).why == "was not asked: its name leads to an inside network"
    assert resolver.connected == []


def test_s15_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch, "93.184.215.14", "127.0.0.1")
    worker = http_worker("classify", "1", url=f"https://{NAME}/rebinding", secret=SECRET, settings=WorkersSettings())
    assert failure(worker).why == "could not be reached, or broke off"
    assert (resolver.looked_up, resolver.connected) == (1, ["93.184.215.14"])


def test_s15_a_redirect_is_not_followed_even_to_the_service_itself() -> None:
    with serving(lambda request: reply(request, 308, b"", Location=request.path)) as service:
        assert failure(worker_of(service)).why == "answered 308"
    assert len(service.questions) == 1


def test_s15_an_address_that_is_refused_costs_no_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch, "93.184.215.14")
    for url in (f"http://{NAME}/", "https://localhost/", f"https://a@{NAME}/"):
        worker = http_worker("classify", "1", url=url, secret=SECRET, settings=WorkersSettings())
        assert failure(worker).why.startswith("was not asked: its address ")
    assert resolver.looked_up == 0


def test_the_whole_answer_may_hold_all_that_is_permitted() -> None:
    everything = {
        "type": "buyer", "product": "condo", "segment": "luxury", "city": "Austin", "zip": "78701", "state": "TX",
        "country": "US", "timeframe": "now", "price": 10**15, "score": -5, "may_contact": False, "tags": ["vip"],
        "attributes": {"a": 1, "b": 1.5, "c": True, "d": "x", "e": [1, "x", False]},
    }  # fmt: skip
    with serving(says({"output": everything, "evidence": ["é" * 200] * 16, "confidence": 1})) as service:
        found = worker_of(service).run(asked())
    assert json.dumps(found.output, sort_keys=True) == json.dumps(everything, sort_keys=True)
