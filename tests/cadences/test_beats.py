"""Every sweep has its beat, every kind of outbox item leaves with one, and all of them run in the worker."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module

import pytest

from cadences import beats, sweeps
from cadences.beats import BEATS, Beat, Worker, make_worker
from sami.calls.sweeping import NEWS_WITHIN
from sami.database.engine import Database
from sami.domain.delivery.kinds import CARRIAGES, Kind, Track, WhenLost, kinds_on
from sami.outbox.announcer import KINDS
from sami.outbox.delivery import CALL_KINDS
from sami.outbox.handling import HANDLINGS
from sami.settings.loading import Settings
from tests.support.cast import organisation
from tests.support.signed import publish

NOON = datetime(2026, 11, 16, 18, 0, tzinfo=UTC)
_SOURCE = ast.parse(inspect.getsource(beats))


def sweeping() -> Iterator[str]:
    """The sweeps as they are called: `module.function`, for everything public that a module of sweeps defines."""
    for found in pkgutil.iter_modules(sweeps.__path__):
        module = import_module(f"cadences.sweeps.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{found.name}.{name}"


def run_by_beats() -> set[str]:
    """What the functions of BEATS call, through at most one function of the same file."""
    functions = {node.name: node for node in _SOURCE.body if isinstance(node, ast.FunctionDef)}
    table = next(
        node.value
        for node in _SOURCE.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "BEATS"
    )
    assert table is not None
    named = {name.id for name in ast.walk(table) if isinstance(name, ast.Name)} & set(functions)
    nodes = [table, *(functions[name] for name in named)]
    return {
        f"{found.value.id}.{found.attr}"
        for node in nodes
        for found in ast.walk(node)
        if isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name)
    }


@pytest.mark.parametrize("sweep", sorted(sweeping()))
def test_every_sweep_has_its_beat(sweep: str) -> None:
    assert sweep in run_by_beats()


def test_every_kind_of_outbox_item_leaves_with_a_beat() -> None:
    named = {Track[name.removeprefix("Track.")] for name in run_by_beats() if name.startswith("Track.")}
    assert named | {Track.LEGS, Track.ANNOUNCEMENTS} == set(Track)
    assert (kinds_on(Track.LEGS), kinds_on(Track.ANNOUNCEMENTS)) == (CALL_KINDS, KINDS)
    assert "worker.announcer" in run_by_beats()


def test_every_kind_of_outbox_item_is_declared_carried_and_handled() -> None:
    assert set(CARRIAGES) == set(HANDLINGS) == set(Kind)
    sought = {kind for kind, how in CARRIAGES.items() if how.when_lost is WhenLost.LOOKED_UP}
    assert sought == {kind for kind, handling in HANDLINGS.items() if handling.find is not None}


def test_no_two_beats_share_a_name() -> None:
    assert len({beat.name for beat in BEATS}) == len(BEATS)


@pytest.fixture
def worker(settings: Settings, database: Database) -> Iterator[Worker]:
    publish(database, organisation())
    made = make_worker(settings, database)
    yield made
    made.announcer.stop()


@pytest.mark.parametrize("beat", BEATS, ids=lambda beat: beat.name)
def test_every_beat_runs_in_the_worker(worker: Worker, beat: Beat[Worker]) -> None:
    beat.run(worker, NOON)


def test_a_call_whose_dial_result_is_missing_concludes_a_minute_after_its_end_and_not_a_minute_later() -> None:
    waits_s = next(beat.every_s for beat in BEATS if beat.name == "ended_calls")
    assert NEWS_WITHIN.total_seconds() + waits_s <= 65
