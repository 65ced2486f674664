"""R3: nothing acknowledged is lost, however often the database goes and however often the process is killed."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sami.database.engine import Database
from sami.store.calls import find_call
from sami.store.work import answer_given, tasks_of_call
from tests.promises.test_r01_database_gone import VOICE, frozen, known, own_postgres, remove, revert
from tests.support.cast import LEE, LINE
from tests.support.counts import count
from tests.support.postgres import Postgres
from tests.support.server import ACCOUNT, ConnectionFailed, Server, TooSlow
from webhooks.simulator.signing import Form

pytestmark = pytest.mark.timeout(count(120, 1_800))

__all__ = ["own_postgres"]

PER_SECOND = 20
ROUND_S = 0.7


class Acknowledged:
    """Twenty events a second, each of a call of its own; what was acknowledged is written down."""

    def __init__(self, server: Server) -> None:
        self.arrivals: list[str] = []
        self.recordings: list[str] = []
        self.statuses: list[str] = []
        self.refused = 0
        self._server = server
        self._stop = threading.Event()
        self._numbers = iter(range(1_000_000))
        self._threads = [threading.Thread(target=self._post, daemon=True) for _ in range(4)]

    @contextmanager
    def arriving(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(30)

    def _post(self) -> None:
        while not self._stop.wait(len(self._threads) / PER_SECOND):
            sid = f"CA{next(self._numbers):032x}"
            whose = [("AccountSid", ACCOUNT), ("CallSid", sid)]
            both = [*whose, ("From", LEE), ("To", LINE)]
            if not self._send("", [*both, ("CallStatus", "ringing")], self.arrivals):
                continue
            recording = [("RecordingSid", "RE" + sid[2:]), ("RecordingUrl", f"https://api.twilio.com/{sid}")]
            self._send("/recording", [*whose, *recording], self.recordings)
            self._send("/status", [*both, ("CallStatus", "completed")], self.statuses)

    def _send(self, path: str, form: Form, kept: list[str]) -> bool:
        try:
            answer = self._server.post(VOICE + path, form)
        except (ConnectionFailed, TooSlow):
            return False
        if answer.status in (200, 204):
            kept.append(dict(form)["CallSid"])
            return True
        assert answer.status == 503, answer
        self.refused += 1
        return False


def expect_nothing_missing(url: str, seen: Acknowledged, server: Server, folder: Path) -> None:
    server.until(lambda: not list((folder / "spool").glob("*.jsonl")), within_s=60)
    database = Database(url)
    with database.read(30) as db:
        missing = [sid for sid in seen.arrivals if find_call(db, sid) is None]
        assert missing == [], f"{len(missing)} of {len(seen.arrivals)} calls"
        for sid in seen.recordings:
            call = find_call(db, sid)
            assert call is not None
            assert call.recording_url == f"https://api.twilio.com/{sid}"
            assert [task.recording_url for task in tasks_of_call(db, sid)] == [call.recording_url]
        unknown = [sid for sid in seen.statuses if answer_given(db, f"{sid} status completed") is None]
        assert unknown == []
    database.close()
    assert not (folder / "spool" / "unreadable.txt").exists()
    assert len(seen.arrivals) > 10


def test_r03_nothing_acknowledged_is_missing_after_the_file_went_and_came_again_and_again(
    sqlite_url: str,
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    known(sqlite_url, file.parent)
    with Server(sqlite_url, file.parent, processes=2) as server:
        seen = Acknowledged(server)
        with seen.arriving():
            for _ in range(count(5, 100)):
                remove(file)
                time.sleep(ROUND_S)
                revert(file)
                time.sleep(ROUND_S)
        expect_nothing_missing(sqlite_url, seen, server, file.parent)


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["stopped", pytest.param("frozen", marks=pytest.mark.nightly)])
def test_r03_nothing_acknowledged_is_missing_after_postgresql_went_again_and_again(
    how: str, own_postgres: Postgres, tmp_path: Path
) -> None:
    url = own_postgres.url_of("template_sami")
    known(url, tmp_path)
    with Server(url, tmp_path, processes=2) as server:
        seen = Acknowledged(server)
        with seen.arriving():
            for _ in range(count(2, 100)):
                with frozen(own_postgres) if how == "frozen" else stopped(own_postgres):
                    time.sleep(ROUND_S * 2)
                time.sleep(ROUND_S)
        expect_nothing_missing(url, seen, server, tmp_path)


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    postgres._server.stop()
    try:
        yield
    finally:
        postgres._server.start()


def test_r03_nothing_acknowledged_is_missing_after_the_process_was_killed_while_the_database_was_away(
    sqlite_url: str,
) -> None:
    """What a killed process spooled is replayed by those that come after it."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    known(sqlite_url, file.parent)
    server = Server(sqlite_url, file.parent, processes=2)
    server.start()
    seen = Acknowledged(server)
    chance = random.Random(3)
    with seen.arriving():
        for number in range(count(2, 100)):
            if number % 2 == 0:
                remove(file)
            time.sleep(chance.random())
            server.stop(signal.SIGKILL)
            server.start()
            if number % 2 == 0:
                revert(file)
            time.sleep(chance.random())
    try:
        expect_nothing_missing(sqlite_url, seen, server, file.parent)
    finally:
        server.stop()
