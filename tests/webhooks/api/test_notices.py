"""Notices in the app, and how each of ours wants to be told."""

from typing import Any

import pytest

from sami.apply import apply
from sami.database.engine import Database
from sami.domain.outcomes.effects import TellInApp
from sami.store.pages import show_agent
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program

PLAIN = {"channels": [], "quiet": None}


@pytest.fixture
def told(program: Program, database: Database) -> list[int]:
    """Two notices of Ana's and one of Ben's."""
    with database.begin() as db:
        for key, number in (("ana", 1), ("ana", 2), ("ben", 3)):
            agent = show_agent(db, key)
            assert agent is not None
            apply(db, [TellInApp(agent.id, f"Notice {number}.", f"n/{number}/app", call="CA1")], MONDAY_10)
    return [notice["id"] for notice in program.get("/notices").json]


def test_notices_are_listed_by_agent_and_until_they_are_read(program: Program, told: list[int]) -> None:
    anas = program.get("/notices?agent=ana&unread=true").json
    assert [notice["body"] for notice in anas] == ["Notice 1.", "Notice 2."]
    assert anas[0] == {
        "id": told[0], "agent": "ana", "body": "Notice 1.", "call": "CA1", "lead": None,
        "at": "2026-11-16T16:00:00.000Z", "read": False, "read_at": None,
    }  # fmt: skip
    read = program.patch(f"/notices/{told[0]}", {"read": True}).json
    assert (read["read"], read["read_at"]) == (True, "2026-11-16T16:00:00.000Z")
    assert [notice["id"] for notice in program.get("/notices?agent=ana&unread=true").json] == [told[1]]
    assert [notice["id"] for notice in program.get("/notices?unread=false").json] == [told[0]]
    assert program.patch(f"/notices/{told[0]}", {"read": False}).json["read_at"] is None


def test_what_is_no_notice_or_nobodys_is_refused(program: Program, told: list[int]) -> None:
    assert program.patch("/notices/999", {"read": True}).status_code == 404
    assert program.patch(f"/notices/{told[0]}", {}).status_code == 422
    assert program.get("/notices?agent=max").json["error"]["fields"][0]["field"] == "agent"


def test_pages_lead_on(program: Program, told: list[int]) -> None:
    first = program.get("/notices?limit=2")
    assert [notice["id"] for notice in first.json] == told[:2]
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    assert [notice["id"] for notice in program.get(following).json] == told[2:]


WISHES: dict[str, tuple[Any, Any]] = {
    "channels": ({"channels": ["email", "app"]}, {"channels": ["email", "app"], "quiet": None}),
    "quiet": ({"quiet": {"from": "22:00", "to": "07:00"}}, {"channels": [], "quiet": {"from": "22:00", "to": "07:00"}}),
    "nothing": ({}, PLAIN),
    "no more": ({"channels": [], "quiet": None}, PLAIN),
}


@pytest.mark.parametrize(("change", "shown"), WISHES.values(), ids=WISHES)
def test_how_they_want_to_be_told_is_kept_and_shown(program: Program, change: Any, shown: Any) -> None:
    assert program.get("/agents/ana").json["notices"] == PLAIN
    changed = program.patch("/agents/ana", {"notices": change})
    assert (changed.status_code, changed.json["notices"]) == (200, shown)
    assert next(agent["notices"] for agent in program.get("/agents").json) == shown


def test_what_is_left_out_stays(program: Program) -> None:
    program.patch("/agents/ana", {"notices": {"channels": ["text"], "quiet": {"from": "22:00", "to": "07:00"}}})
    program.patch("/agents/ana", {"notices": {"channels": ["app"]}, "leads": False})
    assert program.patch("/agents/ana", {"notices": {"quiet": None}}).json["notices"] == {
        "channels": ["app"],
        "quiet": None,
    }


REFUSED: dict[str, tuple[Any, str]] = {
    "another channel": ({"channels": ["fax"]}, "notices.channels[1]"),
    "a channel twice": ({"channels": ["app", "app"]}, "notices.channels"),
    "no time": ({"quiet": {"from": "25:00", "to": "07:00"}}, "notices.quiet.from"),
    "half a time": ({"quiet": {"from": "22:00", "to": "7"}}, "notices.quiet.to"),
    "the same time": ({"quiet": {"from": "22:00", "to": "22:00"}}, "notices.quiet"),
    "one end": ({"quiet": {"from": "22:00"}}, "notices.quiet.to"),
}


@pytest.mark.parametrize(("change", "field"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_could_keep_to_is_refused_by_field(program: Program, change: Any, field: str) -> None:
    refused = program.patch("/agents/ana", {"notices": change})
    assert (refused.status_code, refused.json["error"]["fields"][0]["field"]) == (422, field)
    assert program.get("/agents/ana").json["notices"] == PLAIN
