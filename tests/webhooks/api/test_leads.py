"""Leads are read and changed: by number, phone and e-mail, page by page, with their story and their owners."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import tomlkit
from flask import Flask

from sami import clock
from sami.apply import apply
from sami.consent.ledger import bar
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import CancelCadences, Effect, Enrol, PauseCadences
from sami.organisation.applying import apply_file
from sami.store import leads as store
from sami.store.texts import record_consent
from sami.store.work import insert_task, outbox_items
from tests.support.cast import LEE
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program
from webhooks.api.door import GATE
from webhooks.api.gate import Gate


@pytest.fixture
def lead(program: Program) -> dict[str, Any]:
    """Ana's."""
    program.post("/leads", {"phone": LEE, "email": "lee@example.com", "name": "Lee", "tags": ["warm"]})
    read: dict[str, Any] = program.get("/leads/1").json
    assert read["owner"] == {"key": "ana", "name": "Ana Ruiz"}
    return read


def change(database: Database, **values: Any) -> None:
    with database.begin() as db:
        store.update_lead(db, 1, **values)


def test_a_lead_is_found_by_its_phone_in_any_writing_and_by_its_e_mail(program: Program, lead: dict[str, Any]) -> None:
    for question in (
        *("phone=%2B15125550142", "phone=+15125550142", "phone=(512)%20555-0142", "email=LEE@example.com"),
        "phone=5125550142&email=lee@example.com",
    ):
        answer = program.get(f"/leads?{question}")
        assert (answer.status_code, answer.json) == (200, lead), question


@pytest.mark.parametrize(
    "question", ["phone=%2B15125550199", "email=max@example.com", "phone=5125550142&email=max@example.com"]
)
def test_a_lead_that_is_not_there_is_not_found(program: Program, lead: dict[str, Any], question: str) -> None:
    assert program.get(f"/leads?{question}").status_code == 404


def test_all_leads_come_page_by_page_each_once_oldest_first(program: Program) -> None:
    for number in range(7):
        program.post("/leads", {"phone": f"+1512555{1000 + number}"})
    seen, pages, address = [], 0, "/api/v1/leads?limit=3"
    while address:
        answer = program.get(address)
        seen += [lead["id"] for lead in answer.json]
        pages += 1
        address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert (seen, pages) == ([1, 2, 3, 4, 5, 6, 7], 3)


def test_a_page_that_is_just_full_leads_nowhere(program: Program, lead: dict[str, Any]) -> None:
    answer = program.get("/leads?limit=1")
    assert len(answer.json) == 1
    assert "Link" not in answer.headers


def test_a_lead_says_what_its_phone_permits(program: Program, database: Database, lead: dict[str, Any]) -> None:
    assert (lead["consent"], lead["do_not_contact_until"], lead["cadences"]) == (None, None, [])
    with database.begin() as db:
        record_consent(db, phone=LEE, state="opted_out", source="text SM1", at=MONDAY_10)
    change(database, do_not_contact_until=MONDAY_10 + timedelta(days=1))
    read = program.get("/leads/1").json
    assert (read["consent"], read["do_not_contact_until"]) == ("opted_out", "2026-11-17T16:00:00.000Z")


def test_a_lead_is_not_to_be_contacted_where_every_channel_is_barred(
    program: Program, lead: dict[str, Any], database: Database
) -> None:
    until = {Channel.TEXT: None, Channel.CALL: MONDAY_10 + timedelta(days=2)}
    shown = []
    for channel, ends_at in until.items():
        with database.begin() as db:
            bar(db, phone=E164(LEE), channels=(channel,), until=ends_at, source="a list", now=MONDAY_10)
        shown.append(program.get("/leads/1").json["do_not_contact_until"])
    assert shown == [None, "2026-11-18T16:00:00.000Z"]
    change(database, do_not_contact_until=MONDAY_10 + timedelta(days=3))
    assert program.get("/leads/1").json["do_not_contact_until"] == "2026-11-19T16:00:00.000Z"


def test_a_lead_says_how_it_stands_in_each_cadence(program: Program, database: Database, lead: dict[str, Any]) -> None:
    def act(*effects: Effect) -> Any:
        with database.begin() as db:
            apply(db, effects, MONDAY_10)
        return program.get("/leads/1").json["cadences"]

    publish_cadences(database)
    monday = "2026-11-16T16:00:00.000Z"
    ten_day = {"key": "ten-day", "name": "Ten-day follow-up", "state": "active", "reason": "", "by": "workflow intake"}
    active = {**ten_day, "step": 1, "due_at": monday, "paused_until": None}
    assert act(Enrol(1, "ten-day", person("workflow intake"))) == [active]
    tuesday, until = MONDAY_10 + timedelta(days=1), "2026-11-17T16:00:00.000Z"
    said = {"reason": "they replied", "by": "text SM1"}
    assert act(PauseCadences(1, tuesday, "they replied", person("text SM1"))) == [
        {**active, **said, "state": "paused", "due_at": until, "paused_until": until}
    ]
    cancelled = {**active, "state": "cancelled", "reason": "opt out", "by": "outcome opt_out"}
    assert act(CancelCadences(1, "opt out", person("outcome opt_out"))) == [{**cancelled, "step": None, "due_at": None}]
    assert program.get("/leads").json[0]["cadences"] == [{**cancelled, "step": None, "due_at": None}]


def publish_cadences(database: Database) -> None:
    rows = [{"key": "ten-day", "name": "Ten-day follow-up", "steps": [{"do": "text_lead", "say": "Hi."}]}]
    with database.begin() as db:
        apply_file(db, tomlkit.dumps({"cadences": rows}), prune=False, by=person("test"), now=MONDAY_10)


SLA = {
    "awaited": ({"sla_state": "active"}, 0, ("active", None, None)),
    "awaited too long, which nobody has looked at yet": ({"sla_state": "active"}, 7, ("breached", None, 120)),
    "in time": ({"sla_state": "met", "responded_at": MONDAY_10 + timedelta(minutes=1)}, 9, ("met", 60, None)),
    "late": ({"sla_state": "breached", "responded_at": MONDAY_10 + timedelta(minutes=8)}, 9, ("breached", 480, 180)),
}


@pytest.mark.parametrize(("stored", "minutes", "told"), SLA.values(), ids=SLA)
def test_a_lead_says_how_its_first_response_went(
    program: Program,
    database: Database,
    lead: dict[str, Any],
    stored: dict[str, Any],
    minutes: int,
    told: tuple[str, int | None, int | None],
) -> None:
    change(database, **{"responded_at": None, **stored}, sla_due_at=MONDAY_10 + timedelta(minutes=5))
    with clock.use(lambda: MONDAY_10 + timedelta(minutes=minutes)):
        sla = program.get("/leads/1").json["sla"]
    assert sla["due_at"] == "2026-11-16T16:05:00.000Z"
    assert (sla["state"], sla["took_s"], sla["overrun_s"]) == told


def test_a_lead_without_a_clock_has_no_sla(program: Program, database: Database, lead: dict[str, Any]) -> None:
    change(database, sla_state=None, sla_due_at=None)
    assert program.get("/leads/1").json["sla"] is None


def test_a_lead_names_the_rule_that_gave_it_its_owner(program: Program) -> None:
    rule = {"name": "Texas buyers", "when": {"state": ["TX"]}, "to": {"team": "buyers"}}
    publish(program, {"rules": [rule]})
    program.post("/leads", {"phone": LEE, "state": "TX"})
    read = program.get("/leads/1").json
    assert read["pool_rule"] == {"policy_version": 1, "kind": "rule", "name": "Texas buyers"}
    decision = program.get(program.get("/leads/1/history").json[0]["decision"]).json
    assert (decision["policy_version"], decision["lead"]) == (1, 1)


def test_the_story_of_a_lead_is_told_in_order(program: Program, lead: dict[str, Any]) -> None:
    program.put("/leads/1/owner", {"agent": "ben", "reason": "Ana is on leave"})
    program.patch("/leads/1", {"stage": "QUALIFIED"})
    told = [(entry["kind"], entry["text"]) for entry in program.get("/leads/1/timeline").json]
    assert told[0][0] == "received"
    assert [kind for kind, _ in told][-2:] == ["owner", "stage"]
    assert told[-2][1].endswith("Ana is on leave")


def test_a_lead_changes_hands_at_once_and_the_history_says_who_did_it(program: Program, lead: dict[str, Any]) -> None:
    given = program.put("/leads/1/owner", {"agent": "olive", "reason": " Strategic   account "})
    assert (given.status_code, given.json["owner"]) == (200, {"key": "olive", "name": "Olive Park"})
    assert (given.json["stage"], given.json["score"]) == (lead["stage"], lead["score"])
    first, second = program.get("/leads/1/history").json
    assert (first["from"], first["to"], first["who"]) == (None, "ana", "policy")
    assert second == {
        "from": "ana",
        "to": "olive",
        "why": "Strategic account",
        "who": "api/program-1",
        "at": "2026-11-16T16:00:00.000Z",
        "decision": None,
    }


def test_open_tasks_move_with_the_lead_and_both_sides_are_told(
    program: Program, database: Database, lead: dict[str, Any]
) -> None:
    with database.begin() as db:
        due = {"due_at": MONDAY_10, "created_at": MONDAY_10, "state": "open"}
        insert_task(db, dedupe_key="call/1", title="Call Lee", owner_id=1, lead_id=1, **due)
    before = _texts(database)
    program.put("/leads/1/owner", {"agent": "ben", "reason": "turn"})
    assert [task["owner"] for task in program.get("/tasks?lead=1").json if task["title"] == "Call Lee"] == ["ben"]
    assert len(_texts(database) - before) == 2
    told = _texts(database)
    program.put("/leads/1/owner", {"agent": "ana", "reason": "back", "notify": False})
    assert _texts(database) == told


def _texts(database: Database) -> set[str]:
    with database.read() as db:
        return {row.dedupe_key for row in db.execute(outbox_items.select())}


NOT_GIVEN = {
    "no reason": ({"agent": "ben"}, 422, "invalid_fields"),
    "a reason of blanks": ({"agent": "ben", "reason": "  "}, 422, "invalid_fields"),
    "no agent": ({"reason": "leave"}, 422, "invalid_fields"),
    "nobody": ({"agent": "max", "reason": "leave"}, 422, "agent_unknown"),
    "who has left": ({"agent": "cy", "reason": "leave"}, 422, "agent_inactive"),
    "told in words": ({"agent": "ben", "reason": "leave", "notify": "no"}, 422, "invalid_fields"),
}


def test_a_lead_is_not_given_to_nobody_or_without_a_reason(
    program: Program, database: Database, lead: dict[str, Any]
) -> None:
    _deactivate(database, "cy")
    told = {}
    for name, (body, _, _) in NOT_GIVEN.items():
        refused = program.put("/leads/1/owner", body)
        told[name] = (refused.status_code, refused.json["error"]["code"])
    assert told == {name: row[1:] for name, row in NOT_GIVEN.items()}
    assert program.get("/leads/1").json == lead
    assert program.put("/leads/2/owner", {"agent": "ben", "reason": "leave"}).status_code == 404


def _deactivate(database: Database, key: str) -> None:
    from sami.store.people import change_agent

    with database.begin() as db:
        change_agent(db, key=key, values={"active": False})


def in_the_pond(program: Program) -> None:
    for key in ("ana", "ben", "cy"):
        program.patch(f"/agents/{key}", {"leads": False})
    assert program.post("/leads", {"phone": LEE}).json["owner"] is None


def test_a_lead_in_the_pond_is_claimed_once(program: Program) -> None:
    in_the_pond(program)
    claimed = program.post("/leads/1/claim", {"agent": "ben"})
    assert (claimed.status_code, claimed.json["owner"]["key"], claimed.json["unowned_reason"]) == (200, "ben", None)
    late = program.post("/leads/1/claim", {"agent": "ana"})
    assert (late.status_code, late.json["error"]["code"]) == (409, "lead_already_owned")
    assert program.post("/leads/1/claim", {"agent": "max"}).json["error"]["code"] == "agent_unknown"
    assert program.post("/leads/2/claim", {"agent": "ana"}).status_code == 404


def test_of_several_who_claim_at_once_one_has_it(program: Program, app: Flask) -> None:
    in_the_pond(program)
    app.extensions[GATE] = Gate(8)
    together = Barrier(4)

    def claim(key: str) -> int:
        together.wait()
        return program.post("/leads/1/claim", {"agent": key}).status_code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(claim, ("ana", "ben", "cy", "olive"))) == [200, 409, 409, 409]
    assert len(program.get("/leads/1/history").json) == 1


def test_a_stage_moves_as_listed_and_no_other_way(program: Program, lead: dict[str, Any]) -> None:
    assert program.patch("/leads/1", {"stage": "CLOSED"}).json["stage"] == "CLOSED"
    refused = program.patch("/leads/1", {"stage": "NEW"})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "stage_move_refused")
    assert "CONTACTING, ARCHIVED, TRASHED" in refused.json["error"]["message"]
    assert program.patch("/leads/1", {"stage": "WON"}).status_code == 422


def test_what_a_lead_says_of_itself_is_changed_field_by_field(program: Program, lead: dict[str, Any]) -> None:
    program.patch("/leads/1", {"city": "Austin", "attributes": {"a": 1, "b": 2}})
    changed = program.patch(
        "/leads/1",
        {"name": "Leah", "city": None, "tags": ["hot", "hot"], "price": 5, "attributes": {"a": None, "c": "x"}},
    ).json
    assert (changed["name"], changed["city"], changed["tags"], changed["price"]) == ("Leah", None, ["hot"], 5)
    assert {name: changed["attributes"].get(name) for name in "abc"} == {"a": None, "b": 2, "c": "x"}
    assert "a" not in changed["attributes"]
    emptied = program.patch("/leads/1", {"name": None, "tags": None}).json
    assert (emptied["name"], emptied["tags"]) == ("", [])


def test_a_refused_stage_leaves_the_other_fields_as_they_were(program: Program, lead: dict[str, Any]) -> None:
    program.patch("/leads/1", {"stage": "CLOSED"})
    before = program.get("/leads/1").json
    assert program.patch("/leads/1", {"stage": "NEW", "name": "Leah"}).status_code == 409
    assert program.get("/leads/1").json == before


def publish(program: Program, policy: dict[str, Any]) -> None:
    program.put("/policy/drafts/first", policy)
    assert program.post("/policy/drafts/first/publish", {"note": "first"}).status_code == 201


def test_a_change_that_the_policy_waits_for_runs_it_again(program: Program) -> None:
    ohio = {"name": "Ohio is Ben's", "when": {"state": ["OH"]}, "to": {"agent": "ben"}}
    everybody = {"name": "Everybody", "to": {"agent": "ana"}}
    publish(program, {"constraints": [ohio], "rules": [everybody], "reassign_on": ["state"]})
    assert program.post("/leads", {"phone": LEE, "state": "TX"}).json["owner"]["key"] == "ana"
    assert program.patch("/leads/1", {"state": "OH"}).json["owner"]["key"] == "ben"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"phone": "5"}, id="a phone that is none"),
        pytest.param({"email": "lee"}, id="an e-mail address that is none"),
        pytest.param({"owner": "ben"}, id="its owner"),
        pytest.param({"score": 5}, id="its score"),
        pytest.param({"price": "lots"}, id="a price that is none"),
    ],
)
def test_what_may_not_be_changed_is_refused(program: Program, lead: dict[str, Any], body: dict[str, Any]) -> None:
    refused = program.patch("/leads/1", body)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "invalid_fields")
    assert program.patch("/leads/2", {"name": "Max"}).status_code == 404
