"""Two releases run side by side while one replaces the other: the release before works on the new tables (R17, R18)."""

import io
import json
import os
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Inspector

import migrations
from sami.database.engine import Database
from sami.leads.history import verify_history
from sami.settings.loading import Settings
from sami.store.calls import calls
from sami.store.leads import leads

ROOT = Path(__file__).parents[2]
BEFORE = "0024"
"""The newest revision of the release before this one."""

Columns = dict[str, dict[str, tuple[bool, bool]]]

PLAY = """
import runpy, sys
from sami.settings.loading import Settings
runpy.run_path(sys.argv[1])["fill"](Settings.model_validate_json(sys.argv[2]))
"""


def the_release_before(folder: Path) -> Path:
    """Its files, as they stood before the first revision that it does not know."""
    first = next(path for path in sorted((ROOT / "migrations" / "versions").glob("*.py")) if path.name[:4] > BEFORE)
    added = ["git", "log", "-1", "--format=%H", "--diff-filter=A", "--", str(first.relative_to(ROOT))]
    commit = subprocess.run(added, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    files = subprocess.run(["git", "archive", f"{commit}^"], cwd=ROOT, capture_output=True, check=False)
    if not commit or files.returncode:
        pytest.skip("this checkout has no history to take the release before from")
    with tarfile.open(fileobj=io.BytesIO(files.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_r18_the_release_before_answers_calls_on_the_new_tables(settings: Settings, tmp_path: Path) -> None:
    """It plays calls, texts and its own worker's beats; afterwards this release reads them."""
    release = the_release_before(tmp_path / "before")
    told = {
        "server": {"public_url": settings.public_url, "data_dir": str(settings.server.data_dir)},
        "database": {"url": settings.database_url},
        "twilio": {
            "account_sid": settings.twilio.account_sid,
            "auth_tokens": [token.get_secret_value() for token in settings.twilio.auth_tokens],
        },
        "fallback": {"numbers": list(settings.fallback.numbers)},
    }
    script = [sys.executable, "-c", PLAY, str(ROOT / "tests" / "support" / "filled.py"), json.dumps(told)]
    environment = {**os.environ, "PYTHONPATH": str(release), "SAMI_CONFIG": os.devnull}
    played = subprocess.run(script, cwd=release, env=environment, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stderr[-3000:]
    with closing(Database(settings.database_url)) as database, database.read() as db:
        assert len(db.execute(calls.select()).all()) == 3
        assert len(db.execute(leads.select()).all()) == 2
        assert verify_history(db) == ()


@pytest.fixture
def tables(database_url: str) -> tuple[Columns, Columns]:
    """Of the release before and of this one: by table and column, whether it may be empty and has a default."""
    new = _columns(database_url)
    migrations.downgrade(database_url, BEFORE)
    old = _columns(database_url)
    return old, new


def test_r18_tables_only_gain_what_the_release_before_need_not_write(tables: tuple[Columns, Columns]) -> None:
    old, new = tables
    for table, columns in old.items():
        for column, (may_be_empty, _) in columns.items():
            assert column in new[table], f"{table}.{column} is gone"
            assert new[table][column][0] or not may_be_empty, f"{table}.{column} must be written now"
        for column in new[table].keys() - columns.keys():
            assert any(new[table][column]), f"{table}.{column} is new and must be written"


def _columns(url: str) -> Columns:
    engine = create_engine(url)
    seen: Inspector = inspect(engine)
    found = {
        table: {
            column["name"]: (bool(column["nullable"]), column["default"] is not None)
            for column in seen.get_columns(table)
        }
        for table in seen.get_table_names()
    }
    engine.dispose()
    return found
