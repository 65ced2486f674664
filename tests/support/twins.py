"""Which tests meet PostgreSQL on this change: whatever races or is promised, and a fifth of all others in turn.

Most tests ask the same question of both databases and get the same answer through the same statements. Each commit asks
a fifth of them of PostgreSQL too, every night asks all of them, and so does whoever names a file.
"""

import os
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.support.counts import NIGHTLY

FIFTHS = 5
ALWAYS = ("tests/promises/", "tests/database/", "tests/outbox/", "tests/migrations/")
ROOT = Path(__file__).parents[2]


def choose_fifth(config: pytest.Config) -> None:
    """Once, by the process that starts the others: all of them must collect the same."""
    if hasattr(config, "workerinput") or "SAMI_FIFTH" in os.environ:
        return
    whole_suite = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    os.environ["SAMI_FIFTH"] = _fifth_of_this_commit() if whole_suite and not NIGHTLY else "all"


def _fifth_of_this_commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return "0" if asked.returncode else str(int(asked.stdout, 16) % FIFTHS)


def describe() -> str:
    fifth = os.environ["SAMI_FIFTH"]
    if fifth == "all":
        return "on PostgreSQL: every test"
    return f"on PostgreSQL: promises, races and fifth {fifth} of the others (again with SAMI_FIFTH={fifth}, or all)"


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    fifth = os.environ["SAMI_FIFTH"]
    if fifth == "all":
        return
    spared = [item for item in items if _is_twin(item) and zlib.crc32(item.nodeid.encode()) % FIFTHS != int(fifth)]
    config.hook.pytest_deselected(items=spared)
    kept = set(items) - set(spared)
    items[:] = [item for item in items if item in kept]


def _is_twin(item: pytest.Item) -> bool:
    """Asks PostgreSQL what it asks SQLite too, and nothing of it happens at once."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or "postgres" not in callspec.params.values():
        return False
    return not item.nodeid.startswith(ALWAYS) and item.get_closest_marker("races") is None
