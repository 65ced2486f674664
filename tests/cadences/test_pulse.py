"""Whoever reads the database knows whether a worker lives and which of its beats fail (R27)."""

from datetime import timedelta

import pytest

from cadences.pulse import KILLED_KEPT, Pulse
from sami.domain.delivery.heartbeat import MISSED_AFTER, is_alive
from sami.store.heartbeats import heartbeats, list_failing_beats, newest_heartbeat_at
from tests.support.services import Core


def failing(world: Core) -> list[tuple[str, str, int]]:
    with world.database.read() as db:
        return [(row.beat, row.error, row.times) for row in list_failing_beats(db)]


def test_r27_a_worker_is_seen_while_it_lives_and_not_missed_when_it_ended(world: Core) -> None:
    pulse = Pulse()
    pulse.write(world.database, world.now)
    world.pass_time(30)
    pulse.write(world.database, world.now)
    with world.database.read() as db:
        assert newest_heartbeat_at(db) == world.now
    pulse.end(world.database)
    assert world.rows(heartbeats) == []


@pytest.mark.parametrize(("late_s", "alive"), [(0, True), (45, True), (46, False)])
def test_r27_four_heartbeats_that_did_not_come_mean_that_it_is_away(world: Core, late_s: int, alive: bool) -> None:
    assert timedelta(seconds=45) == MISSED_AFTER
    assert is_alive(world.now, world.now + timedelta(seconds=late_s)) is alive
    assert not is_alive(None, world.now)


def test_r27_a_worker_that_was_killed_is_forgotten_after_a_day(world: Core) -> None:
    killed, living = Pulse(), Pulse()
    killed._worker = "other:1"
    killed.write(world.database, world.now)
    world.pass_time(KILLED_KEPT.total_seconds() + 1)
    living.write(world.database, world.now)
    assert [row.worker for row in world.rows(heartbeats)] == [living._worker]


def test_r27_a_beat_that_fails_is_told_until_it_runs_again(world: Core) -> None:
    pulse = Pulse()
    for _ in range(3):
        pulse.note("sla", ValueError("Maria's phone"))
    pulse.write(world.database, world.now)
    pulse.note("sla", KeyError("x"))
    pulse.write(world.database, world.now)
    pulse.write(world.database, world.now)
    assert failing(world) == [("sla", "KeyError", 4)]
    pulse.note("sla", None)
    pulse.write(world.database, world.now)
    assert failing(world) == []


def test_r27_what_an_earlier_worker_left_failing_is_cleared_by_the_next_that_runs_it(world: Core) -> None:
    earlier, later = Pulse(), Pulse()
    earlier.note("sla", ValueError())
    earlier.write(world.database, world.now)
    later.note("tasks", None)
    later.write(world.database, world.now)
    assert failing(world) == [("sla", "ValueError", 1)]
    later.note("sla", None)
    later.write(world.database, world.now)
    assert failing(world) == []
