"""SAMI and a phone network around it, in real time for `sami demo`, in moved time for a call in the terminal."""

import threading
from collections.abc import Callable
from functools import partial

from sami import clock
from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store.facts import read_directory
from webhooks.simulator.client import Post
from webhooks.simulator.network import Network
from webhooks.simulator.pages.stage import Stage

CATCH_UP_S = 5.0
MoveTime = Callable[[float], None]


def network_around(settings: Settings, database: Database, post: Post) -> Network:
    """Every line of the business leads to this SAMI."""
    network = Network(
        post,
        start=clock.utc_now(),
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
    )
    url = settings.public_url
    with database.read() as db:
        lines = read_directory(db).file.lines
    for line in lines:
        network.add_line(
            line.phone,
            f"{url}/webhooks/voice",
            voice_fallback_url=f"{url}/webhooks/voice/fallback",
            status_callback=f"{url}/webhooks/voice/status",
            sms_url=f"{url}/webhooks/sms",
        )
    return network


def stage_around(settings: Settings, database: Database, network: Network, move_time: MoveTime | None = None) -> Stage:
    """Without a way of its own to move time, the clock that SAMI's processes share moves with the network's."""
    file = settings.embedded_database
    assert file is not None, "the demo's database is its own file"
    return Stage(network, database, file, move_time or partial(_move_both, network))


def _move_both(network: Network, seconds: float) -> None:
    """Between two of the network's events: what it is reporting just now is reported at the time at which it happened.

    Returns when the network has caught up: whoever calls next must not call in the past.
    """
    moved = threading.Event()

    def move() -> None:
        clock.move_clock(seconds)
        network.timeline.skip(seconds)
        moved.set()

    network.timeline.post(move)
    give_up_at, pause = clock.monotonic() + CATCH_UP_S, threading.Event()
    moved.wait(CATCH_UP_S)
    while (clock.utc_now() - network.now).total_seconds() > 1 and clock.monotonic() < give_up_at:
        pause.wait(0.02)
