"""Who rings, in which order, for how long, and who has the caller in the end: every row of the table, in a whole SAMI.

The rows are written from the product's description, never copied from what the program did.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sami.settings.loading import Settings
from sami.store import work
from tests.support.cast import organisation
from tests.support.postgres import Postgres
from tests.support.routing_rows import (
    Row,
    end_of,
    in_one_order,
    live_through,
    read_rows,
    read_world,
    reasons_of,
    rings_of,
)
from tests.support.world import World

ROWS = tuple(read_rows(Path(__file__).parent / "routing_table.txt"))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all rows: a row begins with an empty business, and nothing in it waits for a beat."""
    directory = tmp_path_factory.mktemp("rows")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), directory / "sami.db")
        with World(settings(f"sqlite:///{directory / 'sami.db'}", directory), organisation(), beats=()) as made:
            yield made
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.copy() as url, World(settings(url, directory), organisation(), beats=()) as made:
        yield made


def settings(url: str, directory: Path) -> Settings:
    return Settings.model_validate(
        {
            "server": {"public_url": "https://calls.example.com", "data_dir": directory / "var"},
            "database": {"url": url},
            "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
        }
    )


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_row_comes_true(world: World, row: Row) -> None:
    stated = read_world(row.world)
    call = live_through(world, stated)
    why = world.why(call)
    rings = rings_of(world, call, seconds=any(letter.isdigit() for letter in row.rings))
    in_order = "legs_per_second" in stated.edge
    story = "\n".join([row.world, *call.story, str(why["attempts"]), str(reasons_of(why))])
    told = (rings if in_order else in_one_order(rings), end_of(call, why))
    assert told == (row.rings if in_order else in_one_order(row.rings), row.end), story
    assert {reason.strip() for reason in row.why.split(",") if reason.strip()} <= reasons_of(why), story
    world.expect_no_faults()
    _expect_the_task(world, call.sid, row.end)
    assert why["state"] == "ended", story
    kept = [key for key in stated.agents if _is_kept(world, key, call.sid)]
    assert kept == [], f"still kept for a call that is over: {kept}"


def _is_kept(world: World, key: str, sid: str) -> bool:
    agent = world.agent(key)
    return bool(agent.reserved_call == sid and agent.reserved_until > world.now)


def _expect_the_task(world: World, sid: str, end: str) -> None:
    """R10: a missed transfer is exactly one task with a due time; whoever was answered needs none."""
    with world.database.read() as db:
        tasks = work.tasks_of_call(db, sid)
    assert len(tasks) == (1 if end in ("voicemail", "missed", "abandoned", "message") else 0)
    assert all(task.due_at >= task.created_at + timedelta(minutes=5) for task in tasks)


def test_there_are_rows_enough() -> None:
    assert len(ROWS) >= 200
    assert len({row.world for row in ROWS}) == len(ROWS), "a row stands there twice"
