"""S24: slow connections of any kind, on any route, cost no caller an answer."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sami.database.engine import Database
from tests.support import SUPPORT
from tests.support.cast import LEE, LINE
from tests.support.counts import NIGHTLY, count
from tests.support.server import ACCOUNT, Server
from tests.support.signed import publish

pytestmark = pytest.mark.timeout(180)

SLOW = count(60, 200)
CALLS = count(20, 100)
CALLS_A_SECOND = 5
BYTE_EVERY_S = 1.0
ORGANISATION = SUPPORT / "organisation.toml"

_form = "Content-Type: application/x-www-form-urlencoded\r\n"
_made_up = f"{_form}X-Twilio-Signature: made/up=\r\n"
SIX_KINDS = {
    "unsigned webhook": f"POST /webhooks/voice HTTP/1.1\r\nHost: x\r\n{_form}Content-Length: 4000\r\n\r\n",
    "made-up signature": f"POST /webhooks/voice HTTP/1.1\r\nHost: x\r\n{_made_up}Content-Length: 4000\r\n\r\n",
    "form": f"POST /forms/contact HTTP/1.1\r\nHost: x\r\n{_form}Content-Length: 4000\r\n\r\n",
    "chunked form": f"POST /forms/contact HTTP/1.1\r\nHost: x\r\n{_form}Transfer-Encoding: chunked\r\n\r\nfa0\r\n",
    "API with a key": (
        "POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer made-up\r\n"
        "Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
    ),
    "head without end": "GET /healthz HTTP/1.1\r\nX-A: ",
}


class Slow:
    """So many connections that each send a byte a second; one that was ended is opened again."""

    def __init__(self, port: int, many: int) -> None:
        self._port = port
        self._heads = list(itertools.islice(itertools.cycle(SIX_KINDS.values()), many))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._trickle, daemon=True)
        self._open: dict[int, socket.socket] = {}

    @contextmanager
    def connected(self) -> Iterator[None]:
        for number in range(len(self._heads)):
            self._connect(number)
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join(30)
            for there in self._open.values():
                there.close()

    def _connect(self, number: int) -> None:
        there = socket.create_connection(("127.0.0.1", self._port), 10)
        there.sendall(self._heads[number].encode())
        self._open[number] = there

    def _trickle(self) -> None:
        while not self._stop.wait(BYTE_EVERY_S):
            for number in range(len(self._heads)):
                try:
                    self._open[number].sendall(b"a")
                except OSError:
                    self._open[number].close()
                    self._connect(number)


def test_s24_slow_connections_of_six_kinds_cost_no_caller_an_answer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sami.db'}"
    with ExitStack() as stack:
        server = stack.enter_context(Server(url, tmp_path, command="run", processes=2))
        database = Database(url)
        publish(database, ORGANISATION.read_text())
        database.close()
        server.until(lambda: (tmp_path / "safety_net.json").exists())
        stack.enter_context(Slow(server.port, SLOW).connected())
        answers = [_call(server, number) for number in range(CALLS)]
    assert [status for status, _ in answers] == [200] * CALLS
    late = [took_s for _, took_s in answers if took_s > 1.0]
    assert not (NIGHTLY and late), f"{len(late)} of {CALLS} calls were answered after more than a second: {late}"


def _call(server: Server, number: int) -> tuple[int, float]:
    form = [
        ("AccountSid", ACCOUNT),
        ("CallSid", f"CA{number:032x}"),
        ("From", LEE),
        ("To", LINE),
        ("CallStatus", "ringing"),
    ]
    began_at = time.monotonic()
    answer = server.post("/webhooks/voice", form)
    took_s = time.monotonic() - began_at
    time.sleep(max(0.0, 1 / CALLS_A_SECOND - took_s))
    return answer.status, took_s
