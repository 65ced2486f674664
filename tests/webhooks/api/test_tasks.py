"""Tasks are listed by lead, by owner and by state."""

from datetime import timedelta
from typing import Any

import pytest

from sami.database.engine import Database
from sami.store.work import insert_task, update_task
from tests.support.cast import LEE
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program


@pytest.fixture
def tasks(program: Program, database: Database) -> None:
    """1: Ana's, of the lead's call. 2: Ben's, done. 3: the admins'."""
    program.post("/leads", {"phone": LEE})
    with database.begin() as db:
        db.exec_driver_sql("DELETE FROM task")
        _task(db, 1, owner_id=1, lead_id=1, call="CA1", recording_url="https://api.example.com/RE1")
        _task(db, 2, owner_id=2)
        _task(db, 3, owner_id=None, lead_id=1)
        update_task(db, 2, state="done", done_at=MONDAY_10, done_by="agent ben")


def _task(db: Any, number: int, **values: Any) -> None:
    known = {"due_at": MONDAY_10, "created_at": MONDAY_10, "state": "open", "lead_id": None, "call": None}
    insert_task(db, dedupe_key=f"task/{number}", title=f"Task {number}", **{**known, "recording_url": None, **values})


@pytest.mark.usefixtures("tasks")
def test_a_task_is_told_in_full(program: Program) -> None:
    assert program.get("/tasks").json[0] == {
        "id": 1,
        "title": "Task 1",
        "owner": "ana",
        "due_at": "2026-11-16T16:00:00.000Z",
        "state": "open",
        "lead": 1,
        "call": "CA1",
        "recording_url": "https://api.example.com/RE1",
        "created_at": "2026-11-16T16:00:00.000Z",
        "done_at": None,
        "done_by": None,
        "closed_because": None,
    }


@pytest.mark.usefixtures("tasks")
def test_every_filter_that_is_given_must_fit(program: Program) -> None:
    wanted = {
        "": [1, 2, 3],
        "?lead=1": [1, 3],
        "?lead=2": [],
        "?owner=ana": [1],
        "?owner=admins": [3],
        "?state=open": [1, 3],
        "?state=done": [2],
        "?owner=ben&state=open": [],
        "?lead=1&owner=&state=": [1, 3],
        "?lead=1&owner=ana&state=open": [1],
        "?limit=1": [1],
        "?cursor=1": [2, 3],
    }
    assert {asked: [task["id"] for task in program.get(f"/tasks{asked}").json] for asked in wanted} == wanted


@pytest.mark.usefixtures("tasks")
def test_the_next_page_keeps_the_filter(program: Program) -> None:
    link = program.get("/tasks?lead=1&limit=1").headers["Link"]
    assert link == '</api/v1/tasks?lead=1&limit=1&cursor=1>; rel="next"'
    assert [task["id"] for task in program.get("/tasks?lead=1&limit=1&cursor=1").json] == [3]


def test_a_state_that_is_none_is_refused(program: Program) -> None:
    assert program.get("/tasks?state=late").json["error"]["fields"][0]["field"] == "state"


@pytest.mark.usefixtures("tasks")
def test_a_task_is_done_and_opened_again(program: Program) -> None:
    done = program.patch("/tasks/1", {"state": "done"}).json
    assert (done["state"], done["done_by"] is None, done["done_at"] is None) == ("done", False, False)
    again = program.patch("/tasks/1", {"state": "open"}).json
    assert (again["state"], again["done_by"], again["done_at"]) == ("open", None, None)


@pytest.mark.usefixtures("tasks")
def test_a_task_is_put_off_to_an_instant_in_the_year_to_come(program: Program) -> None:
    later = (MONDAY_10 + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert program.patch("/tasks/3", {"due_at": later}).json["due_at"] == later.replace("Z", ".000Z")
    for wrong in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"):
        refused = program.patch("/tasks/3", {"due_at": wrong})
        assert (refused.status_code, refused.json["error"]["code"]) == (422, "task_due_refused")


@pytest.mark.usefixtures("tasks")
def test_a_task_that_is_not_there_is_not_found(program: Program) -> None:
    assert program.patch("/tasks/99", {"state": "done"}).status_code == 404
