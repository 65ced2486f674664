"""Each trouble of a first live day and of every later one is named with its level, a sentence and its remedy.

One business to which nothing is missing is troubled again and again, each time in one way; in between it is well.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sami.access.api_keys import create_key
from sami.domain.language.actor import person
from sami.settings.loading import Settings
from sami.store.all_tables import declared_tables
from tests.support.healthy import Healthy, healthy
from tests.webhooks.api.program import Program
from tests.webhooks.commands.planted_troubles import TROUBLES, Plant


@pytest.fixture
def here(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Healthy]:
    with healthy(settings, monkeypatch, tmp_path / "config.toml") as here:
        yield here


@contextmanager
def planted(plant: Plant, here: Healthy) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as undo:
        plant(here, patch, undo)
        yield


def test_every_trouble_is_named_with_its_remedy_and_nothing_else_changes(here: Healthy) -> None:
    here.environment.setenv("SAMI_MAIL__PORT", "1")
    here.environment.setenv("SAMI_MAIL__FROM_ADDRESS", "sami@example.com")
    well = here.look()
    assert [check for check in well if check["level"] == "wrong"] == []
    missed = {}
    for trouble, plant, name, level, sentence, remedy in TROUBLES:
        with planted(plant, here):
            found = [check for check in here.look() if check["name"] == name and check["level"] == level]
        if not any(sentence in check["sentence"] and remedy in check["remedy"] for check in found):
            missed[trouble] = found
    assert missed == {}
    assert here.look() == well


def test_the_api_says_the_same(here: Healthy) -> None:
    with here.world.database.begin() as db:
        key = create_key(db, name="console", scopes=["organisation:read"], by=person("olive"), now=here.world.now)
    answer = Program(here.world.app, key).get("/doctor")
    assert answer.json == [{name: said for name, said in check.items() if name != "ok"} for check in here.look()]
    assert (answer.status_code, Program(here.world.app, None).get("/doctor").status_code) == (200, 401)


def test_the_service_is_examined_by_one_at_a_time(here: Healthy) -> None:
    with here.world.database.begin() as db:
        key = create_key(db, name="console", scopes=["organisation:read"], by=person("olive"), now=here.world.now)
    program, answers = Program(here.world.app, key), list[int]()
    here.proxy.spoils = lambda environ: answers.append(program.get("/doctor").status_code)
    assert program.get("/doctor").status_code == 200
    assert set(answers) == {503}, "asked again while the first waited for its round trip"


def test_s02_a_signed_round_trip_changes_nothing(here: Healthy) -> None:
    def everything() -> dict[str, int]:
        with here.world.database.read() as db:
            return {table.name: len(db.execute(table.select()).all()) for table in declared_tables()}

    before, requests_before = everything(), len(here.network.rest.requests)
    here.look()
    assert everything() == before
    asked = here.network.rest.requests[requests_before:]
    assert {request.method for request in asked} == {"GET"}, "Twilio is only read"
