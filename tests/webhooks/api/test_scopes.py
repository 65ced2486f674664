"""Who may do what: every route times every scope, read from the URL map (S13)."""

import re
from typing import Any

from flask import Flask

from sami.domain.access.scopes import Scope, permits
from tests.webhooks.api.conftest import NewProgram
from webhooks.api.operations import OPERATIONS, Operation

ANYTHING = {
    "id": "1",
    "key": "ana",
    "call_sid": "CA1",
    "ref": "1",
    "phone": "+15125550100",
    "name": "draft",
    "number": "1",
}


def address_of(operation: Operation) -> str:
    return re.sub(r"<[^>]*:(\w+)>", lambda found: ANYTHING[found[1]], operation.path)


def test_s13_every_route_of_the_api_states_its_scope(app: Flask) -> None:
    """Enumerated from the URL map: a route that was added beside the door would stand here without an operation."""
    stated: set[int] = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") and rule.rule != "/api/openapi.json":
            operation: Any = getattr(app.view_functions[rule.endpoint], "operation", None)
            assert isinstance(operation, Operation), f"{rule.rule} has no policy"
            assert isinstance(operation.scope, Scope)
            assert rule.methods is not None
            assert rule.methods - {"HEAD"} == {operation.method}
            stated.add(id(operation))
    assert stated == {id(operation) for operation in OPERATIONS}


def test_s13_a_key_reaches_what_its_scope_names_and_nothing_else(new_program: NewProgram) -> None:
    wrong = []
    for scope in Scope:
        program = new_program(scope)
        for operation in OPERATIONS:
            answer = program.ask(operation.method, address_of(operation))
            permitted = answer.status_code not in (401, 403)
            if permitted is not permits((scope,), operation.scope):
                wrong.append((scope, operation.name, answer.status_code))
    assert wrong == []


def test_s09_what_is_only_read_changes_nothing_and_no_get_writes() -> None:
    writers = {scope for scope in Scope if scope.endswith(":write")}
    assert [op.name for op in OPERATIONS if op.method == "GET" and op.scope in writers] == []
    changing = {op.name for op in OPERATIONS if op.method != "GET" and op.scope not in writers}
    assert changing == {"replay_decision"}, "which is asked by POST because it works, and writes nothing"
