"""Agents' switches by program: the same moves as by text, and the same answer to whether a phone may ring."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami import clock
from sami.database.engine import Database
from sami.store.people import change_agent
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program

ON = {"on": True, "until": None, "reason": None}


def off(until: str | None, reason: str = "calls_off") -> dict[str, Any]:
    return {"on": False, "until": until, "reason": reason}


@pytest.fixture
def set_agent(database: Database) -> Callable[..., None]:
    def change(key: str, **values: Any) -> None:
        with database.begin() as db:
            change_agent(db, key=key, values=values)

    return change


def test_an_agent_on_duty_says_so(program: Program) -> None:
    assert program.get("/agents/ana").json == {
        "key": "ana",
        "name": "Ana Ruiz",
        "active": True,
        "verified": True,
        "verified_at": None,
        "calls": ON,
        "leads": True,
        "leads_until": None,
        "inside_hours": True,
        "reserved": False,
        "next_shift_at": "2026-11-17T15:00:00.000Z",
        "notices": {"channels": [], "quiet": None},
    }


def test_all_agents_are_listed(program: Program) -> None:
    assert [agent["key"] for agent in program.get("/agents").json] == ["ana", "ben", "cy", "olive"]
    first = program.get("/agents?limit=2")
    assert first.headers["Link"] == '</api/v1/agents?limit=2&cursor=2>; rel="next"'
    assert program.get("/agents/max").status_code == 404


STANDINGS = {
    "off by hand": ({"calls_on": False}, off(None)),
    "off for a while": (
        {"calls_on": False, "calls_off_until": MONDAY_10 + timedelta(hours=1)},
        off("2026-11-16T17:00:00.000Z"),
    ),
    "an off that is over": ({"calls_on": False, "calls_off_until": MONDAY_10}, ON),
    "texted STOP": ({"opted_out": True}, off(None, "opted_out")),
    "wrap-up": (
        {"resting_until": MONDAY_10 + timedelta(seconds=15), "resting_why": "wrap_up"},
        {"on": True, "until": "2026-11-16T16:00:15.000Z", "reason": "resting"},
    ),
}


@pytest.mark.parametrize(("stored", "calls"), STANDINGS.values(), ids=STANDINGS)
def test_what_keeps_calls_away_is_named_with_its_end(
    program: Program, set_agent: Callable[..., None], stored: dict[str, Any], calls: dict[str, Any]
) -> None:
    set_agent("ana", **stored)
    assert program.get("/agents/ana").json["calls"] == calls


def test_outside_their_hours_an_agent_says_when_they_open(program: Program) -> None:
    with clock.use(lambda: datetime(2026, 11, 21, 18, 0, tzinfo=UTC)):
        read = program.get("/agents/ana").json
    assert (read["inside_hours"], read["next_shift_at"]) == (False, "2026-11-23T15:00:00.000Z")
    assert read["calls"] == {"on": True, "until": "2026-11-23T15:00:00.000Z", "reason": "outside_hours"}


def test_an_agent_who_is_being_rung_is_reserved(program: Program, set_agent: Callable[..., None]) -> None:
    set_agent("ana", reserved_until=MONDAY_10 + timedelta(seconds=50), reserved_call="CA1")
    assert program.get("/agents/ana").json["reserved"] is True
    set_agent("ana", reserved_until=MONDAY_10)
    assert program.get("/agents/ana").json["reserved"] is False


SET = {
    "calls off, as the text OFF": ({"calls": False}, off("2026-11-17T15:00:00.000Z"), True),
    "calls off until": (
        {"calls": {"on": False, "until": "2026-11-16T20:30:00+02:00"}},
        off("2026-11-16T18:30:00.000Z"),
        True,
    ),
    "calls off without an end": ({"calls": {"on": False, "until": None}}, off(None), True),
    "calls on": ({"calls": True}, ON, True),
    "calls on in full": ({"calls": {"on": True}}, ON, True),
    "leads off": ({"leads": False}, ON, False),
    "both": ({"calls": {"on": False, "until": None}, "leads": False}, off(None), False),
}


@pytest.mark.parametrize(("body", "calls", "leads"), SET.values(), ids=SET)
def test_switches_are_set_and_answered(program: Program, body: Any, calls: dict[str, Any], leads: bool) -> None:
    changed = program.patch("/agents/ana", body)
    assert (changed.status_code, changed.json["calls"], changed.json["leads"]) == (200, calls, leads)
    assert program.get("/agents/ana").json == changed.json


def test_an_off_of_leads_ends_by_itself_where_it_says_so(program: Program) -> None:
    program.patch("/agents/ana", {"leads": {"on": False, "until": "2026-11-16T17:00:00Z"}})
    read = program.get("/agents/ana").json
    assert (read["leads"], read["leads_until"]) == (False, "2026-11-16T17:00:00.000Z")
    with clock.use(lambda: MONDAY_10 + timedelta(hours=1)):
        assert program.get("/agents/ana").json["leads"] is True


def test_calls_on_ends_a_pause_as_the_text_on_does(program: Program, set_agent: Callable[..., None]) -> None:
    set_agent("ana", resting_until=MONDAY_10 + timedelta(minutes=30), resting_why="paused", misses=2)
    assert program.patch("/agents/ana", {"calls": True}).json["calls"] == ON


def test_r12_a_stop_is_not_anothers_to_undo(program: Program, set_agent: Callable[..., None]) -> None:
    set_agent("ana", opted_out=True, calls_on=False)
    refused = program.patch("/agents/ana", {"calls": True})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "agent_opted_out")
    assert program.patch("/agents/ana", {"leads": False}).json["calls"]["reason"] == "opted_out"


def test_who_has_left_is_not_switched(program: Program, set_agent: Callable[..., None]) -> None:
    set_agent("ana", active=False)
    assert program.patch("/agents/ana", {"calls": True}).status_code == 409
    assert program.patch("/agents/max", {"calls": True}).status_code == 404


REFUSED = {
    "nothing": ({}, "calls"),
    "a word": ({"calls": "off"}, "calls"),
    "an end of an on": ({"calls": {"on": True, "until": "2026-11-17T00:00:00Z"}}, "calls"),
    "an end that is past": ({"calls": {"on": False, "until": "2026-11-16T16:00:00Z"}}, "calls.until"),
    "an end too far away": ({"leads": {"on": False, "until": "9999-12-31T23:59:59Z"}}, "leads.until"),
    "an end without a zone": ({"calls": {"on": False, "until": "2026-11-17T00:00:00"}}, "calls.until"),
    "an end in seconds": ({"calls": {"on": False, "until": 1800000000}}, "calls.until"),
    "an end in seconds as text": ({"calls": {"on": False, "until": "1800000000"}}, "calls.until"),
    "another field": ({"calls": True, "name": "Ana"}, "name"),
}


def test_what_cannot_be_set_is_refused_by_field(program: Program) -> None:
    told = {}
    for name, (body, _) in REFUSED.items():
        refused = program.patch("/agents/ana", body)
        assert refused.status_code == 422, name
        told[name] = refused.json["error"]["fields"][0]["field"]
    assert told == {name: field for name, (_, field) in REFUSED.items()}
    assert program.get("/agents/ana").json["calls"] == ON
