"""The processes of `sami web`: one that dies is replaced unseen, and all of them end with the one that made them."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.server import Server

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def server(tmp_path: Path, sqlite_url: str) -> Iterator[Server]:
    with Server(sqlite_url, tmp_path, processes=2) as server:
        yield server


def children(server: Server) -> list[psutil.Process]:
    return psutil.Process(server._process.pid).children(recursive=True)


def until(is_true: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < give_up_at, "it never became true"
        time.sleep(0.05)


def test_r05_a_process_that_is_killed_is_replaced_and_nobody_is_refused_meanwhile(server: Server) -> None:
    before = {child.pid for child in children(server)}
    assert len(before) == 2
    psutil.Process(min(before)).kill()
    answers = []
    while len({child.pid for child in children(server)} - before) < 1 or len(answers) < 20:
        answers.append(server.get("/healthz").status_code)
    assert set(answers) == {200}
    assert len(children(server)) == 2
    until(lambda: "A web process died and is started again." in server.told())


def test_r17_what_was_begun_is_answered_after_the_server_was_told_to_stop(server: Server) -> None:
    """Its body comes after the signal: reading is a part of what was begun."""
    answered: list[int] = []

    def slow_body() -> Iterator[bytes]:
        yield b"Call"
        server._process.send_signal(signal.SIGTERM)
        time.sleep(1.0)
        yield b"Sid=CA1"

    def post() -> None:
        headers = {"X-Twilio-Signature": "made-up", "Content-Type": "application/x-www-form-urlencoded"}
        url = f"http://127.0.0.1:{server.port}/webhooks/voice"
        answered.append(requests.post(url, data=slow_body(), headers=headers, timeout=30).status_code)

    asking = threading.Thread(target=post)
    asking.start()
    asking.join(60)
    assert answered == [403], "refused in the end, but answered"
    assert server._process.wait(40) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["told to stop", "killed"])
def test_r05_no_process_outlives_the_one_that_made_it(server: Server, number: int) -> None:
    those = children(server)
    server._process.send_signal(number)
    server._process.wait(40)
    until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in those))


def test_r05_a_process_that_is_still_starting_ends_with_the_one_that_made_it(server: Server) -> None:
    before = set(children(server))
    min(before, key=lambda child: child.pid).kill()
    while not (born := set(children(server)) - before):
        pass  # Without a pause: what is tried is the moment just after a process was made.
    server._process.kill()
    server._process.wait(40)
    until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in born))


def test_an_address_that_is_taken_is_said_in_a_sentence(server: Server, tmp_path: Path, sqlite_url: str) -> None:
    other = Server(sqlite_url, tmp_path, SAMI_SERVER__PORT=str(server.port))
    with pytest.raises(AssertionError, match="The address cannot be listened on"):
        other.start()
