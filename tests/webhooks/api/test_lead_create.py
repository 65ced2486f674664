"""A lead is handed in: new or known, with an owner or a reason why not, and refused by name where it is wrong."""

from typing import Any

import pytest

from sami.database.engine import Database
from sami.store.leads import leads
from tests.support.cast import ANA, LEE, STRANGER
from tests.webhooks.api.program import Program

EVERYTHING: dict[str, Any] = {
    "name": "Lee Ortiz",
    "phone": LEE,
    "email": "lee@example.com",
    "source": "zillow",
    "source_id": "z-4711",
    "type": "buyer",
    "product": "house",
    "segment": "first-home",
    "tags": ["warm", "cash"],
    "city": "Austin",
    "zip": "78704",
    "state": "TX",
    "country": "US",
    "price": 450_000,
    "timeframe": "now",
    "language": "es",
    "attributes": {"rooms": 3, "share": 0.5, "pets": True, "areas": ["a", "b"]},
}


def test_a_new_lead_is_answered_with_its_owner_and_the_decision_about_it(program: Program) -> None:
    answer = program.post("/leads", EVERYTHING)
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/leads/1"
    assert answer.json == {
        "id": 1,
        "created": True,
        "owner": {"key": "ana", "name": "Ana Ruiz"},
        "unowned_reason": None,
        "stage": program.get("/leads/1").json["stage"],
        "decision": answer.json["decision"],
    }
    assert program.get(answer.json["decision"]).json["chosen"]["owner"] == "ana"


def test_everything_that_was_sent_is_kept(program: Program) -> None:
    program.post("/leads", EVERYTHING)
    kept = program.get("/leads/1").json
    assert kept["attributes"].items() >= EVERYTHING["attributes"].items()  # Workers may have found out more.
    assert {name: kept[name] for name in EVERYTHING} | {"attributes": EVERYTHING["attributes"]} == EVERYTHING


def test_a_language_may_be_called_by_name_and_still_be_written_as_an_attribute(program: Program) -> None:
    program.post("/leads", {"phone": LEE, "attributes": {"language": "Spanish", "rooms": 3}})
    kept = program.get("/leads/1").json
    assert (kept["language"], kept["attributes"].get("language"), kept["attributes"]["rooms"]) == ("es", None, 3)
    assert program.patch("/leads/1", {"language": "fr-CA"}).json["language"] == "fr"
    assert program.patch("/leads/1", {"attributes": {"language": "inglés"}}).json["language"] == "en"
    assert program.patch("/leads/1", {"attributes": {"language": None}}).json["language"] is None
    assert program.patch("/leads/1", {"source": None, "name": None}).json["source"] == ""


def test_the_same_lead_again_is_known_and_brought_up_to_date(program: Program) -> None:
    program.post("/leads", EVERYTHING)
    again = program.post("/leads", {"phone": "(512) 555-0142", "timeframe": "later"})
    assert (again.status_code, again.json["created"], again.json["id"]) == (200, False, 1)
    assert again.json["owner"] == {"key": "ana", "name": "Ana Ruiz"}
    assert program.get("/leads/1").json["timeframe"] == "later"


def test_a_lead_that_nobody_may_have_is_answered_with_the_reason(program: Program) -> None:
    for key in ("ana", "ben", "cy"):
        program.patch(f"/agents/{key}", {"leads": False})
    answer = program.post("/leads", {"phone": LEE})
    assert answer.status_code == 201
    assert answer.json["owner"] is None
    assert answer.json["unowned_reason"]
    assert answer.json["decision"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"phone": LEE}, id="a phone"),
        pytest.param({"email": "Lee@Example.com"}, id="an e-mail address"),
        pytest.param({"phone": "", "email": "lee@example.com", "name": "", "tags": None}, id="empty for unknown"),
        pytest.param({"phone": " 512-555-0142 ", "attributes": {"a": None, "b": "two\r\nlines"}}, id="lines, null"),
        pytest.param({"phone": LEE, "price": 0, "name": "Ł" * 200, "tags": ["x"] * 50}, id="at the limits"),
    ],
)
def test_little_is_enough(program: Program, body: dict[str, Any]) -> None:
    assert program.post("/leads", body).status_code == 201


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no way to reach them": ({"name": "Lee"}, {"phone": "send a phone, an email or both"}),
    "empty ways to reach them": ({"phone": " ", "email": ""}, {"phone": "send a phone, an email or both"}),
    "a phone that cannot be read": (
        {"phone": "555"},
        {"phone": "write it in E.164, for example +15125550142, or as it is dialled in US"},
    ),
    "an address that cannot be read": ({"email": "lee"}, {"email": "write it like lee@example.com"}),
    "an unknown field": ({"phone": LEE, "nmae": "Lee"}, {"nmae": "did you mean name?"}),
    "a price that is none": ({"phone": LEE, "price": "lots"}, {"price": "write whole units, for example 350000"}),
    "half a price": ({"phone": LEE, "price": 1.5}, {"price": "write digits without quotes, for example 250000"}),
    "a price below nothing": ({"phone": LEE, "price": -1}, {"price": "write a number from 0 to 1000000000000000"}),
    "a price past all prices": (
        {"phone": LEE, "price": 10**30},
        {"price": "write a number from 0 to 1000000000000000"},
    ),
    "a name that is a number": ({"phone": LEE, "name": 5}, {"name": "put it in quotes"}),
    "a name too long": ({"phone": LEE, "name": "x" * 201}, {"name": "write at most 200 characters"}),
    "a control character": ({"phone": LEE, "city": "Aus\x00tin"}, {"city": "write plain text"}),
    "tags in an object": ({"phone": LEE, "tags": {"a": 1}}, {"tags": "put it in square brackets, for example [...]"}),
    "a tag that is none": ({"phone": LEE, "tags": ["a", 5]}, {"tags": "write texts of 1 to 100 characters"}),
    "too many tags": ({"phone": LEE, "tags": ["x"] * 51}, {"tags": "write at most 50"}),
    "attributes in a list": (
        {"phone": LEE, "attributes": []},
        {"attributes": 'put it in braces, for example {"budget": "high"}'},
    ),
    "an attribute within an attribute": (
        {"phone": LEE, "attributes": {"a": {"b": 1}}},
        {"attributes.a": "write a text, a number, true, false or a list of texts"},
    ),
    "an attribute too long": (
        {"phone": LEE, "attributes": {"a": "x" * 2001}},
        {"attributes.a": "write at most 2000 characters"},
    ),
    "an attribute without a name": (
        {"phone": LEE, "attributes": {"": 1}},
        {"attributes.": "write something or leave it out"},
    ),
    "two faults at once": ({"phone": 5, "tagz": []}, {"phone": "put it in quotes", "tagz": "did you mean tags?"}),
}


def test_what_is_wrong_is_refused_by_field_and_nothing_is_kept(program: Program, database: Database) -> None:
    told = {}
    for name, (body, _) in REFUSED.items():
        refused = program.post("/leads", body)
        assert (refused.status_code, refused.json["error"]["code"]) == (422, "invalid_fields"), name
        told[name] = {fault["field"]: fault["right"] for fault in refused.json["error"]["fields"]}
    assert told == {name: faults for name, (_, faults) in REFUSED.items()}
    with database.read() as db:
        assert db.execute(leads.select()).all() == []


def test_an_endless_number_is_no_attribute(program: Program) -> None:
    for number in ("NaN", "Infinity", "1e999", str(2**60)):
        body = f'{{"phone": "{LEE}", "attributes": {{"a": {number}}}}}'
        assert program.post("/leads", data=body, content_type="application/json").status_code in (400, 422)


def test_the_phone_of_an_agent_never_becomes_a_lead(program: Program) -> None:
    refused = program.post("/leads", {"phone": ANA})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "phone_of_an_agent")


def test_what_was_refused_never_stands_in_the_answer(program: Program) -> None:
    refused = program.post(
        "/leads", {"phone": "secret-555", "email": "secret", "price": "secret", "attributes": "secret"}
    )
    assert "secret" not in refused.text


def test_a_lead_that_was_handed_in_by_a_program_is_the_one_that_calls(program: Program, database: Database) -> None:
    program.post("/leads", {"phone": STRANGER, "name": "Sam"})
    with database.read() as db:
        [row] = db.execute(leads.select())
    assert (row.phone, row.name) == (STRANGER, "Sam")


@pytest.mark.parametrize("phone", ["+16212340142", "(621) 234-0142"])
def test_a_phone_of_an_area_code_newer_than_our_tables_is_a_lead_with_a_doubt(program: Program, phone: str) -> None:
    assert program.post("/leads", {"phone": phone}).status_code == 201
    kept = program.get("/leads/1").json
    assert (kept["phone"], kept["findings"]["phone_valid"]) == ("+16212340142", False)


def test_a_mexican_mobile_with_its_old_1_is_the_same_lead(program: Program) -> None:
    answers = [program.post("/leads", {"phone": phone}) for phone in ("+5215512345678", "+52 55 1234 5678")]
    assert [answer.status_code for answer in answers] == [201, 200]


def test_words_and_numbers_are_taken_as_other_doors_take_them(program: Program) -> None:
    said = {"price": "$450,000", "tags": "vip, cash", "state": "Texas", "zip": "2134", "city": "n/a"}
    said |= {"phone": "512-555-0144 (cell)", "name": "Bob \uffff"}
    assert program.post("/leads", said).status_code == 201
    kept = program.get("/leads/1").json
    meant = {"price": 450_000, "tags": ["vip", "cash"], "state": "TX", "zip": "02134", "city": None, "name": "Bob"}
    assert {name: kept[name] for name in meant} == meant
    assert kept["phone"] == "+15125550144"
    changed = program.patch(
        "/leads/1", {"zip": "2134-1234", "state": "massachusetts", "price": "1", "name": "Bo\uffffb"}
    )
    meant = {"zip": "02134-1234", "state": "MA", "price": 1, "name": "Bob"}
    assert {name: changed.json[name] for name in meant} == meant


def test_an_unreadable_phone_beside_a_good_email_loses_no_lead(program: Program) -> None:
    assert program.post("/leads", {"phone": "ask my wife", "email": "lee@example.com"}).status_code == 201
    kept = program.get("/leads/1").json
    assert (kept["phone"], kept["email"]) == (None, "lee@example.com")
    assert kept["findings"]["phone_as_written"] == "ask my wife"


@pytest.mark.parametrize("word", ["N/A", "Unknown", "test", "-", "null", "asdf", "Test Tester"])
def test_what_is_no_name_replaces_none(program: Program, word: str) -> None:
    program.post("/leads", {"phone": LEE, "name": "Maria Ortiz"})
    program.post("/leads", {"phone": LEE, "name": word})
    assert program.get("/leads/1").json["name"] == "Maria Ortiz"


def test_a_timeline_says_nothing_where_nothing_changed(program: Program) -> None:
    points = [{"name": "Ready now", "when": {"timeframe": ["now"]}, "points": 30}]
    policy = {"rules": [{"name": "All", "to": {"agent": "ana"}}], "score": points}
    program.put("/policy/drafts/first", policy)
    assert program.post("/policy/drafts/first/publish", {"note": "first"}).status_code == 201
    for _ in range(3):
        program.post("/leads", {"phone": LEE, "name": "Lee", "source": "zillow"})
    told = [entry["text"] for entry in program.get("/leads/1/timeline").json if entry["kind"] == "received"]
    assert [text for text in told if "Changed" in text or " to " in text] == []


def test_a_doubt_about_a_name_goes_with_the_name_and_never_to_another(program: Program) -> None:
    program.post("/leads", {"phone": LEE, "name": "asdf"})
    assert program.get("/leads/1").json["findings"]["name_suspect"] is True
    program.post("/leads", {"phone": LEE, "name": "Maria Ortiz"})
    program.post("/leads", {"phone": LEE, "name": "test"})
    kept = program.get("/leads/1").json
    assert (kept["name"], kept["findings"].get("name_suspect")) == ("Maria Ortiz", None)


def test_our_findings_stand_beside_the_customers_attributes_and_rules_know_both_by_name(program: Program) -> None:
    points = [{"name": "South", "when": {"attributes": {"region": ["South"]}}, "points": 7}]
    rules = [
        {"name": "Made up", "when": {"attributes": {"name_suspect": ["true"]}}, "to": {"pond": True}},
        {"name": "Hills", "when": {"attributes": {"region": ["Hill Country"]}}, "to": {"agent": "ben"}},
        {"name": "South", "when": {"attributes": {"region": ["South"]}}, "to": {"agent": "ana"}},
    ]
    policy = {"rules": rules, "score": points, "reassign_on": ["attributes.region"], "default": {"pond": True}}
    program.put("/policy/drafts/first", policy)
    assert program.post("/policy/drafts/first/publish", {"note": "first"}).status_code == 201
    program.post("/leads", {"phone": LEE, "name": "Lee", "attributes": {"pets": True}})
    found = program.get("/leads/1").json
    assert found["attributes"] == {"pets": True}
    assert (found["findings"]["region"], found["score"]) == ("South", 7)
    assert found["pool_rule"]["name"] == "South"
    program.patch("/leads/1", {"attributes": {"region": "Hill Country"}})
    said = program.get("/leads/1").json
    assert (said["attributes"]["region"], said["findings"]["region"]) == ("Hill Country", "South")
    assert (said["pool_rule"]["name"], said["owner"]["key"]) == ("Hills", "ben")
    program.post("/leads", {"phone": STRANGER, "name": "asdf"})
    assert program.get("/leads/2").json["pool_rule"]["name"] == "Made up"
