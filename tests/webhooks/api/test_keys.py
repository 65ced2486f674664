"""`sami api-key`: keys are made, listed and revoked, and only their hash is kept."""

import json
import re

import pytest
from flask import Flask

from sami.database.engine import Database
from sami.domain.access.scopes import Scope
from sami.store.access import api_keys
from tests.webhooks.api.conftest import Sami
from tests.webhooks.api.program import Program

KEY = re.compile(r"sami_[A-Za-z0-9_-]{43}")


def test_a_new_key_is_printed_alone_and_opens_what_its_scope_says(app: Flask, sami: Sami) -> None:
    made = sami("api-key", "create", "crm", "--scope", "leads:read")
    assert made.exit_code == 0
    assert KEY.fullmatch(made.stdout.removesuffix("\n"))
    program = Program(app, made.stdout.strip())
    assert program.get("/leads").status_code == 200
    assert program.get("/tasks").json["error"]["code"] == "scope_missing"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--scope", "leads:read", "--scope", "tasks:read"), id="the option again"),
        pytest.param(("--scope", "leads:read", "tasks:read"), id="more words"),
    ],
)
def test_several_scopes_may_be_given_in_either_way(sami: Sami, words: tuple[str, ...]) -> None:
    made = sami("api-key", "create", "crm", *words, "--json")
    assert json.loads(made.stdout)["scopes"] == ["leads:read", "tasks:read"]


def test_what_each_scope_permits_is_offered(sami: Sami) -> None:
    offered = sami("api-key", "create", "--help").output
    assert [scope for scope in Scope if scope not in offered] == []
    assert "recordings:read      hear recordings and voicemails" in offered


def test_with_json_one_document_is_printed(sami: Sami) -> None:
    made = json.loads(sami("api-key", "create", "crm", "--scope", "*", "--json").stdout)
    assert KEY.fullmatch(made["key"])
    listed = json.loads(sami("api-key", "list", "--json").stdout)
    assert [(key["name"], key["scopes"], key["revoked_at"]) for key in listed["keys"]] == [("crm", ["*"], None)]
    revoked = json.loads(sami("api-key", "revoke", "crm", "--json").stdout)
    assert revoked["name"] == "crm"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        pytest.param(("crm", "--scope", "leads:wrote"), 1, "known are leads:read, leads:write,", id="an unknown scope"),
        pytest.param(("crm",), 2, "Missing option '--scope'", id="no scope"),
        pytest.param(("--scope", "*"), 2, "Missing argument 'NAME'", id="no name"),
        pytest.param(("a b", "--scope", "*"), 1, "A key's name is letters", id="a name with a blank"),
        pytest.param(("taken", "--scope", "*"), 1, "choose another", id="a name in use"),
        pytest.param(("gone", "--scope", "*"), 1, "choose another", id="a name of a revoked key"),
    ],
)
def test_a_refusal_says_what_would_be_right(sami: Sami, words: tuple[str, ...], status: int, told: str) -> None:
    sami("api-key", "create", "taken", "--scope", "*")
    sami("api-key", "create", "gone", "--scope", "*")
    sami("api-key", "revoke", "gone")
    refused = sami("api-key", "create", *words)
    assert refused.exit_code == status
    assert told in (refused.output if status == 2 else str(refused.exception))


def test_a_revoked_key_opens_nothing_from_then_on(app: Flask, sami: Sami) -> None:
    program = Program(app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())
    assert program.get("/leads").status_code == 200
    assert sami("api-key", "revoke", "crm").exit_code == 0
    assert program.get("/leads").json["error"]["code"] == "key_refused"
    assert sami("api-key", "revoke", "crm").exit_code == 1


def test_s16_only_the_hash_of_a_key_is_kept_and_nothing_lists_it(sami: Sami, database: Database) -> None:
    key = sami("api-key", "create", "crm", "--scope", "*").stdout.strip()
    with database.read() as db:
        row = db.execute(api_keys.select()).one()
    assert key not in str(row)
    assert re.fullmatch(r"[0-9a-f]{64}", row.hash)
    assert key not in sami("api-key", "list").output + sami("api-key", "list", "--json").output


def test_the_last_use_is_noted(program: Program, sami: Sami) -> None:
    assert "never used" in sami("api-key", "list").output
    program.get("/leads")
    assert "last used 2026-11-16" in sami("api-key", "list").output
