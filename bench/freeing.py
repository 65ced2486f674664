"""Agents are rung for 20 seconds and kept for 30 more; under load they are set free again at once, beside it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.store.people import agents

# Each agent's turn comes every 40 calls: at 1,000 a second that is 40 ms.
EVERY_S = 0.015


@contextmanager
def freeing(url: str) -> Iterator[None]:
    """One small statement some sixty times a second, the same load for whoever is measured."""
    done = threading.Event()
    database = Database(url)
    release = (
        agents.update().where(agents.c.reserved_until.is_not(None)).values(reserved_until=None, reserved_call=None)
    )

    def run() -> None:
        while not done.wait(EVERY_S):
            with suppress(DatabaseAway), database.begin() as db:
                db.execute(release)

    thread = threading.Thread(target=run, name="freeing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        database.close()
