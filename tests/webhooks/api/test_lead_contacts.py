"""What a lead can be reached by is kept and put right; notes and attempts stand on its timeline."""

from datetime import timedelta

import pytest

from sami import clock
from sami.database.engine import Database
from sami.store.leads import leads
from tests.support.cast import ANA, LEE, STRANGER
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program

LEES = {"phone": LEE, "email": "lee@example.com", "name": "Lee Ortiz"}


@pytest.fixture
def lead(program: Program) -> int:
    return int(program.post("/leads", LEES).json["id"])


def test_a_second_phone_under_a_known_email_is_kept_and_can_be_made_its_own(program: Program, lead: int) -> None:
    for _ in range(2):
        assert program.post("/leads", {"phone": STRANGER, "email": "lee@example.com"}).status_code == 200
    program.post("/leads", {"phone": LEE, "email": "other@example.com"})
    kept = program.get(f"/leads/{lead}").json
    assert (kept["phone"], kept["other_phones"], kept["other_emails"]) == (LEE, [STRANGER], ["other@example.com"])
    changed = program.patch(f"/leads/{lead}", {"phone": STRANGER}).json
    assert (changed["phone"], changed["other_phones"]) == (STRANGER, [])
    entries = program.get(f"/leads/{lead}/timeline").json
    told = [entry["text"] for entry in entries if entry["kind"] in ("received", "changed", "clash")]
    assert any("another phone kept" in text for text in told)
    assert any("phone corrected" in text for text in told)
    assert [text for text in told if LEE in text or STRANGER in text] == []


def test_phone_and_email_are_corrected_and_one_of_them_stays(program: Program, lead: int) -> None:
    changed = program.patch(f"/leads/{lead}", {"phone": "(512) 555-0188", "email": "MARIA@example.com"}).json
    assert (changed["phone"], changed["email"]) == ("+15125550188", "maria@example.com")
    assert program.get(f"/leads?phone={LEE}").status_code == 404
    assert program.patch(f"/leads/{lead}", {"email": None}).json["email"] is None
    refused = program.patch(f"/leads/{lead}", {"phone": None})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "lead_unreachable")


def test_a_phone_or_an_email_of_another_lead_is_refused_with_its_number(program: Program, lead: int) -> None:
    program.post("/leads", {"phone": STRANGER, "email": "other@example.com"})
    for change in ({"phone": STRANGER}, {"email": "Other@example.com"}):
        refused = program.patch(f"/leads/{lead}", change)
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "lead_exists")
        assert "It is lead 2." in refused.json["error"]["message"]
    refused = program.patch(f"/leads/{lead}", {"phone": ANA})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "phone_of_an_agent")
    assert program.get(f"/leads/{lead}").json["phone"] == LEE


def test_what_was_found_about_a_phone_is_found_anew_with_the_new_one(program: Program, lead: int) -> None:
    program.patch(f"/leads/{lead}", {"phone": "+16212340142", "attributes": {"pets": True}})
    assert program.get(f"/leads/{lead}").json["findings"]["phone_valid"] is False
    program.patch(f"/leads/{lead}", {"phone": LEE})
    kept = program.get(f"/leads/{lead}").json
    found = kept["findings"]
    assert (kept["attributes"], found["line_type"], found.get("phone_valid")) == (
        {"pets": True},
        "landline or mobile",
        None,
    )


def test_a_note_is_a_line_of_the_timeline(program: Program, lead: int) -> None:
    note = program.post(f"/leads/{lead}/notes", {"text": "Prefers mornings.\nHas a dog."})
    assert note.status_code == 201
    assert (note.json["kind"], note.json["text"].partition(": ")[2]) == ("note", "Prefers mornings.\nHas a dog.")
    assert program.get(f"/leads/{lead}/timeline").json[-1] == note.json
    assert program.post("/leads/9/notes", {"text": "x"}).status_code == 404
    assert program.post(f"/leads/{lead}/notes", {"text": " "}).status_code == 422


def test_an_attempt_stops_the_clock_and_is_told(program: Program, lead: int, database: Database) -> None:
    at = MONDAY_10 + timedelta(minutes=3)
    with clock.use(lambda: MONDAY_10 + timedelta(minutes=20)):
        said = {"channel": "call", "result": "left_message", "at": at.isoformat()}
        attempt = program.post(f"/leads/{lead}/attempts", said)
        assert attempt.status_code == 201
        kinds = {entry["kind"]: entry["text"] for entry in program.get(f"/leads/{lead}/timeline").json}
        assert kinds["attempt"].endswith("called, and left a message")
        assert program.get(f"/leads/{lead}").json["sla"]["state"] == "met"
        for wrong in (MONDAY_10 - timedelta(days=1), MONDAY_10 + timedelta(days=1)):
            refused = program.post(f"/leads/{lead}/attempts", said | {"at": wrong.isoformat()})
            assert (refused.status_code, refused.json["error"]["fields"][0]["field"]) == (422, "at")
    with database.read() as db:
        assert db.execute(leads.select()).one().responded_at == at
