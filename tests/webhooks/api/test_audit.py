"""Who changed what, from where and why, by API and by command; and edits of the record are found."""

import getpass
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store.audit import audit
from tests.support.cast import ANA, LEE, STAFF_LINE, STRANGER
from tests.support.signed import SignedClient
from tests.webhooks.api.conftest import NewProgram, Sami
from tests.webhooks.api.program import Program

ME = getpass.getuser()
Texts = Callable[[str], object]


@pytest.fixture
def texts(settings: Settings, app: Flask) -> Iterator[Texts]:
    """Ana texts the staff line."""
    with SignedClient(settings) as twilio:
        numbers = itertools.count(1)

        def text(body: str) -> object:
            form = {"MessageSid": f"SM{next(numbers)}", "From": ANA, "To": STAFF_LINE, "Body": body, "NumMedia": "0"}
            return twilio.post("/webhooks/sms", **form)

        yield text


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
    assert program.get("/audit?to=2026-01-01T00:00:00Z").json == []
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


@dataclass
class Everybody:
    program: Program
    sami: Sami
    text: Texts


HERE, SHELL = "(127.0.0.1 by api)", f"({ME} by shell)"
CHANGES: list[tuple[Callable[[Everybody], object], list[str]]] = [
    (lambda who: who.program.post("/leads", {"name": "Lee", "phone": LEE}), []),
    (lambda who: who.program.post("/leads/1/notes", {"text": "likes Austin"}), []),
    (
        lambda who: who.program.put("/leads/1/owner", {"agent": "ben", "reason": "on leave"}),
        [f'api/program-1 given lead 1: owner "ana" -> "ben" {HERE}: on leave'],
    ),
    (
        lambda who: who.program.patch("/leads/1", {"stage": "QUALIFIED", "city": "Austin"}),
        [
            f'api/program-1 changed lead 1: stage "CONTACTING" -> "QUALIFIED" {HERE}',
            f'api/program-1 changed lead 1: city (absent) -> "Austin" {HERE}',
        ],
    ),
    (lambda who: who.program.patch("/leads/1", {"stage": "QUALIFIED", "city": "Austin"}), []),
    (
        lambda who: who.program.patch("/agents/ana", {"leads": False}),
        [f"api/program-1 changed agent ana: leads_on true -> false {HERE}"],
    ),
    (
        lambda who: who.program.patch("/agents/ana", {"notices": {"channels": ["email"]}}),
        [f'api/program-1 changed agent.notices ana: channels [] -> ["email"] {HERE}'],
    ),
    (
        lambda who: who.program.put("/policy/drafts/a", {"default": {"pond": True}}),
        [f'api/program-1 changed policy.draft a: default (absent) -> {{"pond": true}} {HERE}'],
    ),
    (
        lambda who: who.program.post("/policy/drafts/a/publish", {"note": "why not"}),
        [
            "api/program-1 published policy 1: default (absent) -> "
            f'{{"pond": true}}, note (absent) -> "why not" {HERE}: why not'
        ],
    ),
    (
        lambda who: who.program.post("/policy/versions/1/rollback", {"note": "again"}),
        [f"api/program-1 rolled back policy 2 {HERE}: again"],
    ),
    (
        lambda who: who.text("LEADS ON"),
        [f"agent ana changed agent ana: leads_on false -> true ({ANA} by text)"],
    ),
    (lambda who: who.text("STATUS"), []),
    (
        lambda who: who.sami("api-key", "create", "crm", "--scope", "leads:write"),
        [f'{ME} made api_key crm: scopes (absent) -> ["leads:write"] {SHELL}'],
    ),
    (lambda who: who.sami("api-key", "revoke", "crm"), [f"{ME} revoked api_key crm {SHELL}"]),
    (
        lambda who: who.sami("consent", "set", LEE, "--channel", "call", "--why", "asked"),
        [f'{ME} changed consent {LEE}: barred (absent) -> ["call"] {SHELL}: asked'],
    ),
    (lambda who: who.sami("limits", "lift"), []),
]


def test_each_change_is_told_in_one_entry(program: Program, sami: Sami, texts: Texts) -> None:
    who = Everybody(program, sami, texts)
    for change, expected in CHANGES:
        before = program.get("/audit?limit=1").json[0]["number"]
        change(who)
        entries = (line.split(maxsplit=1) for line in sami("audit", "--limit", "5").stdout.splitlines())
        news = [told.partition(" CST  ")[2] for number, told in entries if int(number) > before]
        assert news[::-1] == expected


def test_an_import_is_one_entry_and_so_is_its_undo(program: Program, sami: Sami, tmp_path: Path) -> None:
    rows = "name,phone\n" + "".join(f"Lee,+1512555{number}\n" for number in range(2000, 2005))
    (tmp_path / "leads.csv").write_text(rows)
    assert sami("import-leads", str(tmp_path / "leads.csv"), "--yes").exit_code == 0
    imported = newest(program)
    assert (imported["verb"], imported["thing"], imported["after"]) == ("imported", "import", {"file": "leads.csv"})
    assert sami("import-leads", "--undo", imported["key"]).exit_code == 0
    assert [entry["verb"] for entry in program.get("/audit?limit=3").json] == ["undone", "imported", "made"]


def test_no_secret_and_no_body_is_in_an_entry(program: Program, sami: Sami) -> None:
    worker = {"capability": "enrich", "version": "crm-1", "url": "https://crm.example.com/enrich", "secret": "s" * 40}
    assert program.put("/policy/drafts/a", {"default": {"pond": True}, "workers": [worker]}).status_code == 200
    secret = sami("webhooks", "add", "https://crm.example.com/hook").stdout.strip()
    key = sami("api-key", "create", "crm", "--scope", "leads:write").stdout.strip()
    said = sami("audit", "--json").stdout
    assert "crm.example.com/hook" in said
    assert not any(hidden in said for hidden in ("s" * 40, secret, key, key.removeprefix("sami_")))
