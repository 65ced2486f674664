"""The organisation is changed whole and row by row: with tags, merged, refused with every fault, one version each."""

from typing import Any

import pytest

from sami.database.engine import Database
from sami.store.people import newest_document
from tests.support.cast import BEN, DESK, LINE
from tests.webhooks.api.conftest import NewProgram
from tests.webhooks.api.program import Program
from webhooks.api.schemas.organisation import EXAMPLES

ROWS = "/organisation"
ANA = f"{ROWS}/agents/ana"
MAIN = f"{ROWS}/bots/main"


def version(database: Database) -> int:
    with database.read() as db:
        found = newest_document(db)
    assert found is not None
    return found[0]


def faults(answer: Any) -> list[tuple[str, ...]]:
    names = ("table", "row", "field", "wrong", "right")
    return [tuple(fault[name] for name in names) for fault in answer.json["error"]["fields"]]


def test_a_row_is_read_replaced_merged_into_and_taken_away(program: Program) -> None:
    read = program.get(MAIN)
    assert read.json == {"key": "main", "greeting": "Thanks for calling Harbor Homes."}
    changed = program.patch(MAIN, {"ring_timeout": 25, "fallback": [{"phone": DESK}]})
    assert changed.json == {**read.json, "ring_timeout": 25, "fallback": [{"phone": DESK}]}
    assert program.patch(MAIN, {"ring_timeout": None}).json == {**read.json, "fallback": [{"phone": DESK}]}
    replaced = program.put(MAIN, {"greeting": "Hello."})
    assert (replaced.status_code, replaced.json) == (200, {"key": "main", "greeting": "Hello."})
    added = program.put(f"{ROWS}/teams/sellers", {"name": "Sellers", "members": ["ben"]})
    assert (added.status_code, added.json["key"]) == (201, "sellers")
    assert [team["key"] for team in program.get(f"{ROWS}/teams").json] == ["buyers", "sellers"]
    assert program.ask("DELETE", f"{ROWS}/teams/sellers").json == added.json
    assert program.get(f"{ROWS}/teams/sellers").status_code == 404
    assert program.ask("DELETE", f"{ROWS}/teams/sellers").status_code == 404
    assert program.get(f"{ROWS}/lines/{LINE}").json == {"phone": LINE, "name": "Website", "bot": "main"}


def test_who_has_seen_another_row_changes_nothing(program: Program, database: Database) -> None:
    seen = program.get(MAIN).headers["ETag"]
    before = version(database)
    fresh = program.patch(MAIN, {"ring_timeout": 25}, headers={"If-Match": seen})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != seen
    assert program.get(MAIN).headers["ETag"] == fresh.headers["ETag"]
    stale = {"If-Match": seen}
    for method, body in (("PUT", {"greeting": "Hi."}), ("PATCH", {"greeting": "Hi."}), ("DELETE", None)):
        refused = program.ask(method, MAIN, body, headers=stale)
        assert (refused.status_code, refused.json["error"]["code"]) == (412, "changed_meanwhile")
        assert refused.headers["ETag"] == fresh.headers["ETag"]
    assert version(database) == before + 1
    only_new = {"If-None-Match": "*"}
    assert program.put(MAIN, {"greeting": "Hi."}, headers=only_new).status_code == 412
    assert program.put(f"{ROWS}/teams/new", {"name": "New"}, headers=only_new).status_code == 201
    only_known = {"If-Match": "*"}
    assert program.put(f"{ROWS}/teams/none", {"name": "None"}, headers=only_known).status_code == 412
    assert program.patch(MAIN, {"greeting": "Hi."}, headers=only_known).status_code == 200
    several = {"If-Match": f"{seen}, {program.get(MAIN).headers['ETag']}"}
    assert program.patch(MAIN, {"greeting": "Ho."}, headers=several).status_code == 200


def test_the_same_again_is_no_new_version(program: Program, database: Database) -> None:
    row = program.get(ANA)
    before = version(database)
    again = program.put(ANA, row.json)
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, row.json, row.headers["ETag"])
    assert version(database) == before


def test_every_fault_is_told_as_apply_tells_it_and_nothing_is_changed(program: Program, database: Database) -> None:
    before = version(database)
    wrong = program.put(MAIN, {"ring_timeout": 1, "fallback": [{"phone": LINE}, {"phone": "512"}], "greting": "Hi."})
    assert (wrong.status_code, wrong.json["error"]["code"]) == (422, "organisation_refused")
    assert faults(wrong) == [
        ("bots", "main", "greting", "is not a known name", "did you mean greeting?"),
        ("bots", "main", "ring_timeout", "1 is out of range", "write a number from 5 to 300"),
        (
            *("bots", "main", "fallback[1].phone", f'"{LINE}" is one of our own lines'),
            "use a number that ends outside",
        ),
        (
            *("bots", "main", "fallback[2].phone", '"512" is not a phone number'),
            "write it in E.164, for example +15125550101",
        ),
    ]
    named = program.ask("DELETE", MAIN)
    assert {fault[:3] for fault in faults(named)} == {("lines", LINE, "bot"), ("lines", "+15125550110", "bot")}
    other = program.put(ANA, {"key": "ben", "name": "Ana", "phone": BEN})
    assert faults(other)[0][:4] == ("agents", "ana", "key", '"ben" is not the key in the address')
    assert version(database) == before


def test_null_says_the_same_as_leaving_out(program: Program) -> None:
    assert "email" not in program.put(ANA, {**program.get(ANA).json, "email": None, "caps": {"open_leads": None}}).json


def test_the_whole_is_read_merged_into_and_replaced(program: Program, database: Database) -> None:
    whole = program.get(ROWS)
    assert whole.json["organisation"]["name"] == "Harbor Homes"
    assert "policy" not in whole.json
    renamed = program.patch(ROWS, {"organisation": {"name": "Harbour"}}, headers={"If-Match": whole.headers["ETag"]})
    assert renamed.json == {**whole.json, "organisation": {**whole.json["organisation"], "name": "Harbour"}}
    assert program.put(ROWS, whole.json, headers={"If-Match": whole.headers["ETag"]}).status_code == 412
    people = [agent for agent in whole.json["agents"] if agent["key"] != "ben"]
    teams = [{"key": "buyers", "name": "Buyers", "members": ["ana"]}]
    smaller = program.put(ROWS, {**whole.json, "agents": people, "teams": teams})
    assert [agent["key"] for agent in smaller.json["agents"]] == ["ana", "cy", "olive"]
    assert program.get("/agents/ben").json["active"] is False
    assert program.ask("DELETE", ROWS).status_code == 405
    told = program.put(ROWS, {**whole.json, "policy": {"default": {"pond": True}}})
    assert faults(told)[0][:4] == ("policy", "", "", "has versions of its own")
    assert faults(program.put(ROWS, {"agents": []}))[0][:4] == ("organisation", "", "", "is missing")


def test_reading_and_changing_are_two_scopes(new_program: NewProgram) -> None:
    reader, writer = new_program("organisation:read"), new_program("organisation:write")
    assert reader.get(MAIN).status_code == 200
    assert reader.patch(MAIN, {"ring_timeout": 25}).status_code == 403
    assert writer.get(MAIN).status_code == 403
    assert writer.patch(MAIN, {"ring_timeout": 25}).status_code == 200


@pytest.mark.parametrize("table", ["agents", "teams", "lines", "bots", "cadences", "workflows"])
def test_the_example_of_each_row_is_one_that_is_taken(program: Program, table: str) -> None:
    row = dict(EXAMPLES[table])
    key = row.pop("phone" if table == "lines" else "key")
    fits = {"agents": {"phone": "+15125550133"}, "lines": {"name": "Other"}}.get(table, {})
    key = "+15125550134" if table == "lines" else "another"
    answer = program.put(f"{ROWS}/{table}/{key}", {**row, **fits})
    assert (answer.status_code, answer.json) == (201, {**answer.json, **row, **fits})
