"""Many leads are given to others by program, looked at first, and taken back."""

from typing import Any

import pytest

from cadences.sweeps.leads import carry_on_reassignments
from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.actor import Actor, ActorKind, person
from sami.leads.bulk import plan_bulk
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program

ANAS = {"filter": {"owner": "ana"}, "reason": "Ana leaves"}


@pytest.fixture
def leads(program: Program) -> list[int]:
    """Six of Ana's, and one of Ben's."""
    made = [program.post("/leads", {"phone": f"+151255502{number:02d}", "source": "web"}) for number in range(7)]
    for lead in made:
        owner = "ben" if lead is made[-1] else "ana"
        program.put(f"/leads/{lead.json['id']}/owner", {"agent": owner, "reason": "for the test", "notify": False})
    return [lead.json["id"] for lead in made]


def owners(program: Program, leads: list[int]) -> list[str]:
    return [program.get(f"/leads/{lead}").json["owner"]["key"] for lead in leads]


def test_leads_go_by_weights_and_come_back(program: Program, leads: list[int]) -> None:
    asked = {**ANAS, "to": {"split": {"ben": 50, "cy": 50}}}
    looked = program.post("/reassignments", {**asked, "dry_run": True})
    moves = [{"from": "ana", "to": "ben", "leads": 3}, {"from": "ana", "to": "cy", "leads": 3}]
    told = {"id": None, "moves": moves, "conflicts": [], "undone": False}
    assert (looked.status_code, looked.json) == (200, {**told, "remaining": 6})
    assert owners(program, leads[:6]) == ["ana"] * 6
    moved = program.post("/reassignments", asked, headers={"Idempotency-Key": "one"})
    assert (moved.status_code, moved.json) == (201, {**told, "id": moved.json["id"], "remaining": 0})
    assert sorted(owners(program, leads[:6])) == ["ben"] * 3 + ["cy"] * 3
    again = program.post("/reassignments", asked, headers={"Idempotency-Key": "one"})
    assert (again.json, again.headers["Idempotent-Replayed"]) == (moved.json, "true")
    path = f"/reassignments/{moved.json['id']}"
    assert program.get(path).json == moved.json
    program.put(f"/leads/{leads[0]}/owner", {"agent": "ana", "reason": "knows them"})
    undone = program.ask("DELETE", path).json
    assert undone["conflicts"] == [{"lead": leads[0], "why": "changed hands since"}]
    assert sum(move["leads"] for move in undone["moves"]) == 5
    assert (undone["undone"], undone["remaining"]) == (True, 0)
    assert owners(program, leads[:6]) == ["ana"] * 6
    assert program.ask("DELETE", path).json["error"]["code"] == "batch_undone"


def test_one_agent_gets_what_fits_and_nobody_is_told_where_that_is_wished(program: Program, leads: list[int]) -> None:
    filter_ = {"source": "WEB", "q": "555-02", "from": "2026-11-16T00:00:00Z"}
    asked = {"filter": filter_, "to": {"agent": "ben"}, "reason": "one desk", "notify": False}
    moved = program.post("/reassignments", asked).json
    assert moved["moves"] == [{"from": "ana", "to": "ben", "leads": 6}]
    assert owners(program, leads) == ["ben"] * 7


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"filter": {}}, "filter_empty", id="no filter"),
        pytest.param({"filter": {"owner": "zoe"}}, "agent_unknown", id="of nobody"),
        pytest.param({"to": {"agent": "zoe"}}, "agent_unknown", id="to nobody"),
        pytest.param({"to": {}}, "invalid_fields", id="to whom is left out"),
        pytest.param({"to": {"agent": "ben", "split": {"cy": 1}}}, "invalid_fields", id="to one and to several"),
        pytest.param({"to": {"split": {"ben": 0}}}, "invalid_fields", id="a weight of nothing"),
        pytest.param({"reason": " "}, "invalid_fields", id="no reason"),
        pytest.param({"filter": {"colour": "red"}}, "invalid_fields", id="no filter of ours"),
    ],
)
def test_what_cannot_be_moved_is_refused(program: Program, change: dict[str, Any], code: str) -> None:
    refused = program.post("/reassignments", {**ANAS, "to": {"agent": "ben"}, **change})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, code)


def test_a_reassignment_that_is_not_known_is_not_found(program: Program) -> None:
    assert program.get("/reassignments/B404").status_code == 404
    assert program.ask("DELETE", "/reassignments/B404").status_code == 404


def test_what_a_request_left_unfinished_a_worker_carries_on_but_not_what_a_person_broke_off(
    program: Program, database: Database, leads: list[int]
) -> None:
    refs = []
    for by, source in (
        (Actor(ActorKind.API_KEY, "crm"), LeadFilter(owner="ana")),
        (person("olive"), LeadFilter(owner="ben")),
    ):
        with database.begin() as db:
            refs.append(plan_bulk(db, filter=source, split={"cy": 1}, reason="moves", by=by, now=MONDAY_10))
    carry_on_reassignments(database, MONDAY_10)
    assert [program.get(f"/reassignments/{ref}").json["remaining"] for ref in refs] == [6, 1]
    carry_on_reassignments(database, MONDAY_10.replace(minute=2))
    assert [program.get(f"/reassignments/{ref}").json["remaining"] for ref in refs] == [0, 1]
