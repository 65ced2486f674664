"""`sami worker`: the clock that wakes the beats."""

import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from sami import clock, logs
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from webhooks.commands.servers.lifeline import end_with_parent
from webhooks.commands.servers.startup import prepare, refuse_if_behind

if TYPE_CHECKING:
    from cadences.beats import Worker

log = logs.logger(__name__)
ASK_AGAIN_S = 2


@click.command
@click.option("--parent", type=int, hidden=True, help="End when the process with this id, which started us, ends.")
def worker(parent: int | None) -> None:
    """Deliver, follow up and look after what time brings."""
    settings = prepare()
    stopping = _stop_on_signals()
    if parent is not None:
        end_with_parent(parent)
    database = Database(settings.database_url)
    if _wait_for(database, stopping):
        from cadences.beats import BEATS, make_worker
        from cadences.ticker import Ticker

        ours = make_worker(settings, database)
        ticker = Ticker(BEATS, ours, on_end=ours.pulse.note)
        _say_alive(ours)
        ticker.start()
        stopping.wait()
        ticker.stop()
        ours.announcer.stop()
        with suppress(DatabaseAway):
            ours.pulse.end(database)
    database.close()


def _say_alive(ours: "Worker") -> None:
    """At once and not after the first interval: who waits for a worker should not wait for that."""
    with suppress(DatabaseAway):
        ours.pulse.write(ours.database, clock.utc_now())


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _wait_for(database: Database, stopping: threading.Event) -> bool:
    """True once the database answers and is not behind; False if asked to stop before that."""
    while not stopping.is_set():
        try:
            refuse_if_behind(database.revision())
            return True
        except DatabaseAway as away:
            log.warning("The database does not answer; the worker waits.", detail=away.detail)
            stopping.wait(ASK_AGAIN_S)
    return False
