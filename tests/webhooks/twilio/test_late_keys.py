"""An agent's key that meets somebody else's transaction: it is asked once more before the leg is given up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sami import clock
from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store import calls
from tests.support.cast import ANA, BEN, agent, olive, organisation
from tests.support.world import World
from webhooks.simulator.behaviours import Answers
from webhooks.simulator.client import Answer

SECOND_KEY = 2


class HeldWorld(World):
    """While the second key of a call is heard, another transaction holds the call for so long."""

    held_s = 0.0
    keys = 0
    took_s = 0.0

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        self.keys += url.endswith("/key")
        if not url.endswith("/key") or self.keys != SECOND_KEY:
            return super()._post(url, form, headers)
        with holding(self.database, self.network.calls[0].sid, self.held_s):
            began = clock.monotonic()
            answer = super()._post(url, form, headers)
            self.took_s = clock.monotonic() - began
            return answer


@contextmanager
def holding(database: Database, sid: str, seconds: float) -> Iterator[None]:
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with database.begin(deadline_s=10) as db:
            calls.lock_call(db, sid)
            held.set()
            let_go.wait(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        yield
    finally:
        let_go.set()
        holder.join()


def live_through(settings: Settings, held_s: float) -> tuple[list[str], list[str], float]:
    """Who has the caller, what Ben was told, and how long his key took to be answered."""
    file = organisation(bot={"pattern": "simultaneous_group"}, agents=[agent("ana"), agent("ben"), olive()])
    with HeldWorld(settings, file, beats=()) as world:
        world.held_s = held_s
        world.phone(ANA, Answers(press_after_s=2, talks_s=20))
        world.phone(BEN, Answers(press_after_s=2.01))
        call = world.call()
        return [talk.phone for talk in call.joined], [h.text for h in world.network.heard_by(BEN)], world.took_s


def test_who_presses_1_too_late_hears_by_whom_though_the_call_is_held_for_over_a_second(settings: Settings) -> None:
    joined, told, took_s = live_through(settings, 1.3)
    assert (joined, told[1:]) == ([ANA], ["Already taken by Ana Ruiz."])
    assert took_s < 4


def test_a_leg_is_given_up_within_four_seconds_where_nobody_lets_go(settings: Settings) -> None:
    _, told, took_s = live_through(settings, 5.0)
    assert told[1:] == []
    assert took_s < 4
