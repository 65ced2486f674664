"""How the HTTP server reads: what a head decides, how long a request may take, and what it does when it is full."""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from sami import clock
from webhooks.server import http
from webhooks.server.http import HttpServer
from webhooks.server.processes import listen
from webhooks.server.reading import ANSWER_READ_WITHIN_S, IDLE_S, READ_WITHIN_S
from webhooks.server.screen import BODY_MAX, screen_for

SIGNED = "X-Twilio-Signature: made-up\r\n"
ASKED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PATIENCE_S = 10.0
KEY = "Authorization: Bearer made-up\r\n"


class Told:
    """The application: it keeps what it was asked, and answers."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.lengths: list[str] = []
        self.answer = b"done"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        self.lengths.append(environ.get("CONTENT_LENGTH", ""))
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(self.answer)))])
        return [self.answer]


class Serving:
    """The server, its loop turned by hand, so that nothing happens between two looks."""

    def __init__(self) -> None:
        self.app = Told()
        listening = listen("127.0.0.1", 0)
        self.address = listening.getsockname()
        screen = screen_for(signed=True)
        self.server = HttpServer(self.app, listening, threads=1, screen=screen, body_max=BODY_MAX)
        self._open: list[socket.socket] = []

    def connect(self, sent: bytes = b"") -> socket.socket:
        there = self.reach(sent)
        self.turn()
        return there

    def reach(self, sent: bytes = b"") -> socket.socket:
        """Connected, as the kernel sees it."""
        there = socket.create_connection(self.address)
        there.settimeout(0.01)
        self._open.append(there)
        there.sendall(sent)
        return there

    def turn(self, times: int = 3) -> None:
        for _ in range(times):
            self.server.pull_trigger()  # So that a turn with nothing to do does not wait for its second.
            self.server.turn()

    def hear(self, there: socket.socket) -> bytes | None:
        """What came; b"" where the connection was ended, None where there is nothing yet."""
        heard = b""
        for _ in range(50):
            self.turn(1)
            try:
                heard += there.recv(65536)
            except TimeoutError:
                continue
            except ConnectionResetError:
                return heard
            if heard == b"" or heard.endswith(b"done"):
                return heard
        return heard or None

    def close(self) -> None:
        for there in self._open:
            there.close()
        self.server.task_dispatcher.shutdown()
        for channel in list(self.server.active_channels.values()):
            channel.handle_close()
        self.server.close()


@pytest.fixture
def serving() -> Iterator[Serving]:
    made = Serving()
    yield made
    made.close()


def head(path: str, *, length: int | None = None, more: str = "") -> bytes:
    says = "Transfer-Encoding: chunked\r\n" if length is None else f"Content-Length: {length}\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: calls.example.com\r\n{says}{more}\r\n".encode()


@pytest.mark.parametrize(
    ("sent", "length_told"),
    [
        pytest.param(head("/webhooks/voice", length=500), "0", id="a webhook without a signature"),
        pytest.param(head("/webhooks/sms", more=""), "0", id="a chunked webhook without a signature"),
        pytest.param(head("/%77ebhooks/voice", length=500), "0", id="the same with its path in escapes"),
        pytest.param(head("/api/v1/leads", length=500), "0", id="a request of the API without a key"),
        pytest.param(head("/webhooks/voice", length=65_537, more=SIGNED), "65537", id="a webhook that is too long"),
        pytest.param(head("/forms/contact", length=65_537), "65537", id="a form that is too long"),
        pytest.param(head("/api/v1/leads", length=262_145, more=KEY), "262145", id="an API body that is too long"),
    ],
)
def test_s24_what_is_refused_whatever_its_body_says_is_answered_before_the_body_comes(
    serving: Serving, sent: bytes, length_told: str
) -> None:
    there = serving.connect(sent)
    answer = serving.hear(there)
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 200 OK"), "the application answered, with the head alone"
    assert b"Connection: close" in answer
    assert serving.app.bodies == [b""]
    assert serving.app.lengths == [length_told]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(head("/webhooks/voice", length=4, more=SIGNED), id="a webhook with a signature, made up or not"),
        pytest.param(head("/api/v1/leads", length=4, more=KEY), id="a request of the API with a key"),
        pytest.param(head("/forms/contact", length=4), id="a form"),
    ],
)
def test_s24_nothing_is_answered_before_the_whole_body_is_there(serving: Serving, sent: bytes) -> None:
    there = serving.connect(sent + b"abc")
    assert serving.app.bodies == []
    there.sendall(b"d")
    answer = serving.hear(there)
    assert answer is not None
    assert answer.endswith(b"done")
    assert serving.app.bodies == [b"abcd"]


def test_s24_a_chunked_body_without_end_is_cut_at_the_greatest_size_that_is_read(serving: Serving) -> None:
    there = serving.connect(head("/forms/contact"))
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with suppress(ConnectionResetError, BrokenPipeError):
        for _ in range(2 * BODY_MAX // 0x10000):
            there.settimeout(1)
            there.sendall(chunk)
            serving.turn(20)
    there.settimeout(0.01)
    answer = serving.hear(there)
    assert answer is not None
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413"), "the end may overtake the answer"
    assert serving.app.bodies == []
    assert not serving.server.active_channels


def test_s24_a_request_that_does_not_arrive_in_time_is_refused_though_bytes_keep_coming(serving: Serving) -> None:
    there = serving.connect(head("/webhooks/voice", length=1_000, more=SIGNED) + b"a")
    serving.server.end_slow(clock.monotonic() + READ_WITHIN_S - 1)
    there.sendall(b"a")
    serving.turn()
    serving.server.end_slow(clock.monotonic() + READ_WITHIN_S)
    answer = serving.hear(there)
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
    assert b"X-Frame-Options: DENY" in answer
    assert serving.app.bodies == []


@pytest.mark.parametrize("sent", [b"", b"POST /webhooks/vo"], ids=["nothing", "half a line"])
def test_s24_a_connection_that_says_too_little_ends(serving: Serving, sent: bytes) -> None:
    there = serving.connect(sent)
    serving.server.end_slow(clock.monotonic() + READ_WITHIN_S)
    assert serving.hear(there) == b""


def test_a_connection_that_was_answered_may_stay_as_long_as_a_proxy_keeps_it(serving: Serving) -> None:
    there = serving.connect(head("/forms/contact", length=1) + b"a")
    assert serving.hear(there)
    serving.server.end_slow(clock.monotonic() + IDLE_S - 1)
    there.sendall(head("/forms/contact", length=1) + b"b")
    assert serving.hear(there)
    serving.server.end_slow(clock.monotonic() + IDLE_S)
    assert serving.hear(there) == b""
    assert serving.app.bodies == [b"a", b"b"]


def test_s24_an_answer_that_nobody_reads_is_not_kept_for_ever(serving: Serving) -> None:
    serving.app.answer = b"x" * 20_000_000
    there = serving.connect(head("/forms/contact", length=1) + b"a")
    serving.turn(30)
    (channel,) = serving.server.active_channels.values()
    until_answered = clock.monotonic() + 5
    while channel.requests and clock.monotonic() < until_answered:
        serving.turn(1)
    assert channel.total_outbufs_len > 0
    serving.server.end_slow(clock.monotonic() + ANSWER_READ_WITHIN_S - 1)
    serving.turn()
    assert serving.server.active_channels
    serving.server.end_slow(clock.monotonic() + ANSWER_READ_WITHIN_S)
    serving.turn()
    assert not serving.server.active_channels
    there.close()


def test_s24_one_connection_more_than_fit_ends_the_one_that_has_kept_us_waiting_longest(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "CONNECTIONS_MAX", 2)
    first = serving.connect()
    second = serving.connect()
    third = serving.connect(head("/forms/contact", length=1) + b"a")
    assert serving.hear(third)
    assert serving.hear(first) == b""
    assert serving.hear(second) is None


def test_r17_who_was_connected_but_not_accepted_when_we_stop_is_answered(serving: Serving) -> None:
    waiting = [serving.reach(ASKED) for _ in range(3)]
    serving.server.drain(clock.monotonic() + PATIENCE_S)
    assert [each.recv(65536).endswith(b"done") for each in waiting] == [True] * 3


def test_r17_who_was_accepted_but_not_read_when_we_stop_is_answered(serving: Serving) -> None:
    there = serving.connect()
    there.sendall(ASKED)
    serving.server.drain(clock.monotonic() + PATIENCE_S)
    assert there.recv(65536).endswith(b"done")
