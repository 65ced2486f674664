"""Whatever is wrong with a request, or with us, is answered in the one shape, and says nothing it should not."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from sami import clock, logs
from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.support.cast import LEE
from tests.webhooks.api.conftest import MONDAY_10, NewProgram
from tests.webhooks.api.program import Program
from webhooks.api.door import GATE
from webhooks.api.gate import Gate
from webhooks.app import create_app

KEY = "sami_" + "x" * 43
LEAD = {"phone": LEE}
PAGE = {"data": "{}", "content_type": "text/html"}


WRONG: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "an address that is none": ("GET", "/nothing", {}, 404, "not_found"),
    "the root": ("GET", "/api", {}, 404, "not_found"),
    "an address with two slashes": ("GET", "/api//v1/leads", {}, 404, "not_found"),
    "an address with a slash at its end": ("GET", "/leads/", {}, 404, "not_found"),
    "a word where a number stands": ("GET", "/leads/ana", {}, 404, "not_found"),
    "a lead's number below one": ("GET", "/leads/0", {}, 404, "not_found"),
    "a lead's number past all rows": ("GET", "/leads/99999999999999999999", {}, 404, "not_found"),
    "a lead that is not there": ("GET", "/leads/7", {}, 404, "not_found"),
    "a control character in an address": ("GET", "/agents/%00", {}, 404, "not_found"),
    "no UTF-8 in an address": ("GET", "/decisions/%ff", {}, 404, "not_found"),
    "a method that is not known there": ("DELETE", "/leads", {}, 405, "method_not_allowed"),
    "OPTIONS": ("OPTIONS", "/leads", {}, 405, "method_not_allowed"),
    "a body of no type": ("POST", "/leads", {"data": b"{"}, 415, "unsupported_media_type"),
    "a body of another type": ("POST", "/leads", PAGE, 415, "unsupported_media_type"),
    "no body at all": ("POST", "/leads", {"data": ""}, 415, "unsupported_media_type"),
    "a phone that is none": ("GET", "/leads?phone=12", {}, 422, "invalid_fields"),
    "a page too long": ("GET", "/leads?limit=201", {}, 422, "invalid_fields"),
    "a length that is no number": ("GET", "/leads?limit=x", {}, 422, "invalid_fields"),
    "a filter given twice": ("GET", "/leads?limit=1&limit=2", {}, 422, "invalid_fields"),
    "a filter that is not known": ("GET", "/leads?phome=12", {}, 422, "invalid_fields"),
    "a filter where there is none": ("GET", "/agents/ana?x=1", {}, 422, "invalid_fields"),
    "tasks of nobody": ("GET", "/tasks?owner=nobody", {}, 422, "invalid_fields"),
    "a control character in a filter": ("GET", "/tasks?owner=%00", {}, 422, "invalid_fields"),
    "a control character in an address to find": ("GET", "/leads?email=%00", {}, 422, "invalid_fields"),
    "tasks of a number past all rows": ("GET", "/tasks?lead=99999999999", {}, 422, "invalid_fields"),
    "a body nobody expects": ("POST", "/decisions/x/replay", {"data": "[1]"}, 422, "invalid_fields"),
}


def test_what_is_wrong_is_refused_by_a_code(program: Program) -> None:
    """One business for all rows: making one takes longer than all of them."""
    told = {}
    for name, (method, path, asked, _, _) in WRONG.items():
        refused = program.ask(method, path, **asked)
        told[name] = (refused.status_code, refused.json["error"]["code"])
    assert told == {name: row[3:] for name, row in WRONG.items()}


NOT_JSON = {
    "broken off": b"{",
    "empty": b"",
    "no UTF-8": b'{"name": "\xff"}',
    "half a character": b'{"name": "\\ud800"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "a number of five thousand digits": b'{"price": ' + b"9" * 5000 + b"}",
}


def test_a_body_that_is_not_json_is_refused(program: Program) -> None:
    refused = {
        name: program.post("/leads", data=body, content_type="application/json") for name, body in NOT_JSON.items()
    }
    assert {name: (told.status_code, told.json["error"]["code"]) for name, told in refused.items()} == dict.fromkeys(
        NOT_JSON, (400, "invalid_json")
    )


def test_s17_a_body_may_hold_256_kb_and_not_a_byte_more(program: Program) -> None:
    most = 256 * 1024
    kept = program.post("/leads", data=b" " * (most - 2) + b"{}", content_type="application/json")
    refused = program.post("/leads", data=b" " * (most - 1) + b"{}", content_type="application/json")
    assert (kept.json["error"]["code"], refused.json["error"]["code"]) == ("invalid_fields", "body_too_large")
    assert refused.status_code == 413


BAD_KEYS = {
    "no key": (None, "key_missing"),
    "a password": ("Basic YTpi", "key_missing"),
    "no word after Bearer": ("Bearer", "key_missing"),
    "a key that was never made": (f"Bearer {KEY}", "key_refused"),
    "what does not look like a key": ("Bearer sami_short", "key_refused"),
    "what no key is written with": ("Bearer \u00e9 \u00e9", "key_refused"),
}


def test_without_a_key_nothing_is_answered(nobody: Program) -> None:
    for name, (header, code) in BAD_KEYS.items():
        refused = nobody.get("/leads", headers={} if header is None else {"Authorization": header})
        assert (refused.status_code, refused.json["error"]["code"]) == (401, code), name
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="sami"')


def test_a_key_without_the_scope_is_told_which_it_lacks(new_program: NewProgram) -> None:
    refused = new_program("leads:write").get("/leads")
    assert refused.status_code == 403
    assert "leads:read" in refused.json["error"]["message"]
    assert 'scope="leads:read"' in refused.headers["WWW-Authenticate"]


def test_s19_every_answer_carries_the_headers_of_the_house(program: Program) -> None:
    for answer in (program.get("/leads"), program.get("/nothing"), program.get("/api/openapi.json")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_an_unknown_method_is_told_the_known_ones(program: Program) -> None:
    assert set(program.ask("DELETE", "/leads").headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_without_the_database_the_api_says_so_and_when_to_ask_again(
    settings: Settings, database: Database, database_url: str, tmp_path: Path
) -> None:
    gone = {"server": settings.server.model_dump(), "database": {"url": f"sqlite:///{tmp_path}/nowhere/sami.db"}}
    if not database.is_embedded:
        gone["database"]["url"] = "postgresql://nobody@127.0.0.1:9/nowhere"
    lost = settings.model_validate(settings.model_dump() | gone)
    program = Program(create_app(lost, background=False), KEY)
    refused = program.get("/leads")
    assert refused.status_code == 503
    assert refused.json["error"] == {
        "code": "database_away",
        "message": "The database cannot be reached just now.",
        "fields": [],
    }
    assert refused.headers["Retry-After"] == "1"


def test_r20_above_so_many_at_once_the_api_is_refused_and_calls_are_not(program: Program, app: Flask) -> None:
    app.extensions[GATE] = gate = Gate(2)
    with gate.place(), gate.place():
        refused = program.get("/leads")
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "overloaded")
        assert refused.headers["Retry-After"] == "1"
        assert app.test_client().get("/readyz").status_code == 200
    assert program.get("/leads").status_code == 200


def test_r20_a_place_is_given_back_however_a_request_ends(program: Program, nobody: Program) -> None:
    for _ in range(3):
        program.get("/leads/7")
        nobody.get("/leads")
        program.post("/leads", {})
    assert program.get("/leads").status_code == 200


def test_a_key_may_ask_so_often_a_minute_and_others_are_not_kept_from_it(
    settings: Settings, app: Flask, new_program: NewProgram
) -> None:
    server = settings.server.model_copy(update={"api_per_minute": 2})
    limited = create_app(settings.model_copy(update={"server": server}), background=False)
    greedy, modest = (new_program("*") for _ in range(2))
    statuses = [Program(limited, key_of(greedy)).get("/leads").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert Program(limited, key_of(modest)).get("/leads").status_code == 200
    refused = Program(limited, key_of(greedy)).get("/leads")
    assert (refused.json["error"]["code"], refused.headers["Retry-After"]) == ("too_many_requests", "60")
    with clock.use(lambda: MONDAY_10 + timedelta(minutes=1)):
        assert Program(limited, key_of(greedy)).get("/leads").status_code == 200
    limited.extensions["sami"].database.close()


def key_of(program: Program) -> str:
    return program.headers["Authorization"].removeprefix("Bearer ")


def test_s20_a_fault_of_ours_is_told_to_the_log_and_not_to_the_program(
    program: Program, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    program.post("/leads", LEAD)
    with database.begin() as db:
        db.exec_driver_sql("UPDATE decision SET chosen = 'not JSON'")
    logs.configure_logs("DEBUG", "json")
    failed = program.get("/decisions/" + _newest_decision(database))
    assert (failed.status_code, failed.json["error"]["code"]) == (500, "internal_error")
    assert "JSON" not in failed.text
    [told] = [line for line in map(json.loads, capsys.readouterr().err.splitlines()) if line["level"] == "error"]
    assert told["event"] == "The API failed."
    assert "JSONDecodeError" in told["exception"]
    assert told["api_key"] == "program-1"


def _newest_decision(database: Database) -> str:
    with database.read() as db:
        return str(db.exec_driver_sql("SELECT ref FROM decision ORDER BY id DESC").scalar())


def test_s06_no_phone_and_no_address_of_anybody_reaches_the_log(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure_logs("DEBUG", "json")
    program.post("/leads", {"phone": LEE, "email": "lee@example.com", "name": "Lee Ortiz"})
    program.get("/leads?phone=%2B15125550142")
    program.get("/leads?email=lee@example.com")
    program.post("/leads", {"phone": "512555014", "email": "lee@example.com"})
    program.patch("/leads/1", {"name": "Lee Ortiz of 5125550142"})
    program.put("/leads/1/owner", {"agent": "ana", "reason": "Lee Ortiz asked"})
    lines = capsys.readouterr().err
    routes = [line.get("route") for line in map(json.loads, lines.splitlines())]
    assert "POST /api/v1/leads" in routes
    for personal in ("5125550142", "512555014", "lee@example.com", "Ortiz"):
        assert personal not in lines


def test_s06_a_statement_that_fails_is_logged_without_its_values(
    program: Program, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    program.post("/leads", LEAD)
    with database.begin() as db:
        db.exec_driver_sql("ALTER TABLE timeline_entry RENAME TO gone")
    logs.configure_logs("DEBUG", "json")
    failed = program.patch("/leads/1", {"name": "Lee Ortiz", "city": "Marfa"})
    assert failed.status_code == 500
    told = capsys.readouterr().err
    assert "timeline_entry" in told
    assert "Ortiz" not in told
    assert "Marfa" not in told


def test_every_request_is_counted_by_its_route_and_never_by_what_was_asked(program: Program) -> None:
    from sami import metrics

    program.get("/agents/ana")
    told = metrics.render().decode()
    assert 'sami_api_requests_total{route="GET /api/v1/agents/<string:key>",status="200"}' in told
