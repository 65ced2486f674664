"""A call is read as `sami why CALL --json` prints it, and its decisions can be made again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, LEE, organisation
from tests.support.world import SPEAKING, World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.behaviours import Answers, Ignores


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation(), beats=SPEAKING) as world:
        yield world


@pytest.fixture
def call(world: World) -> str:
    """Ana's phone rings out, Ben's takes the call."""
    world.phone(ANA, Ignores())
    world.phone(BEN, Answers())
    return world.call(LEE).sid


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())


def test_a_call_is_what_why_prints_without_what_it_caused(program: Program, sami: Sami, call: str) -> None:
    printed: dict[str, Any] = json.loads(sami("why", call, "--json").stdout)
    caused = {"tasks", "texts", "cadences_cancelled"}
    assert caused <= set(printed)
    read = program.get(f"/calls/{call}")
    assert read.status_code == 200
    assert read.json == {name: value for name, value in printed.items() if name not in caused}
    assert [attempt["ended"] for attempt in read.json["attempts"]] == ["rang_out", "accepted"]


def test_every_decision_of_a_call_is_made_again_to_the_same_answer(program: Program, call: str) -> None:
    decisions = program.get(f"/calls/{call}").json["decisions"]
    assert {decision["kind"] for decision in decisions} == {"assignment", "transfer"}
    for decision in decisions:
        read = program.get(f"/decisions/{decision['id']}").json
        assert (read["trace"], read["chosen"]) == (decision["trace"], decision["chosen"])
        again = program.post(f"/decisions/{decision['id']}/replay").json
        assert again["same"] is True
        assert again["stored"] == again["again"]
        assert (again["stored"]["trace"], again["stored"]["chosen"]) == (read["trace"], read["chosen"])


def test_a_call_that_is_not_known_is_not_found(program: Program) -> None:
    assert program.get("/calls/CA1").status_code == 404
    assert program.get("/decisions/CA1").status_code == 404
    assert program.post("/decisions/CA1/replay").status_code == 404


LATER = "2026-11-20T21:00:00Z"


def test_what_a_call_came_to_is_reported_and_stands_beside_how_its_transfer_went(program: Program, call: str) -> None:
    body = {"outcome": "contact_later", "note": "After the fair", "at": LATER}
    told = program.post(f"/calls/{call}/outcome", body)
    assert told.status_code == 200
    assert told.json["outcome"] == "successful_transfer"
    [report] = told.json["reports"]
    kept = {"outcome": "contact_later", "note": "After the fair", "later_at": "2026-11-20T21:00:00.000Z"}
    assert kept.items() <= report.items()
    assert report["by"].endswith("crm")
    [task] = program.get(f"/tasks?lead={told.json['lead']['id']}").json
    assert (task["due_at"], task["call"]) == ("2026-11-20T21:00:00.000Z", call)
    assert program.get(f"/leads/{told.json['lead']['id']}").json["do_not_contact_until"] == "2026-11-20T21:00:00.000Z"


def test_a_report_that_is_repeated_with_its_key_is_one(program: Program, call: str) -> None:
    asked = {"headers": {"Idempotency-Key": "report-1"}}
    first = program.post(f"/calls/{call}/outcome", {"outcome": "not_interested"}, **asked)
    again = program.post(f"/calls/{call}/outcome", {"outcome": "not_interested"}, **asked)
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert len(program.get(f"/calls/{call}").json["reports"]) == 1


def test_a_report_that_cannot_be_kept_changes_nothing(program: Program, call: str) -> None:
    told = {
        "outcome_not_reportable": [{"outcome": "missed_transfer"}],
        "outcome_time_refused": [
            {"outcome": "contact_later", "at": "2020-01-01T00:00:00Z"},
            {"outcome": "opt_out", "at": LATER},
        ],
        "invalid_fields": [{"outcome": "happy"}, {}],
    }
    for code, bodies in told.items():
        for body in bodies:
            refused = program.post(f"/calls/{call}/outcome", body)
            assert (refused.status_code, refused.json["error"]["code"]) == (422, code), body
    assert program.get(f"/calls/{call}").json["reports"] == []


def test_nothing_is_reported_of_a_call_that_is_not_known(program: Program) -> None:
    assert program.post("/calls/CA1/outcome", {"outcome": "opt_out"}).status_code == 404
