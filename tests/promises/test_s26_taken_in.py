"""What XML 1.0 cannot hold is dropped wherever text is taken in, so that nobody breaks a document by it (S26)."""

import json
from typing import Any

import pytest
import tomlkit

from sami.database.engine import Database
from sami.domain.language.characters import storable
from sami.settings.loading import Settings
from sami.store.leads import leads, ownerships
from sami.store.people import agents
from sami.store.texts import texts
from tests.support.cast import LEE, LINE, agent, olive, organisation
from tests.support.signed import SignedClient, publish
from tests.webhooks.api.conftest import app, new_program, program, sami
from tests.webhooks.api.program import Program
from tests.webhooks.commands.test_import_leads import Office, office
from tests.webhooks.forms.test_public_form import Website, website

__all__ = ["app", "new_program", "office", "program", "sami", "website"]

NOTHING = "\ufffe\uffff"
NAME, KEPT = "Bob\ufffe \uffff\ud7ff", "Bob \ud7ff"


def test_s26_in_a_form(website: Website) -> None:
    website.post({"name": NAME, "phone": LEE, "message": NAME, "consent_text": NAME})
    [lead] = website.leads()
    assert (lead.name, lead.attributes["message"]) == (KEPT, KEPT)
    assert all(text == storable(text) for _, text in website.timeline())


def test_s26_in_a_file_of_leads(office: Office) -> None:
    office.imports(f"Name,Phone,attributes.note\n{NAME},{LEE},{NAME}\n")
    [lead] = office.leads()
    assert (lead.name, lead.attributes["note"]) == (KEPT, KEPT)


def test_s26_in_the_organisations_file_and_in_a_text(database: Database, settings: Settings) -> None:
    file: dict[str, Any] = tomlkit.parse(organisation(agents=[agent("ana"), olive()])).unwrap()
    file["agents"][0]["name"], file["lines"][0]["name"] = NAME, NAME
    publish(database, tomlkit.dumps(file))
    with SignedClient(settings) as twilio:
        sent = {"From": LEE, "To": LINE, "Body": f"Hello {NAME}", "MessageSid": "SM1"}
        assert twilio.post("/webhooks/sms", **sent).status_code == 200
    with database.read() as db:
        assert db.execute(agents.select().where(agents.c.key == "ana")).one().name == KEPT
        assert db.execute(texts.select().where(texts.c.sid == "SM1")).one().body == f"Hello {KEPT}"
        assert db.execute(leads.select()).one().phone == LEE


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
def test_s26_in_notes_and_reasons_by_the_api(program: Program, database: Database, escaped: bool) -> None:
    """Free text of staff and programs: it stands on timelines, in texts and in what admins read."""
    program.post("/leads", {"phone": LEE, "name": "Lee"})

    def send(method: str, path: str, body: dict[str, Any]) -> Any:
        written = json.dumps(body, ensure_ascii=escaped)
        return program.ask(method, path, data=written.encode(), content_type="application/json")

    assert send("POST", "/leads/1/notes", {"text": f"Has a dog {NOTHING}."}).status_code == 201
    assert send("PUT", "/leads/1/owner", {"agent": "ben", "reason": f"Ana {NOTHING}is away"}).status_code == 200
    told = [entry["text"] for entry in program.get("/leads/1/timeline").json]
    assert any("Has a dog ." in text for text in told)
    assert any("Ana is away" in text for text in told)
    assert all(text == storable(text) for text in told)
    with database.read() as db:
        assert all(row.why == storable(row.why) for row in db.execute(ownerships.select()))
    refused = send("POST", "/leads/1/notes", {"text": NOTHING})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "invalid_fields")
    kept = send("PATCH", "/leads/1", {"attributes": {f"no{NOTHING}te": ["a" + NOTHING], "path": r"C:\uffff"}}).json
    assert kept["attributes"] == {"note": ["a"], "path": r"C:\uffff"}, "an escaped backslash is no escape"


@pytest.mark.parametrize("letter", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_s26_what_no_document_holds_is_dropped(letter: str) -> None:
    assert storable(f"a{letter}b") == "ab"
