"""`sami setup`: from an account with four new numbers to connected lines, verified phones and a call of one's own."""

import stat
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cadences.beats import BEATS
from sami.domain.organisation.line_addresses import wanted_addresses
from sami.settings.loading import Settings
from sami.store.facts import read_directory
from tests.support.cast import ANA, DESK, LEE, LINE, STAFF_LINE
from tests.support.healthy import ACCOUNT, Proxy
from tests.support.twilio_server import rest_of, served
from tests.support.world import World
from webhooks.cli import commands
from webhooks.simulator.behaviours import Answers
from webhooks.simulator.people import CallerScript

NEW = '[organisation]\nname = "New"\ncountry = "US"\ntime_zone = "America/Chicago"\n'
NUMBERS = (LINE, STAFF_LINE, "+15125550111", "+15125550112")
ALL = ("--name", "Harbor Homes", "--account-sid", ACCOUNT, "--all-lines", "--no-call")


class Office:
    def __init__(self, world: World, url: str, proxy: Proxy) -> None:
        self.world, self.url, self.proxy = world, url, proxy

    def setup(self, *words: str) -> Result:
        return CliRunner().invoke(commands, ["setup", *words])

    @contextmanager
    def time_passes(self) -> Iterator[None]:
        """As fast as it can, while a command waits for what comes of it."""
        over = threading.Event()

        def pump() -> None:
            while not over.is_set():
                self.world.network.run_for(1)
                time.sleep(0.01)

        thread = threading.Thread(target=pump)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@pytest.fixture
def office(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Office]:
    """A folder without settings, an account whose numbers lead nowhere, and a `sami run` at the public address."""
    ours, twilio = Proxy(), Proxy()
    with served(ours) as url, served(twilio) as api_url:
        server = settings.server.model_copy(update={"public_url": url})
        settings = settings.model_copy(update={"server": server})
        beats = tuple(replace(beat, every_s=2) for beat in BEATS if beat.name in ("legs", "bot_calls"))
        with World(settings, NEW, beats=beats) as world:
            ours.app, twilio.app = world.app, rest_of(world.network)
            for phone in NUMBERS:
                world.network.add_line(phone)
            folder = tmp_path / "office"
            folder.mkdir()
            monkeypatch.chdir(folder)
            monkeypatch.delenv("SAMI_CONFIG")
            monkeypatch.setenv("SAMI_DATABASE__URL", settings.database_url)
            monkeypatch.setenv("SAMI_SERVER__DATA_DIR", str(server.data_dir))
            monkeypatch.setenv("SAMI_TWILIO__API_URL", api_url)
            monkeypatch.setenv("SAMI_SETUP_AUTH_TOKEN", "a-made-up-token")
            yield Office(world, url, ours)


def test_a_new_account_comes_to_four_connected_lines_and_verified_phones(office: Office) -> None:
    world = office.world
    office.proxy.is_known = False  # /metrics is open then, which is told at the end and keeps nobody from going on.
    world.phone(ANA, Answers(after_s=1, press_after_s=3))
    world.phone(DESK, Answers(after_s=1, press_after_s=3))
    people = ("--agent", f"ana={ANA}=Ana Ruiz", "--fallback", f"{DESK}=Front desk")
    with office.time_passes():
        done = office.setup(*ALL, "--public-url", office.url, *people)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "Verified: calls may ring Ana Ruiz." in done.output
    assert "/metrics is open to everybody" in done.output.partition("What is still missing")[2]
    assert "Verified: calls may ring Front desk." in done.output

    wanted = wanted_addresses(office.url)
    for phone in NUMBERS:
        line = world.network.exchange.lines[phone]
        assert {name: getattr(line, name) for name in wanted} == wanted
    with world.database.read() as db:
        directory = read_directory(db)
    assert directory.organisation.name == "Harbor Homes"
    assert [(line.bot, line.staff) for line in directory.file.lines] == [("main", True), *[("main", False)] * 3]
    assert [number.phone for number in directory.bots["main"].fallback] == [DESK]
    assert world.agent("ana").verified

    config = Path("config.toml")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    kept = tomllib.loads(config.read_text())
    assert kept == {
        "twilio": {"account_sid": ACCOUNT, "auth_tokens": ["a-made-up-token"]},
        "server": {"public_url": office.url},
        "fallback": {"numbers": [DESK]},
    }
    assert "a-made-up-token" not in done.output

    requests = len(world.network.rest.requests)
    config.write_text(config.read_text() + "# mine\n")
    again = office.setup(*ALL, *people)
    assert again.exit_code == 0, again.output
    assert {asked.method for asked in world.network.rest.requests[requests:]} == {"GET"}, "nothing is done twice"
    assert "# mine" in config.read_text()


def test_a_call_of_ones_own_walks_the_chain(office: Office) -> None:
    assert office.setup(*ALL, "--public-url", office.url, "--no-rings").exit_code == 0
    words = tuple(word for word in ALL if word != "--no-call")
    calls_soon = threading.Timer(0.5, lambda: office.world.network.call(LEE, LINE, CallerScript(hangs_up_after_s=3)))
    calls_soon.start()
    with office.time_passes():
        done = office.setup(*words, "--call")
    assert done.exit_code == 0, done.output
    assert "A call to oneself" in done.output
    assert LEE in done.output.partition("A call to oneself")[2]


def test_each_step_refuses_what_is_not_right_and_keeps_what_was_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(*words: str) -> str:
        told = office.setup(*words)
        assert told.exit_code == 1
        return str(told.exception)

    assert "Account SID (AC...): give it as --account-sid." in refusal("--name", "Harbor Homes")
    assert "SK... names no account" in refusal(*ALL, "--account-sid", "SK" + "0" * 32)
    monkeypatch.setenv("SAMI_SETUP_AUTH_TOKEN", "another")
    assert "20003" in refusal(*ALL)
    assert not Path("config.toml").exists(), "what Twilio refuses is not kept"
    monkeypatch.setenv("SAMI_SETUP_AUTH_TOKEN", "a-made-up-token")
    assert "give it as --public-url" in refusal(*ALL)
    assert "is not a web address" in refusal(*ALL, "--public-url", "calls.example.com")
    assert "does not answer" in refusal(*ALL, "--public-url", "http://127.0.0.1:1")
    wrong = (*ALL, "--public-url", office.url, "--no-rings")
    assert "front desk is no phone number" in refusal(*wrong, "--agent", "ana=front desk")
    assert "a country this organisation does not dial" in refusal(*wrong, "--agent", "ana=+447911123456")
    assert all(line.answers_calls for line in office.world.network.exchange.lines.values())


def test_settings_may_be_printed_for_an_environment_instead(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWILIO__ACCOUNT_SID", "TWILIO__AUTH_TOKENS", "SERVER__PUBLIC_URL", "FALLBACK__NUMBERS"):
        monkeypatch.setenv(f"SAMI_{name}", "")  # Put back afterwards: the command sets them.
        monkeypatch.delenv(f"SAMI_{name}")
    words = ("--public-url", office.url, "--fallback", DESK, "--no-rings", "--print")
    done = office.setup(*ALL, *words)
    assert done.exit_code == 0, done.output
    assert f"export SAMI_FALLBACK__NUMBERS='[\"{DESK}\"]'" in done.output
    assert not Path("config.toml").exists()
