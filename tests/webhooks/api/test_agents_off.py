"""An agent's off is put there and taken away, as their own texts would."""

from typing import Any

from sami.database.engine import Database
from sami.store.people import change_agent
from tests.webhooks.api.program import Program

UNTIL = "2026-11-16T20:00:00.000Z"
EVENING, TOMORROW = "2026-11-17T00:00:00.000Z", "2026-11-17T15:00:00.000Z"


def standing(program: Program, key: str, said: dict[str, Any]) -> Any:
    answered = program.put(f"/agents/{key}/off", said)
    assert answered.status_code == 200, answered.json
    assert answered.json == program.get(f"/agents/{key}").json
    return answered.json


def test_an_off_has_the_end_that_was_said(program: Program) -> None:
    """At ten on a Monday; Ana works from nine to six. A plain off lasts until her next shift begins."""
    table: list[tuple[dict[str, Any], str | None]] = [
        ({}, TOMORROW),
        ({"until": UNTIL}, UNTIL),
        ({"for": "2h"}, "2026-11-16T18:00:00.000Z"),
        ({"for": "90 minutes"}, "2026-11-16T17:30:00.000Z"),
        ({"until": None}, None),
    ]
    for said, until in table:
        calls = standing(program, "ana", said)["calls"]
        assert calls == {"on": False, "until": until, "reason": "calls_off"}, said
        on = program.ask("DELETE", "/agents/ana/off").json
        assert (on["calls"]["on"], on["leads"]) == (True, True)


def test_leads_are_a_switch_of_their_own(program: Program) -> None:
    off = standing(program, "ana", {"kind": "leads"})
    assert (off["leads"], off["leads_until"], off["calls"]["on"]) == (False, None, True)
    assert standing(program, "ana", {"kind": "leads", "until": UNTIL})["leads_until"] == UNTIL
    assert program.ask("DELETE", "/agents/ana/off").json["leads"] is False
    assert program.ask("DELETE", "/agents/ana/off?kind=leads").json["leads"] is True


def test_what_cannot_be_is_refused(program: Program, database: Database) -> None:
    for said, field in (
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"for": "8 days"}, "for"),
        ({"for": "until dawn"}, "for"),
        ({"for": "2h", "until": UNTIL}, "for"),
        ({"kind": "texts"}, "kind"),
    ):
        refused = program.put("/agents/ana/off", said)
        assert (refused.status_code, [fault["field"] for fault in refused.json["error"]["fields"]]) == (422, [field])
    assert program.put("/agents/zoe/off", {}).status_code == 404
    with database.begin() as db:
        change_agent(db, key="ana", values={"opted_out": True, "calls_on": False})
        change_agent(db, key="ben", values={"active": False})
    assert program.ask("DELETE", "/agents/ana/off").json["error"]["code"] == "agent_opted_out"
    assert program.put("/agents/ben/off", {}).json["error"]["code"] == "conflict"
