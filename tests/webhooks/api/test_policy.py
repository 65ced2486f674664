"""The policy by program: a draft with its faults, published with a note, compared, rolled back; secrets stay in."""

from typing import Any

import pytest

from sami.database.engine import Database
from sami.store.policies import policy_versions
from tests.webhooks.api.conftest import NewProgram
from tests.webhooks.api.program import Program

TEAM = {"rules": [{"name": "Everybody", "to": {"team": "buyers"}}]}
ANAS = {"rules": [{"name": "Everybody", "to": {"agent": "ana"}}]}


def publish(program: Program, policy: dict[str, Any], note: str = "why") -> Any:
    program.put("/policy/drafts/next", policy)
    return program.post("/policy/drafts/next/publish", {"note": note})


def test_before_the_first_there_is_none(program: Program) -> None:
    assert program.get("/policy").json == {"version": None, "document": None}
    assert program.get("/policy/versions").json == []


def test_a_draft_is_published_with_a_note_and_gone(program: Program) -> None:
    saved = program.put("/policy/drafts/next", TEAM)
    assert (saved.status_code, saved.json["faults"], saved.json["changed_by"]) == (200, [], "api/program-1")
    published = program.post("/policy/drafts/next/publish", {"note": "To the team"})
    assert published.status_code == 201
    version = {name: published.json[name] for name in ("version", "state", "note", "published_by")}
    assert version == {"version": 1, "state": "in force", "note": "To the team", "published_by": "api/program-1"}
    read = program.get("/policy").json
    assert (read["version"], read["document"]["rules"]) == (published.json, TEAM["rules"])
    again = program.post("/policy/drafts/next/publish", {"note": "again"})
    assert (again.status_code, again.json["error"]["code"]) == (404, "draft_unknown")


def test_a_draft_may_have_faults_and_cannot_be_published_with_them(program: Program) -> None:
    faulty = {"rules": [{"name": "Everybody", "to": {"team": "sellers"}}]}
    saved = program.put("/policy/drafts/next", faulty)
    assert [fault["field"] for fault in saved.json["faults"]] == ["rules[Everybody].to.team"]
    refused = program.post("/policy/drafts/next/publish", {"note": "why"})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "policy_refused")
    assert refused.json["error"]["fields"] == saved.json["faults"]
    assert program.get("/policy/versions").json == []


UNREADABLE = {
    "a list": [],
    "a misspelt name": {"ruls": []},
    "a rule that is text": {"rules": ["Everybody"]},
    "a control character": {"rules": [{"name": "a\x00b", "to": {"pond": True}}]},
    "a number where text stands": {"note": 1.5},
}


@pytest.mark.parametrize("document", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_policy_at_all_is_refused(program: Program, document: Any) -> None:
    refused = program.put("/policy/drafts/next", document)
    assert refused.status_code == 422
    assert refused.json["error"]["fields"]


def test_names_notes_and_versions_that_are_none_are_refused(program: Program) -> None:
    assert program.put("/policy/drafts/NEXT", TEAM).json["error"]["code"] == "draft_name_refused"
    program.put("/policy/drafts/next", TEAM)
    for note in ({}, {"note": " "}, {"note": 5}):
        assert program.post("/policy/drafts/next/publish", note).json["error"]["code"] == "invalid_fields"
    unknown = program.post("/policy/versions/7/rollback", {"note": "why"})
    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "policy_version_unknown")


def test_an_earlier_version_comes_back_as_a_new_one(program: Program) -> None:
    publish(program, TEAM)
    publish(program, ANAS)
    back = program.post("/policy/versions/1/rollback", {"note": "It was better"})
    assert (back.status_code, back.json["version"]) == (201, 3)
    assert program.get("/policy").json["document"]["rules"] == TEAM["rules"]
    states = [(version["version"], version["state"]) for version in program.get("/policy/versions").json]
    assert states == [(3, "in force"), (2, "past"), (1, "past")]


def test_two_policies_are_compared_by_number_or_by_name(program: Program) -> None:
    publish(program, TEAM, note="same")
    program.put("/policy/drafts/later", {**ANAS, "note": "same"})
    [left, came] = sorted(
        program.get("/policy/diff?a=1&b=later").json, key=lambda change: change["field"], reverse=True
    )
    assert (left["table"], left["row"], left["field"], left["before"]) == (
        "policy.rules",
        "Everybody",
        "to.team",
        "buyers",
    )
    assert (came["field"], came["after"]) == ("to.agent", "ana")
    assert program.get("/policy/diff?a=1&b=9").status_code == 404
    assert program.get("/policy/diff?a=1&b=nothing").status_code == 404
    assert program.get("/policy/diff?a=1").status_code == 422


WORKER = {
    "capability": "score",
    "url": "https://workers.example.com/score",
    "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
}


def test_s16_a_workers_secret_is_never_read_out_and_kept_when_its_mask_comes_back(
    new_program: NewProgram, program: Program, database: Database
) -> None:
    saved = program.put("/policy/drafts/next", {**TEAM, "workers": [WORKER]})
    assert saved.json["faults"] == []
    assert WORKER["secret"] not in saved.text
    program.post("/policy/drafts/next/publish", {"note": "why"})
    read = new_program("policy:read").get("/policy")
    assert WORKER["secret"] not in read.text
    assert read.json["document"]["workers"][0]["secret"] == "(secret)"
    program.put("/policy/drafts/next", {**read.json["document"], **ANAS})
    program.post("/policy/drafts/next/publish", {"note": "why"})
    with database.read() as db:
        rows = db.execute(policy_versions.select().order_by(policy_versions.c.version)).all()
    assert [row.document["workers"] for row in rows] == [[WORKER], [WORKER]]


def test_s16_a_mask_is_not_filled_in_for_another_address(program: Program) -> None:
    program.put("/policy/drafts/next", {**TEAM, "workers": [WORKER]})
    elsewhere = {**WORKER, "url": "https://elsewhere.example.com/score", "secret": "(secret)"}
    refused = program.put("/policy/drafts/next", {**TEAM, "workers": [elsewhere]})
    assert (refused.status_code, refused.json["error"]["fields"][0]["field"]) == (422, "workers[1].secret")
