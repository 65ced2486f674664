"""A program that speaks to the API with a key of its own; every answer is held to what /api/openapi.json says."""

import re
from functools import cache
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from werkzeug.test import TestResponse

from webhooks.api.openapi import document

JSON = "application/json"


class Program:
    """`program.get("/leads/1")`: addresses below /api/v1 may be written without it."""

    def __init__(self, app: Flask, key: str | None) -> None:
        self._client = app.test_client()
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **asked: Any) -> TestResponse:
        return self.ask("GET", path, **asked)

    def post(self, path: str, body: Any = None, **asked: Any) -> TestResponse:
        return self.ask("POST", path, body, **asked)

    def put(self, path: str, body: Any = None, **asked: Any) -> TestResponse:
        return self.ask("PUT", path, body, **asked)

    def patch(self, path: str, body: Any = None, **asked: Any) -> TestResponse:
        return self.ask("PATCH", path, body, **asked)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **asked: Any
    ) -> TestResponse:
        target = path if path.startswith("/api") else f"/api/v1{path}"
        sent = asked if body is None else {"json": body, **asked}
        response = self._client.open(target, method=method, headers={**self.headers, **(headers or {})}, **sent)
        assert response.mimetype in (JSON, (headers or {}).get("Accept"))
        assert response.headers["Cache-Control"] == "no-store"
        if not target.startswith("/api/openapi"):
            expect_described(method, target.partition("?")[0], response)
        return response

    def hear(self, path: str, headers: dict[str, str]) -> TestResponse:
        """What is no JSON, unless it is refused."""
        response = self._client.get(f"/api/v1{path}", headers={**self.headers, **headers})
        if response.status_code >= 400:
            expect_described("GET", f"/api/v1{path}", response)
        return response


def expect_described(method: str, path: str, response: TestResponse) -> None:
    """The answer is one that the description promises; where it knows no such address, it is a refusal."""
    operation = next((known for pattern, known in _operations(method) if pattern.fullmatch(path)), None)
    if operation is None:
        schema: dict[str, Any] = {"$ref": "#/components/schemas/Error"}
    else:
        described = operation["responses"].get(str(response.status_code))
        assert described is not None, f"{method} {path} does not say that it may answer {response.status_code}"
        schema = _resolved(described)["content"][response.mimetype]["schema"]
    if response.mimetype != JSON:
        return
    faults = [fault.message for fault in validator(schema).iter_errors(response.json)]
    assert faults == []
    if operation is not None and response.status_code >= 400:
        assert response.json["error"]["code"] in _resolved(described)["content"][JSON]["examples"]


def validator(schema: dict[str, Any]) -> Any:
    """Formats count, and references lead into the description."""
    kind = validator_for({}, default=Draft202012Validator)
    return kind({**schema, "components": description()["components"]}, format_checker=kind.FORMAT_CHECKER)


@cache
def description() -> dict[str, Any]:
    return document()


@cache
def _operations(method: str) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operations[method.lower()])
        for path, operations in description()["paths"].items()
        if method.lower() in operations
    ]


def _resolved(described: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in described:
        return described
    found: dict[str, Any] = description()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    return found
