"""Versions of the organisation: listed, read, compared and rolled back to, by API and by command in the same words."""

import json

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.store.people import newest_document, publish_document
from tests.support.cast import BEN, DESK
from tests.webhooks.api.conftest import MONDAY_10, Sami
from tests.webhooks.api.program import Program

MAIN = "/organisation/bots/main"


def test_versions_are_listed_compared_and_gone_back_to_by_api(program: Program) -> None:
    first = program.get("/organisation/versions").json[0]
    before = program.get("/organisation/bots/main").json
    program.patch(MAIN, {"ring_timeout": 25})
    program.patch(MAIN, {"ring_timeout": 30})
    page = program.get("/organisation/versions?limit=2")
    newest, changed = page.json
    assert (newest["in_force"], changed["in_force"]) == (True, False)
    assert {name: newest[name] for name in ("note", "from_file", "published_by")} == {
        "note": "1 changed",
        "from_file": False,
        "published_by": "api/program-1",
    }
    following = program.get(page.headers["Link"].partition("<")[2].partition(">")[0])
    assert following.json[0]["version"] == first["version"]
    read = program.get(f"/organisation/versions/{changed['version']}").json
    assert (read["version"], read["document"]["bots"][0]["ring_timeout"]) == (changed["version"], 25)
    told = program.get(f"/organisation/diff?from={first['version']}&to={changed['version']}").json
    assert told == [
        {"table": "bots", "row": "main", "what": "changed", "field": "ring_timeout", "before": None, "after": 25}
    ]
    assert program.get(f"/organisation/diff?from={first['version']}").json[0]["after"] == 30
    back = program.post(f"/organisation/versions/{first['version']}/rollback", {"note": "too long"})
    assert (back.status_code, back.json["version"], back.json["note"]) == (201, newest["version"] + 1, "too long")
    assert program.get(MAIN).json == before
    again = program.post(f"/organisation/versions/{first['version']}/rollback", {"note": "again"})
    assert (again.status_code, again.json) == (200, back.json)
    recorded = program.get("/audit?limit=1").json[0]
    assert recorded["why"] == f"back to version {first['version']}: too long"
    assert (recorded["before"], recorded["after"]) == ({"ring_timeout": 30}, {"ring_timeout": None})
    for address in ("/organisation/versions/999", "/organisation/diff?from=999"):
        assert program.get(address).json["error"]["code"] == "organisation_version_unknown"
    assert program.post("/organisation/versions/999/rollback", {"note": "x"}).status_code == 404
    assert program.post(f"/organisation/versions/{first['version']}/rollback", {"note": " "}).status_code == 422


def test_what_is_a_fault_by_now_is_refused_row_by_row(program: Program, database: Database) -> None:
    with database.begin() as db:
        newest, document = newest_document(db) or (0, {})
        bots = [{**bot, "ring_timeout": 1} for bot in document["bots"]]
        by, values = person("olive"), {**document, "bots": bots}
        old = publish_document(db, document=values, note="by an old release", by=by, now=MONDAY_10, from_file=True)
        publish_document(db, document=document, note="and again", by=by, now=MONDAY_10, from_file=True)
    refused = program.post(f"/organisation/versions/{old}/rollback", {"note": "back"})
    assert refused.json["error"]["code"] == "organisation_refused"
    assert [(fault["table"], fault["row"], fault["field"]) for fault in refused.json["error"]["fields"]] == [
        ("bots", "main", "ring_timeout")
    ]
    assert program.get("/organisation/versions").json[0]["version"] == newest + 2


def test_the_commands_say_the_same(program: Program, sami: Sami) -> None:
    first = program.get("/organisation/versions").json[0]["version"]
    assert sami("set", "bots.main.ring_timeout", "25").exit_code == 0
    program.patch("/organisation/agents/ben", {"phone": "+15125550155"})
    newest, changed, *_ = sami("organisation", "versions").stdout.splitlines()
    assert newest == f"version {first + 2}, in force: from 2026-11-16 16:00 UTC, by api/program-1: 1 changed"
    assert changed.startswith(f"version {first + 1}, past: from 2026-11-16 16:00 UTC, by ")
    listed = json.loads(sami("organisation", "versions", "--json", "--limit", "1").stdout)["versions"]
    assert (listed[0]["version"], listed[0]["in_force"]) == (first + 2, True)
    shown = sami("organisation", "show", str(first + 1)).stdout
    assert shown.startswith(f"# {changed}\n[organisation]\n")
    assert "ring_timeout = 25" in shown
    assert json.loads(sami("organisation", "show", "--json").stdout)["organisation"]["bots"][0]["ring_timeout"] == 25
    phone = f'changed [[agents]] ben: phone "{BEN}" -> "+15125550155"\n'
    ring = "changed [[bots]] main: ring_timeout (absent) -> 25\n"
    assert sami("organisation", "diff").stdout == phone
    assert sami("organisation", "diff", str(first), str(first + 2)).stdout == phone + ring
    assert sami("organisation", "diff", str(first + 2)).stdout == "They say the same.\n"
    back = sami("organisation", "roll-back", str(first), "--note", "all wrong")
    assert back.exit_code == 0
    assert back.stdout.splitlines()[-1] == f"Version {first + 3} is in force."
    assert sami("organisation", "roll-back", "999", "--note", "x").exit_code == 1
    assert DESK not in sami("export").stdout
