"""Exceptions are listed by kind, state and period, settled with a note, and opened again."""

from typing import Any

import pytest

from sami.database.engine import Database
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.store.policies import open_exception
from tests.support.cast import LEE
from tests.webhooks.api.conftest import MONDAY_10, NewProgram
from tests.webhooks.api.program import Program


@pytest.fixture
def clash(program: Program, database: Database) -> dict[str, Any]:
    """One of two open exceptions of a lead that was reassigned too."""
    program.post("/leads", {"name": "Lee", "phone": LEE})
    program.put("/leads/1/owner", {"agent": "ben", "reason": "on leave"})
    with database.begin() as db:
        for kind in (ExceptionKind.CLASH, ExceptionKind.UNMATCHED):
            open_exception(db, lead_id=1, kind=kind, detail="x", at=MONDAY_10)
    [found] = program.get("/exceptions?kind=clash").json
    return dict(found)


def kinds(program: Program, query: str) -> list[str]:
    return [found["kind"] for found in program.get(f"/exceptions{query}").json]


def test_they_are_listed_by_kind_state_and_period(program: Program, clash: dict[str, Any]) -> None:
    assert clash == {
        "id": clash["id"],
        "lead": 1,
        "kind": "clash",
        "state": "open",
        "detail": "x",
        "at": "2026-11-16T16:00:00.000Z",
        "closed_at": None,
        "closed_by": None,
        "note": None,
        "unowned_reason": None,
    }
    assert kinds(program, "?state=open") == ["clash", "unmatched"]
    assert kinds(program, "?kind=reassigned") == kinds(program, "?state=closed") == ["reassigned"]
    assert kinds(program, "?from=2026-11-16T16:00:00Z&state=open") == ["clash", "unmatched"]
    assert kinds(program, "?to=2026-11-16T16:00:00Z") == []
    page = program.get("/exceptions?state=open&limit=1")
    assert page.headers["Link"]
    assert program.get("/exceptions?sort=at").status_code == 422


def test_one_is_settled_with_a_note_and_opened_again(program: Program, clash: dict[str, Any]) -> None:
    address = f"/exceptions/{clash['id']}"
    settled = program.patch(address, {"state": "closed", "note": "same person"}).json
    assert settled == {
        **clash,
        "state": "closed",
        "closed_at": "2026-11-16T16:00:00.000Z",
        "closed_by": "api/program-1",
        "note": "same person",
    }
    recorded = program.get("/audit?limit=1").json[0]
    assert (recorded["thing"], recorded["before"]) == ("exception", {"state": "open", "note": None})
    opened = program.patch(address, {"state": "open"}).json
    assert opened == {**clash, "note": "same person"}
    assert program.patch("/exceptions/999", {"state": "closed"}).json["error"]["code"] == "exception_unknown"


def test_what_came_up_again_meanwhile_is_not_opened_twice(
    program: Program, clash: dict[str, Any], database: Database
) -> None:
    program.patch(f"/exceptions/{clash['id']}", {"state": "closed"})
    with database.begin() as db:
        open_exception(db, lead_id=1, kind=ExceptionKind.CLASH, detail="again", at=MONDAY_10)
    refused = program.patch(f"/exceptions/{clash['id']}", {"state": "open"})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "exception_open")


def test_they_are_read_and_settled_with_the_scopes_of_leads(new_program: NewProgram, clash: dict[str, Any]) -> None:
    assert new_program("leads:read").patch(f"/exceptions/{clash['id']}", {"state": "closed"}).status_code == 403
    assert new_program("leads:read").get("/exceptions").status_code == 200
    assert new_program("calls:read").get("/exceptions").status_code == 403
