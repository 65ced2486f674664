"""Who changed what, from where and why, by API and by command; and edits of the record are found."""

import getpass
import json
from typing import Any

from sami.database.engine import Database
from sami.store.audit import audit
from tests.support.cast import STRANGER
from tests.webhooks.api.conftest import NewProgram, Sami
from tests.webhooks.api.program import Program

ME = getpass.getuser()


def newest(program: Program, query: str = "") -> dict[str, Any]:
    """Without when it was."""
    entry: dict[str, Any] = program.get(f"/audit?limit=1{query}").json[0]
    return {name: value for name, value in entry.items() if name not in ("at", "number")}


def test_a_change_by_api_names_the_key_the_address_and_what_changed(program: Program) -> None:
    program.post("/blocked", {"phone": STRANGER, "why": "nuisance"})
    program.post("/blocked", {"phone": STRANGER, "why": "sells roofs"})
    assert newest(program) == {
        "by": "api/program-1",
        "kind": "api_key",
        "door": "api",
        "place": "127.0.0.1",
        "verb": "changed",
        "thing": "organisation.blocked",
        "key": STRANGER,
        "before": {"why": "nuisance"},
        "after": {"why": "sells roofs"},
        "why": "",
        "erased": False,
    }


def test_a_change_on_the_shell_names_the_account(program: Program, sami: Sami) -> None:
    assert sami("set", "bots.main.ring_timeout", "25").exit_code == 0
    found = newest(program)
    assert (found["by"], found["kind"], found["door"], found["place"]) == (ME, "shell", "shell", ME)
    assert (found["thing"], found["key"], found["after"]) == ("organisation.bots", "main", {"ring_timeout": 25})


def test_entries_come_in_pages_and_by_who_and_when(program: Program, sami: Sami, new_program: NewProgram) -> None:
    for timeout in ("25", "26", "27"):
        assert sami("set", "bots.main.ring_timeout", timeout).exit_code == 0
    program.post("/blocked", {"phone": STRANGER})
    first = program.get(f"/audit?by={ME}&limit=2")
    assert [entry["after"] for entry in first.json] == [{"ring_timeout": 27}, {"ring_timeout": 26}]
    second = program.get(first.headers["Link"].partition("<")[2].partition(">")[0])
    assert second.json[0]["after"] == {"ring_timeout": 25}
    assert [entry["thing"] for entry in program.get("/audit?by=api/program-1").json] == ["organisation.blocked"]
    assert program.get("/audit?from=2026-11-16T16:00:00Z&limit=1").json
    assert program.get("/audit?to=2026-11-16T16:00:00Z").json == []
    assert program.get("/audit?who=ana").json["error"]["fields"][0]["field"] == "who"
    assert new_program("organisation:read").get("/audit").status_code == 403


def test_the_command_lists_the_same_on_the_organisations_clock(program: Program, sami: Sami) -> None:
    program.post("/blocked", {"phone": STRANGER, "why": "nuisance"})
    told = sami("audit", "--by", "api/program-1", "--from", "2026-11-16").stdout
    what = f'api/program-1 added organisation.blocked {STRANGER}: phone (absent) -> "{STRANGER}"'
    assert f'Mon Nov 16 10:00 AM CST  {what}, why (absent) -> "nuisance" (127.0.0.1 by api)\n' in told
    assert sami("audit", "--by", "api/program-1", "--to", "2026-11-16").stdout == "Nothing was changed.\n"
    listed = json.loads(sami("audit", "--json", "--limit", "1").stdout)["entries"]
    assert listed[0]["key"] == STRANGER
    assert set(listed[0]) == set(program.get("/audit?limit=1").json[0])


def test_r14_edits_of_the_audit_are_found_by_command_and_doctor(
    program: Program, sami: Sami, database: Database
) -> None:
    program.post("/blocked", {"phone": STRANGER})
    assert sami("audit", "verify").exit_code == 0
    checks = {check["name"]: check for check in json.loads(sami("doctor", "--json").stdout)["checks"]}
    assert checks["audit"]["level"] == "ok"
    with database.begin() as db:
        db.execute(audit.update().where(audit.c.number == 1).values(actor_key="somebody else"))
    found = sami("audit", "verify")
    assert (found.exit_code, found.stderr) == (1, "Entry 1 is not as it was sealed.\n")
    checks = {check["name"]: check for check in json.loads(sami("doctor", "--json").stdout)["checks"]}
    assert checks["audit"]["level"] == "wrong"
    assert checks["audit"]["sentence"] == "The audit was changed behind our back: entry 1 is not as it was sealed."
