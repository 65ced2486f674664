"""R10: a missed transfer is always exactly one task, with an owner or in the admins' queue, and with a due time.

Asked after every single request, in drawn worlds: callers who overlap, phones that do anything, callbacks that come
late, twice and in any order, a REST API that fails, agents who leave the business while their leads call, and agents
who say by text what a call came to, or that its task is done or can wait.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store import calls, work
from tests.support.cast import (
    ANA,
    BEN,
    CELL,
    CY,
    DESK,
    LEE,
    LINE,
    OLIVE,
    STAFF_LINE,
    agent,
    cell,
    desk,
    olive,
    organisation,
)
from tests.support.counts import count
from tests.support.routing_rows import BEHAVIOURS, MENU
from tests.support.world import World
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults
from webhooks.simulator.rest.faults import RestFault

STEPS = count(2_000, 100_000) // 2  # On each of the two databases.
SAID = ("RESULT {n} LATER", "RESULT {n} FOLLOWUP FRI 3PM", "RESULT {n} NO", "RESULT {n} WRONG", "RESULT {n} NEVER")
OF_TASKS = ("DONE {n}", "SNOOZE {n} 2H")
FAULTS = (RestFault.REFUSE, RestFault.STATUS_429, RestFault.LOSE_ANSWER, RestFault.STATUS_500)


@pytest.mark.timeout(count(120, 3_600))
def test_r10_a_missed_transfer_is_exactly_one_task_after_every_step(settings: Settings) -> None:
    steps, seed = 0, 0
    with WatchedWorld(settings, organisation(), beats=()) as world:
        while steps < STEPS:
            before = world.steps
            _live_through(world, random.Random(seed))
            assert world.wrong == [], f"seed {seed}"
            assert world.steps > before, "a world without a request proves nothing"
            steps, seed = world.steps, seed + 1
        assert world.missed > STEPS / 100, "too few missed transfers were seen to prove anything"


class WatchedWorld(World):
    """Looks at all calls and tasks after each answer it gave."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.steps = self.missed = self._known = 0
        self.wrong: list[str] = []
        super().__init__(*args, **options)

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Any:
        answer = super()._post(url, form, headers)
        self.steps += 1
        found = read_missed(self.database)
        self.missed += max(0, len(found) - self._known)
        self._known = len(found)
        self.wrong += [f"{url}: {wrong}" for call in found for wrong in call.wrongs()]
        return answer


@dataclass(frozen=True, slots=True)
class MissedCall:
    sid: str
    arrived_at: Any
    tasks: tuple[Any, ...]

    def wrongs(self) -> list[str]:
        """Whose the task is may be nobody's: that is the admins' queue. A reported time, or a snooze, moves it."""
        if len(self.tasks) != 1:
            return [f"{self.sid} has {len(self.tasks)} tasks"]
        task = self.tasks[0]
        is_due = task.due_at is not None and task.due_at >= self.arrived_at + timedelta(minutes=5)
        return [] if is_due and task.title else [f"{self.sid} has a task due {task.due_at}"]


def read_missed(database: Database) -> list[MissedCall]:
    with database.read() as db:
        rows = db.execute(calls.calls.select().where(calls.calls.c.outcome == "missed_transfer")).all()
        tasks = db.execute(work.tasks.select()).all()
    follow_ups = [task for task in tasks if task.title.startswith(("Call back", "Listen to", "A withheld caller"))]
    return [MissedCall(row.sid, row.arrived_at, tuple(t for t in follow_ups if t.call == row.sid)) for row in rows]


def _live_through(world: World, chance: random.Random) -> None:
    world.start_over(organisation(agents=[*_agents(chance), olive()], bot=_bot(chance)))
    world.set_calls(legs_possible=chance.random() < 0.8, legs_per_second=chance.choice([0.0, 0.0, 1.0]))
    world.network.callbacks = CallbackFaults(
        repeat=chance.choice([0, 0.3]), lose=chance.choice([0, 0, 0.1]), shuffle=chance.choice([0, 0.3]), delay_s=2.0
    )
    if chance.random() < 0.3:
        world.network.rest.faults.fail_share(0.4, chance.randrange(1000), *FAULTS)
    for number in (ANA, BEN, CY, DESK, CELL):
        world.phone(number, *chance.choices(list(BEHAVIOURS.values()), k=3))
    for caller in range(chance.randint(1, 4)):
        world.network.timeline.after(chance.uniform(0, 60), lambda n=caller: _call(world, chance, n))
    if chance.random() < 0.3:
        away = chance.choice(("ana", "ben", "cy"))
        world.network.timeline.after(chance.uniform(5, 60), lambda: world.set_agent(away, active=False))
    for _ in range(chance.randint(0, 3)):
        world.network.timeline.after(chance.uniform(20, 150), lambda: _text(world, chance))
    world.network.run()


def _text(world: World, chance: random.Random) -> None:
    """By somebody of ours, of a call or a task that there is."""
    with world.database.read() as db:
        of_calls = [row.id for row in db.execute(calls.calls.select())]
        of_tasks = [row.id for row in db.execute(work.tasks.select())]
    words, numbers = chance.choice([(SAID, of_calls), (OF_TASKS, of_tasks)])
    if numbers:
        said = chance.choice(words).format(n=chance.choice(numbers))
        world.network.text(chance.choice((ANA, BEN, CY, OLIVE)), STAFF_LINE, said)


def _agents(chance: random.Random) -> list[dict[str, Any]]:
    hours = {"hours": "Mo-Fr 11:00-18:00"}
    kinds: list[dict[str, Any]] = [{}, {}, {}, {"calls": False}, {"screening": False}, {"verified": False}, hours]
    return [agent(key, **chance.choice(kinds)) for key in ("ana", "ben", "cy")]


def _bot(chance: random.Random) -> dict[str, Any]:
    return {
        "pattern": chance.choice(["assigned_then_group", "simultaneous_group", "assigned_only"]),
        "group_ring": chance.choice(["queue", "queue", "dial", "hunt"]),
        "fallback": chance.choice([[], [], [desk()], [cell()], [cell(), desk()]]),
        "max_wait": chance.choice([15, 30, 60, 90]),
        "overlap": chance.choice([0, 0, 8]),
        "sticky": chance.random() < 0.5,
        "menu": chance.choice([[], [], MENU]),
    }


def _call(world: World, chance: random.Random, number: int) -> None:
    script = CallerScript(
        hangs_up_after_s=chance.choice([None, None, chance.uniform(0, 90)]),
        reactions=chance.choice([(), (("press 0", chance.choice("012349")),), (("hold.wav", chance.choice("12")),)]),
        voicemail_s=chance.choice([None, 8.0]),
    )
    caller = chance.choice([f"{LEE[:-2]}{50 + number}", "anonymous"])
    world.network.call(caller, LINE, script)
