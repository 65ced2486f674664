"""Calls are listed by what is asked for, newest first, page by page, and quickly however many there are."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from sami.database.engine import Database
from sami.domain.language.instants import rfc3339
from sami.settings.loading import Settings
from sami.store import calls as store
from sami.store.call_list import CallFilter, list_calls
from tests.support.cast import ANA, BEN, LINE, organisation
from tests.support.world import SPEAKING, World
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program
from webhooks.simulator.behaviours import Answers, Ignores

FIRST, SECOND, THIRD = "+15125550301", "+15125550302", "+15125550303"


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation(), beats=SPEAKING) as world:
        yield world


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())


@pytest.fixture
def calls(world: World) -> list[str]:
    """Ana takes the first, and the second too after Ben let it ring. The third nobody takes. Cy is off duty."""
    calls = []
    for caller, ana, ben in (
        (FIRST, Answers(), Answers()),
        (SECOND, Answers(), Ignores()),
        (THIRD, Ignores(), Ignores()),
    ):
        world.phone(ANA, ana)
        world.phone(BEN, ben)
        calls.append(world.call(caller).sid)
        world.network.run_for(600)
    return calls


def test_calls_are_found_by_what_is_asked_for(program: Program, sami: Sami, world: World, calls: list[str]) -> None:
    """One world for a table: each filter alone, two together, and the same at the shell."""
    first, second, third = calls
    arrived = [program.get(f"/calls/{sid}").json["arrived_at"] for sid in calls]
    lead = program.get(f"/calls/{second}").json["lead"]["id"]
    table: list[tuple[str, list[str]]] = [
        ("", [third, second, first]),
        (f"line={LINE[1:]}", [third, second, first]),
        ("line=+15125550110", []),
        ("agent=ben", [third, second]),
        ("agent=olive", []),
        ("outcome=missed_transfer", [third]),
        ("attempt=accepted", [second, first]),
        ("attempt=rang_out", [third, second]),
        ("agent=ana&attempt=accepted", [second, first]),
        ("agent=ben&attempt=accepted", []),
        ("gate=calls_off", [third, second]),
        ("gate=calls_off&outcome=missed_transfer", [third]),
        ("gate=out_of_office", []),
        (f"lead={lead}", [second]),
        (f"from={arrived[1]}", [third, second]),
        (f"to={arrived[1]}", [first]),
        (f"from={arrived[1]}&to={arrived[2]}&outcome=successful_transfer", [second]),
        ("from=2030-01-01T00:00:00Z", []),
    ]
    for query, expected in table:
        listed = program.get(f"/calls?{query}")
        assert [call["sid"] for call in listed.json] == expected, query
    gates = {skip["gate"] for sid in calls for skip in program.get(f"/calls/{sid}").json["skipped"]}
    assert gates == {"calls_off"}, "what a call says kept people from ringing finds it, and nothing else"
    words = ("--agent", "ben", "--attempt", "rang_out", "--line", "(512) 555-0100", "--json")
    assert [call["sid"] for call in json.loads(sami("calls", *words).stdout)["calls"]] == [third, second]
    assert "--before" in sami("calls", "--limit", "2").stdout


def test_a_listed_call_is_the_call_without_who_was_rung(program: Program, calls: list[str]) -> None:
    left_out = {"reports", "attempts", "skipped", "decisions"}
    for listed in program.get("/calls").json:
        call = program.get(f"/calls/{listed['sid']}").json
        assert listed == {name: value for name, value in call.items() if name not in left_out}


def test_pages_lead_to_each_other_and_keep_what_was_asked(program: Program, calls: list[str]) -> None:
    page = program.get("/calls?attempt=rang_out&limit=1")
    assert [call["sid"] for call in page.json] == [calls[2]]
    path = page.headers["Link"].partition("<")[2].partition(">")[0]
    following = program.get(path)
    assert [call["sid"] for call in following.json] == [calls[1]]
    assert "Link" not in following.headers


def test_what_cannot_be_asked_is_refused(program: Program) -> None:
    table = [
        ("agent=nobody", "agent_unknown", "nobody"),
        ("gate=already_tried", "invalid_fields", "lacks_skill"),
        ("attempt=ignored", "invalid_fields", "rang_out"),
        ("line=hello", "invalid_fields", "E.164"),
        ("from=yesterday", "invalid_fields", "2026-11-16T16:00:00Z"),
        ("fro=2026-11-16", "invalid_fields", "did you mean from?"),
        ("limit=201", "invalid_fields", "200"),
    ]
    for query, code, told in table:
        refused = program.get(f"/calls?{query}")
        assert (refused.status_code, refused.json["error"]["code"]) == (422, code), query
        assert told in json.dumps(refused.json), query


def test_what_the_spool_brings_late_is_listed_by_when_it_arrived(
    world: World, program: Program, calls: list[str]
) -> None:
    """Its number is higher than those of calls that came after it."""
    late = world.now - timedelta(days=1)
    with world.database.begin() as db:
        db.execute(store.calls.update().where(store.calls.c.sid == calls[2]).values(arrived_at=late))
    listed = program.get(f"/calls?to={rfc3339(late + timedelta(hours=1))}").json
    assert [call["sid"] for call in listed] == [calls[2]]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({}, id="all"),
        pytest.param({"line": LINE}, id="by line"),
        pytest.param({"outcome": "missed_transfer"}, id="by outcome"),
        pytest.param({"agent_id": 1}, id="by agent"),
        pytest.param({"ended": "rang_out"}, id="by how a ring ended"),
        pytest.param({"gate": "calls_off"}, id="by gate"),
    ],
)
def test_a_page_is_walked_down_an_index_and_nothing_is_sorted(sqlite_url: str, wanted: dict[str, Any]) -> None:
    database = Database(sqlite_url)
    seen: list[tuple[str, Any]] = []
    with database.read() as db:
        event.listen(db.engine, "before_cursor_execute", lambda *seen_: seen.append((seen_[2], seen_[3])))
        list_calls(db, CallFilter(**wanted), before=1_000, limit=50)
        statement, values = seen[0]
        plan = " ".join(row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    database.close()
    assert "TEMP B-TREE" not in plan, plan
    assert "SCAN" not in plan, plan
