"""R8: no agent is offered two callers at once, one caller has one winner, and nobody stays busy by accident."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cadences.beats import BEATS
from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store import calls, people
from tests.support.cast import DESK, LINE, desk, olive, organisation
from tests.support.counts import count
from tests.support.signed import publish
from tests.support.web_processes import OtherProcess, Posted, Said, ask_all, two_processes
from tests.support.world import MONDAY_10, World
from webhooks.app import create_app
from webhooks.simulator.behaviours import Answers, Behaviour, Busy, Ignores, Voicemail, passes, says_nothing
from webhooks.simulator.client import Answer, ConnectionFailed
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults
from webhooks.simulator.signing import Form

pytestmark = pytest.mark.timeout(count(120, 7_200))
TOGETHER = {"pattern": "simultaneous_group", "fallback": [desk()]}
RING_S = 20
LOOK_S = 5.0
LOST_ENDS = 0.5
LONGER_THAN_LOCKS_S = 1.3  # A web server waits a second for a lock.
Processes = tuple[OtherProcess, OtherProcess]


def business(people_at_work: int, bot: dict[str, Any]) -> str:
    agents = [
        {"key": f"a{number:02}", "name": f"Agent {number:02}", "phone": phone_of(number), "verified": True}
        for number in range(people_at_work)
    ]
    return organisation(agents=[*agents, olive()], bot=bot)


def phone_of(number: int) -> str:
    return f"+1512555{2000 + number}"


# --- Two processes at the same instant.


@pytest.fixture(scope="module")
def started() -> Iterator[Processes]:
    with two_processes() as both:
        yield both


@pytest.fixture
def processes(started: Processes, settings: Settings) -> Processes:
    for process in started:
        process.open(settings)
    return started


class Caller:
    """One caller who waits for a group, as the network would tell of them."""

    def __init__(self, database: Database, number: int) -> None:
        self.database = database
        self.sid = f"CA{number:032x}"
        self.phone = f"+1512556{number:04}"

    def arrives(self) -> Posted:
        return Posted("/webhooks/voice", self._form(self.sid, "ringing"), MONDAY_10)

    def picked_up(self, attempt: Any) -> Posted:
        return Posted(f"/webhooks/voice/leg/{attempt.ref}", self._leg_form(attempt), MONDAY_10)

    def pressed_1(self, attempt: Any, *, dies: bool = False) -> Posted:
        form = [*self._leg_form(attempt), ("Digits", "1")]
        return Posted(f"/webhooks/voice/leg/{attempt.ref}/key", form, MONDAY_10, dies)

    def attempts(self) -> list[Any]:
        with self.database.read() as db:
            row = calls.find_call(db, self.sid)
            return [] if row is None else calls.attempts_of(db, row.id)

    def accepted_by(self) -> str | None:
        with self.database.read() as db:
            row = calls.find_call(db, self.sid)
        assert row is not None, "the caller was answered"
        accepted: str | None = row.accepted_by
        return accepted

    def _leg_form(self, attempt: Any) -> Form:
        return self._form(f"CA{attempt.ref}{attempt.ref}", "in-progress")

    def _form(self, sid: str, status: str) -> Form:
        fields = {"AccountSid": "AC" + "0" * 32, "From": self.phone, "To": LINE, "CallStatus": status}
        return [("CallSid", sid), *fields.items()]


def free_everybody(database: Database) -> None:
    with database.begin() as db:
        db.execute(people.agents.update().values(reserved_until=None, reserved_call=None, bridged=False))


def takes(said: Said) -> bool:
    return "<Queue>" in said.body


def test_r08_of_eight_who_press_1_at_once_exactly_one_has_the_caller(database: Database, processes: Processes) -> None:
    publish(database, business(8, TOGETHER))
    for number in range(count(50, 1_000)):
        caller = Caller(database, number)
        processes[number % 2].post(caller.arrives())
        processes[number % 2].hear()
        attempts = caller.attempts()
        random.Random(number).shuffle(attempts)
        assert len(attempts) == 8
        ask_all(processes, [caller.picked_up(attempt) for attempt in attempts])
        said = ask_all(processes, [caller.pressed_1(attempt) for attempt in attempts])
        (winner,) = [a for a, heard in zip(attempts, said, strict=True) if takes(heard)]
        assert caller.accepted_by() == winner.ref
        assert [heard.body for heard in said if not takes(heard) and f"taken by {winner.name}" not in heard.body] == []
        assert Counter(a.ended for a in caller.attempts()) == {None: 1, "lost_race": 7}
        with database.read() as db:
            kept = db.execute(people.agents.select().where(people.agents.c.reserved_call.is_not(None))).all()
        assert [(row.id, row.reserved_call, row.bridged) for row in kept] == [(winner.agent_id, caller.sid, True)]
        free_everybody(database)


def test_r08_who_waited_long_to_press_1_hears_by_whom_the_caller_was_taken(
    database: Database, processes: Processes
) -> None:
    publish(database, business(2, TOGETHER))
    caller = Caller(database, 0)
    ask_all(processes, [caller.arrives()])
    first, second = caller.attempts()
    ask_all(processes, [caller.picked_up(first), caller.picked_up(second)])
    with database.begin() as db:
        calls.lock_call(db, caller.sid)
        processes[0].post(caller.pressed_1(first), caller.pressed_1(second))
        time.sleep(LONGER_THAN_LOCKS_S)
    said = processes[0].hear() or []
    assert sorted(map(takes, said)) == [False, True]
    assert any("taken by" in heard.body for heard in said)


def test_r08_a_process_that_dies_between_commit_and_answer_leaves_one_winner(
    database: Database, processes: Processes
) -> None:
    publish(database, business(2, TOGETHER))
    for number in range(count(5, 100)):
        caller = Caller(database, number)
        ask_all(processes, [caller.arrives()])
        first, second = caller.attempts()
        ask_all(processes, [caller.picked_up(first), caller.picked_up(second)])
        processes[0].post(caller.pressed_1(first, dies=True))
        assert processes[0].hear() is None
        late, again = ask_all(processes, [caller.pressed_1(second), caller.pressed_1(first)])
        assert (takes(late), takes(again)) == (False, True), "the network asks once more, and hears the answer"
        free_everybody(database)


def test_r08_callers_who_arrive_at_once_are_never_offered_the_same_agent(
    database: Database, processes: Processes
) -> None:
    publish(database, business(5, TOGETHER | {"max_ring": 2}))
    for number in range(count(25, 500)):
        arriving = [Caller(database, number * 4 + each) for each in range(4)]
        said = ask_all(processes, [caller.arrives() for caller in arriving])
        assert all(heard.status == 200 for heard in said)
        offered = Counter(a.agent_id for caller in arriving for a in caller.attempts() if a.agent_id)
        assert set(offered.values()) == {1}
        assert len(offered) == 5, "and nobody who is free is passed over"
        free_everybody(database)


# --- A busy day, with processes that die and news that is lost.


class MortalWorld(World):
    """A share of requests ends with the death of the process, half of them after the commit; Twilio asks once more.

    Another share of the news that a talk is over is lost at the door, as status callbacks are on the way.
    """

    def __init__(self, settings: Settings, file: str, *, dies: float, seed: int) -> None:
        self._mortality, self._fate = dies, random.Random(seed)
        self.deaths = 0
        super().__init__(settings, file, seed=seed, beats=BEATS, forgives=("faults",))

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        if _ends_a_talk(form) and self._fate.random() < LOST_ENDS:
            return Answer(502, "text/html", b"Bad gateway")
        if self._fate.random() >= self._mortality:
            return super()._post(url, form, headers)
        self.deaths += 1
        if self._fate.random() < 0.5:
            super()._post(url, form, headers)
        self.edge.database.close()
        self.app = create_app(self.settings, legs_sender=self, background=False)
        self.client = self.app.test_client()
        raise ConnectionFailed("the process died")


def _ends_a_talk(form: Form) -> bool:
    told = dict(form)
    return told.get("DialBridged") == "true" or told.get("QueueResult") == "bridged"


class BusyWatch:
    """Looks every few seconds who is kept busy though their phone lies idle, and for how long."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.longest_s = {"offered": 0.0, "talking": 0.0}
        self._since: dict[tuple[str, str, str], datetime] = {}
        world.network.timeline.every(LOOK_S, self.look)

    def look(self) -> None:
        now = self.world.now
        with self.world.database.read() as db:
            kept = db.execute(people.agents.select().where(people.agents.c.reserved_until > now)).all()
        idle = {
            (row.phone, row.reserved_call, "talking" if row.bridged else "offered")
            for row in kept
            if not self.world.network.phone(row.phone).legs
        }
        self._since = {one: self._since.get(one, now) for one in idle}
        for (_, _, why), since in self._since.items():
            self.longest_s[why] = max(self.longest_s[why], (now - since).total_seconds())


def day_of(chance: random.Random, length: int) -> list[Behaviour]:
    """What one agent's phone does, call after call."""
    kinds: list[Behaviour] = [
        Answers(chance.uniform(1, 9), "1", chance.uniform(1, 6), talks_s=chance.uniform(5, 90)) for _ in range(6)
    ]
    kinds += [Ignores(), Busy(), Busy(6.0), Voicemail(0.5, 20), passes(), says_nothing()]
    return [chance.choice(kinds) for _ in range(length)]


def test_r08_no_agent_is_offered_two_callers_at_once_whatever_is_lost(sqlite_url: str, settings_of: Any) -> None:
    chance = random.Random(8)
    file = business(20, {"max_ring": 4, "fallback": [desk()]})
    with MortalWorld(settings_of(sqlite_url), file, dies=0.01, seed=8) as world:
        watch = BusyWatch(world)
        world.network.callbacks = CallbackFaults(repeat=0.1, lose=0.3, shuffle=0.2)
        for number in range(20):
            world.phone(phone_of(number), *day_of(chance, 100))
        world.phone(DESK, *day_of(chance, 1_000))
        for number in range(count(200, 5_000)):
            leaves = chance.uniform(2, 40) if chance.random() < 0.15 else None
            caller = f"+1512{5560000 + number}"
            world.network.call(caller, LINE, CallerScript(hangs_up_after_s=leaves, ends_voicemail_with="#"))
            world.network.run_for(chance.expovariate(1 / 2.5))
        world.network.run()
        world.network.run_for(900)

        assert world.deaths > 0
        assert watch.longest_s["talking"] > 0, "some ends of talks were heard of by nobody"
        assert overlapping_rings(world) == []
        assert overlapping_offers(world) == []
        assert watch.longest_s["offered"] <= RING_S + 60 + LOOK_S
        assert watch.longest_s["talking"] <= 120 + LOOK_S
        with world.database.read() as db:
            assert not db.execute(people.agents.select().where(people.agents.c.reserved_until > world.now)).all()
            unfinished = calls.calls.c.outcome.is_(None) & calls.calls.c.transfer_at.is_not(None)
            assert not db.execute(calls.calls.select().where(unfinished)).all()


def overlapping_rings(world: World) -> list[Any]:
    """Agents' phones that were rung while they still rang or talked; the truth of the network."""
    return [double for double in world.network.double_rings if double.phone != DESK]


def overlapping_offers(world: World) -> list[tuple[Any, Any]]:
    """Offers of two calls that one agent had at the same time, as they were written down."""
    with world.database.read() as db:
        rows = db.execute(calls.attempts.select().where(calls.attempts.c.agent_id.is_not(None))).all()
    by_agent = sorted(rows, key=lambda row: (row.agent_id, row.offered_at))
    return [
        (earlier, later)
        for earlier, later in itertools.pairwise(by_agent)
        if earlier.agent_id == later.agent_id and later.offered_at < earlier.ended_at
    ]


@pytest.fixture
def settings_of(tmp_path: Path) -> Any:
    def made(database_url: str) -> Settings:
        return Settings.model_validate(
            {
                "server": {"public_url": "https://calls.example.com", "data_dir": tmp_path / "var"},
                "database": {"url": database_url},
                "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
                "fallback": {"numbers": [DESK]},
            }
        )

    return made
