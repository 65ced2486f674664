"""A business with an API, at ten on a Monday in Chicago, and programs with keys that the command made."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from sami import clock
from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.support.cast import agent, olive, organisation
from tests.support.signed import publish
from tests.webhooks.api.program import Program
from webhooks.app import create_app
from webhooks.cli import commands

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
HOURS = "Mo-Fr 09:00-18:00"

Sami = Callable[..., Result]
NewProgram = Callable[..., Program]


@pytest.fixture
def sami(database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Sami:
    """The command line of this test's business."""
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    monkeypatch.setenv("SAMI_SERVER__DATA_DIR", str(settings.server.data_dir))
    return lambda *arguments: CliRunner().invoke(commands, list(arguments))


@pytest.fixture
def app(settings: Settings, database: Database) -> Iterator[Flask]:
    publish(database, organisation(agents=[agent("ana", hours=HOURS), agent("ben"), agent("cy", calls=False), olive()]))
    with clock.use(lambda: MONDAY_10):
        served = create_app(settings, background=False)
        yield served
        served.extensions["sami"].database.close()


@pytest.fixture
def new_program(app: Flask, sami: Sami) -> NewProgram:
    """A program whose key has these scopes."""
    numbers = itertools.count(1)

    def make(*scopes: str) -> Program:
        asked = [word for scope in scopes for word in ("--scope", scope)]
        made = sami("api-key", "create", f"program-{next(numbers)}", *asked)
        assert made.exit_code == 0, made.output
        return Program(app, made.stdout.strip())

    return make


@pytest.fixture
def program(new_program: NewProgram) -> Program:
    """It may do everything."""
    return new_program("*")


@pytest.fixture
def nobody(app: Flask) -> Program:
    """It has no key."""
    return Program(app, None)
