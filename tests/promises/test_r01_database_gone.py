"""R1 and R2 with real processes: the database is taken away, and every caller still reaches somebody, in time."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.organisation.applying import apply_file
from sami.settings.loading import Settings
from sami.store.work import outbox_items_of, tasks_of_call
from tests.support.broken_world import BrokenWorld
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, OLIVE, desk, organisation
from tests.support.counts import NIGHTLY, count
from tests.support.postgres import Postgres
from tests.support.server import ACCOUNT, PUBLIC_URL, TOKEN, Server
from webhooks.app import create_app
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores, Voicemail, says_nothing
from webhooks.simulator.network import Network, SimulatedCall
from webhooks.simulator.people import CallerScript
from webhooks.simulator.signing import Form

pytestmark = pytest.mark.timeout(count(120, 1_800))

ANSWERS_WITHIN_S = 5.0
VOICE = PUBLIC_URL + "/webhooks/voice"
BOT: dict[str, Any] = {"pattern": "assigned_only", "fallback": [desk()]}
NOBODY, TALKS, TAKES = Ignores(), says_nothing(talks_s=20), Answers(talks_s=20)
DEATHS = ["exit before:12", "exit after:21"]
if NIGHTLY:
    DEATHS = [f"{kind}:{nth}" for kind in ("exit before", "exit after") for nth in range(1, 22)]
LEAVES_A_MESSAGE = CallerScript(ends_voicemail_with="#")


def known(url: str, folder: Path, bot: dict[str, Any] = BOT) -> None:
    """A business that was served before: it has an organisation, and a safety net beside it."""
    database = Database(url)
    with database.begin() as db:
        apply_file(db, organisation(bot=bot), prune=False, by=person("test"), now=datetime.now(UTC))  # noqa: TID251
    database.close()
    create_app(settings_of(url, folder), background=False).extensions["sami"].database.close()


def settings_of(url: str, folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "server": {"public_url": PUBLIC_URL, "data_dir": folder},
            "database": {"url": url},
            "twilio": {"account_sid": ACCOUNT, "auth_tokens": [TOKEN]},
        }
    )


class Outside:
    """A phone network whose requests go to a real server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        now = datetime.now(UTC)  # noqa: TID251 - the server's own clock is not moved.
        self.network = Network(server.post, start=now, account_sid=ACCOUNT, auth_token=TOKEN)
        self.network.add_line(LINE, VOICE, voice_fallback_url=VOICE + "/fallback", status_callback=VOICE + "/status")

    def call(self, *, front_desk: Behaviour = NOBODY, script: CallerScript = LEAVES_A_MESSAGE) -> SimulatedCall:
        for phone in (ANA, BEN, OLIVE):
            self.network.add_phone(phone, Ignores())
        self.network.add_phone(DESK, front_desk)
        call = self.network.call(LEE, LINE, script)
        self.network.run()
        self.network.run_for(60)
        return call


def rang(call: SimulatedCall) -> list[str]:
    return [ring.phone for ring in call.rang]


def left_a_message(call: SimulatedCall) -> bool:
    return any("a recording of" in line for line in call.story)


def expect_one_task_and_notice(url: str, server: Server, call: SimulatedCall) -> None:
    """Once the database is there again: one task with the recording, and the owner is told."""
    spool = Path(server.log).parent / "spool"
    server.until(lambda: not list(spool.glob("*.jsonl")), within_s=30)
    database = Database(url)
    with database.read() as db:
        tasks = tasks_of_call(db, call.sid)
        assert [bool(task.recording_url) for task in tasks] == [True], server.told()
        assert tasks[0].due_at is not None
        told = [item for item in outbox_items_of(db, call.sid, "text") if item.payload["agent_id"] is not None]
        assert any(item.payload["agent_id"] == tasks[0].owner_id for item in told)
    database.close()


def remove(path: Path) -> None:
    path.rename(path.with_name("kept.db"))


def replace_by_folder(path: Path) -> None:
    remove(path)
    path.mkdir()


def replace_by_empty_file(path: Path) -> None:
    remove(path)
    path.touch()


def revert(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.with_name("kept.db").rename(path)


TAKEN_AWAY: list[Callable[[Path], None]] = [remove, replace_by_folder, replace_by_empty_file]


@pytest.fixture
def file(sqlite_url: str) -> Path:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    known(sqlite_url, path.parent)
    return path


@pytest.mark.parametrize("take_away", TAKEN_AWAY, ids=lambda act: act.__name__)
def test_r01_the_file_goes_while_it_serves(take_away: Callable[[Path], None], file: Path, sqlite_url: str) -> None:
    with Server(sqlite_url, file.parent) as server:
        outside = Outside(server)
        take_away(file)
        call = outside.call()
        expect_safety_net(call, server)
        assert not is_a_database(file)
        revert(file)
        expect_one_task_and_notice(sqlite_url, server, call)


@pytest.mark.parametrize("command", [pytest.param("web", marks=pytest.mark.nightly), "run"])
@pytest.mark.parametrize("take_away", TAKEN_AWAY, ids=lambda act: act.__name__)
def test_r01_the_file_is_gone_before_it_starts(
    take_away: Callable[[Path], None], command: str, file: Path, sqlite_url: str
) -> None:
    take_away(file)
    with Server(sqlite_url, file.parent, command=command) as server:
        call = Outside(server).call()
        expect_safety_net(call, server)
        assert not is_a_database(file), "a new database was made where one existed"
        revert(file)
        expect_one_task_and_notice(sqlite_url, server, call)


@pytest.mark.parametrize("take_away", TAKEN_AWAY, ids=lambda act: act.__name__)
def test_r01_migrating_makes_no_new_database_where_one_existed(
    take_away: Callable[[Path], None], file: Path, sqlite_url: str
) -> None:
    take_away(file)
    migrated = subprocess.run(
        [sys.executable, "-m", "webhooks.cli", "migrate"],
        env=Server(sqlite_url, file.parent)._environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 1
    assert "Traceback" not in migrated.stderr
    assert not is_a_database(file)


def is_a_database(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def expect_safety_net(call: SimulatedCall, server: Server) -> None:
    assert rang(call) == [DESK], server.told()
    assert left_a_message(call), call.story
    assert server.slowest_s < ANSWERS_WITHIN_S


@pytest.mark.parametrize("dies", DEATHS)
def test_r01_a_process_that_really_dies_in_a_call_leaves_the_caller_to_the_next(
    dies: str, file: Path, sqlite_url: str, tmp_path: Path
) -> None:
    died = tmp_path / "died"
    dying = {"program": "tests.support.dying_web", "DIES": dies, "DIED": str(died)}
    with Server(sqlite_url, file.parent, processes=2, **dying) as server:
        call = Outside(server).call()
        assert died.exists(), "nothing was crossed so often"
        assert left_a_message(call), call.story
        expect_one_task_and_notice(sqlite_url, server, call)
        server.until(server.answers)  # Asked to end while it starts, a process takes its whole time to drain.


@pytest.mark.postgres
def test_r02_a_frozen_postgresql_costs_no_caller_more_than_five_seconds(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.copy() as url:
        known(url, tmp_path)
        with Server(url, tmp_path, processes=2) as server:
            with frozen(postgres):
                expect_all_answered_at_once(server)
                call = Outside(server).call()
                expect_safety_net(call, server)
            expect_one_task_and_notice(url, server, call)


@pytest.mark.postgres
def test_r01_a_stopped_postgresql_is_missed_by_no_caller(own_postgres: Postgres, tmp_path: Path) -> None:
    url = own_postgres.url_of("template_sami")
    known(url, tmp_path)
    with Server(url, tmp_path) as server:
        own_postgres._server.stop()
        call = Outside(server).call()
        expect_safety_net(call, server)
        own_postgres._server.start()
        expect_one_task_and_notice(url, server, call)


@pytest.mark.postgres
def test_r01_a_server_starts_while_postgresql_is_stopped(own_postgres: Postgres, tmp_path: Path) -> None:
    url = own_postgres.url_of("template_sami")
    known(url, tmp_path)
    own_postgres._server.stop()
    with Server(url, tmp_path) as server:
        call = Outside(server).call()
        expect_safety_net(call, server)
        own_postgres._server.start()
        expect_one_task_and_notice(url, server, call)


def test_r02_a_write_lock_held_by_another_costs_no_caller_more_than_five_seconds(file: Path, sqlite_url: str) -> None:
    with Server(sqlite_url, file.parent, processes=2) as server:
        with locked(file, count(6, 30)):
            expect_all_answered_at_once(server)
            call = Outside(server).call()
            assert left_a_message(call)
            assert server.slowest_s < ANSWERS_WITHIN_S
        expect_one_task_and_notice(sqlite_url, server, call)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """One that may be stopped, apart from what other tests use."""
    with TemporaryDirectory() as directory:
        server = Postgres(Path(directory) / "pg")
        yield server
        server.stop()


@contextmanager
def frozen(postgres: Postgres) -> Iterator[None]:
    """The postmaster first, or it would see its children stop."""
    postmaster = psutil.Process(postgres.pid)
    stopped = [postmaster]
    postmaster.send_signal(signal.SIGSTOP)
    for child in postmaster.children(recursive=True):
        child.send_signal(signal.SIGSTOP)
        stopped.append(child)
    try:
        yield
    finally:
        for process in reversed(stopped):
            process.send_signal(signal.SIGCONT)


@contextmanager
def locked(file: Path, seconds: float) -> Iterator[None]:
    """Another process writes, and takes its time: as long as the block lasts, and at least so long."""
    program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None);"
    program += "db.execute('BEGIN IMMEDIATE'); print(flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdout.readline()
    began_at = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, seconds - (time.monotonic() - began_at)))
    finally:
        holder.communicate("")


def expect_all_answered_at_once(server: Server) -> None:
    """More callers than there are threads, in the moment in which nobody knows yet."""
    with ThreadPoolExecutor(12) as callers:
        answers = list(callers.map(lambda number: server.post(VOICE, arrival(number)), range(12)))
    assert [answer.status for answer in answers] == [200] * 12
    assert all(DESK.encode() in answer.body for answer in answers)
    assert server.slowest_s < ANSWERS_WITHIN_S


def arrival(number: int) -> Form:
    sid = f"CA{number:032x}"
    return [("AccountSid", ACCOUNT), ("CallSid", sid), ("From", LEE), ("To", LINE), ("CallStatus", "ringing")]


# The same in moved time, at each moment of a call.


@dataclass(frozen=True)
class Moment:
    """The database goes with the first request to this route, and does not come back."""

    endpoint: str
    bot: dict[str, Any] = field(default_factory=lambda: BOT)
    agents: Behaviour = NOBODY
    front_desk: Behaviour = TALKS
    caller: CallerScript = LEAVES_A_MESSAGE
    rings_desk: bool = True


TOGETHER = BOT | {"pattern": "simultaneous_group"}
MOMENTS = {
    "as the caller arrives": Moment("voice.incoming"),
    "while the owner rings": Moment("legs.status"),
    "as nobody took it": Moment("voice.dialled"),
    "as Ana picks up": Moment("legs.picked_up", agents=TAKES),
    "as Ana presses 1": Moment("legs.pressed", agents=TAKES),
    "in the queue": Moment("voice.wait", TOGETHER),
    "at a key in the queue": Moment(
        "voice.queue_key", TOGETHER, caller=CallerScript(keys=[(12, "2")], ends_voicemail_with="#")
    ),
    "in a message": Moment("voice.message", {"pattern": "assigned_only"}, rings_desk=False),
    "as the message is announced": Moment("recordings.message", {"pattern": "assigned_only"}, rings_desk=False),
    "without any fallback number": Moment("voice.incoming", {"pattern": "assigned_only"}, rings_desk=False),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_r01_whenever_the_database_goes_the_caller_reaches_somebody(moment: str, sqlite_url: str) -> None:
    world, call = lived(MOMENTS[moment], sqlite_url)
    assert world.was_asked
    assert world.reached_somebody(call), call.story
    assert (DESK in rang(call)) == MOMENTS[moment].rings_desk
    assert all(status in (200, 204, 503) for _, status in world.statuses)
    assert world.left_in_spool == []
    assert len(world.tasks) == (0 if call.joined else 1)


def test_r01_while_ana_talks_the_database_goes_and_the_two_talk_on(sqlite_url: str) -> None:
    talking = Moment("voice.dialled", agents=TAKES, rings_desk=False)
    world, call = lived(talking, sqlite_url)
    assert [talk.phone in (ANA, BEN) for talk in call.joined] == [True]
    assert rang(call) in ([ANA], [BEN])
    assert world.left_in_spool == []
    assert world.tasks == []


def test_r01_a_key_that_cannot_be_stored_joins_nobody(sqlite_url: str) -> None:
    """Two agents may both have pressed 1: only the database can say who was first."""
    world, call = lived(MOMENTS["as Ana presses 1"], sqlite_url)
    assert world.watched is not None
    assert world.watched.body == b"<Response><Hangup/></Response>"
    assert [talk.phone for talk in call.joined] == [DESK]


def test_r01_a_waiting_caller_is_sent_out_of_the_queue(sqlite_url: str) -> None:
    world, _ = lived(MOMENTS["in the queue"], sqlite_url)
    assert world.watched is not None
    assert world.watched.body == b"<Response><Leave/></Response>"


@pytest.mark.parametrize(
    ("picks_up", "joined"),
    [
        pytest.param(TAKES, True, id="somebody presses 1"),
        pytest.param(Voicemail(after_s=3), False, id="a voicemail picks up"),
    ],
)
def test_r01_a_number_that_must_confirm_must_do_so_without_the_database_too(
    picks_up: Behaviour, joined: bool, sqlite_url: str
) -> None:
    confirmed = Moment("voice.incoming", BOT | {"fallback": [desk(confirm=True)]}, front_desk=picks_up)
    world, call = lived(confirmed, sqlite_url)
    assert bool(call.joined) == joined
    assert world.reached_somebody(call)


def lived(moment: Moment, url: str) -> tuple[BrokenWorld, SimulatedCall]:
    settings = settings_of(url, Path(url.removeprefix("sqlite:///")).parent)
    file = organisation(bot=moment.bot)
    with BrokenWorld(settings, file, endpoint=moment.endpoint, away=True) as world:
        for agent in (ANA, BEN):
            world.phone(agent, moment.agents)
        world.phone(DESK, moment.front_desk)
        call = world.call(script=moment.caller)
        world.settle()
    return world, call
