"""`sami run`: web and worker in one process group, each started again if it dies."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import partial

import click

from migrations import upgrade
from sami import clock, logs
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.helper_threads import start_helper
from webhooks.commands.servers.readiness import answers_within, reachable
from webhooks.commands.servers.startup import prepare, refuse_if_behind

log = logs.logger(__name__)
STOP_WITHIN_S = 28.0
LOOK_EVERY_S = 0.2
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 15.0)
STEADY_AFTER_S = 60.0
READY_WITHIN_S = 60.0


@click.command
def run() -> None:
    """Web and worker together. An embedded database is made and migrated first."""
    settings = prepare()
    settings.require_auth_token()
    _ready_database(settings.database_url, embedded=settings.embedded_database is not None)
    start_helper("ready", partial(_say_when_ready, settings.server.host, settings.server.port, settings.public_url))
    supervise([Child("web"), Child("worker")])


def _say_when_ready(host: str, port: int, public_url: str) -> None:
    url = f"http://{reachable(host)}:{port}"
    if answers_within(url, READY_WITHIN_S):
        click.echo(f"SAMI is ready: it listens on {url} and is known to Twilio as {public_url}. Ctrl+C ends it.")


def _ready_database(url: str, *, embedded: bool) -> None:
    try:
        if embedded:
            upgrade(url)
        else:
            _refuse_server_behind(url)
    except DatabaseAway as away:
        log.error("The database is away; the web starts on the safety net and the worker waits.", detail=away.detail)


def _refuse_server_behind(url: str) -> None:
    database = Database(url)
    try:
        refuse_if_behind(database.revision())
    finally:
        database.close()


@dataclass
class Child:
    """One command, its process, and how often it died without a steady minute between."""

    command: str
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_again_at: float = field(default=0.0)

    def start(self) -> None:
        arguments = [sys.executable, "-m", "webhooks.cli", self.command, "--parent", str(os.getpid())]
        self.process = subprocess.Popen(arguments)  # noqa: S603 - our own program, our own words.
        self.started_at = clock.monotonic()

    def look_after(self) -> None:
        """Start it if it is not running, later and later the more often it dies."""
        if self.process is None:
            if clock.monotonic() >= self.start_again_at:
                self.start()
        elif self.process.poll() is not None:
            self._note_death(self.process.returncode)

    def _note_death(self, status: int) -> None:
        is_steady = clock.monotonic() - self.started_at >= STEADY_AFTER_S
        self.deaths = 1 if is_steady else self.deaths + 1
        pause = BACKOFF_S[min(self.deaths, len(BACKOFF_S)) - 1]
        log.error("A process died and is started again.", command=self.command, status=status, pause_s=pause)
        self.process, self.start_again_at = None, clock.monotonic() + pause

    def stop(self, give_up_at: float) -> None:
        """Wait for it to end by itself; past the deadline it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, give_up_at - clock.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(children: list[Child]) -> None:
    """Returns when asked to stop and every child has ended."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        for child in children:
            child.look_after()
        stopping.wait(LOOK_EVERY_S)
    _end(children)


def _end(children: list[Child]) -> None:
    give_up_at = clock.monotonic() + STOP_WITHIN_S
    for child in children:
        if child.process is not None:
            child.process.terminate()
    for child in children:
        child.stop(give_up_at)
