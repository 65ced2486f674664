"""`/api/openapi.json` is true and complete: routes, schemas, refusals, scopes, examples."""

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from sami.domain.access.scopes import Scope
from tests.webhooks.api.program import JSON, Program, description, validator
from webhooks.api.links import LINKS
from webhooks.api.operations import OPERATIONS

DESCRIBED = [
    pytest.param(path, method, operation, id=f"{method} {path}")
    for path, operations in description()["paths"].items()
    for method, operation in operations.items()
]


def test_it_is_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1.")
    assert [fault.message for fault in OpenAPIV31SpecValidator(description()).iter_errors()] == []


def test_anybody_may_read_it(nobody: Program) -> None:
    answer = nobody.get("/api/openapi.json")
    assert (answer.status_code, answer.json) == (200, description())


def test_every_route_of_the_api_stands_in_it(app: Flask) -> None:
    routes = {
        (re.sub(r"<[^>]*:(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert routes == {(path, method) for path, methods in description()["paths"].items() for method in methods}


@pytest.mark.parametrize(("path", "method", "operation"), DESCRIBED)
def test_an_operation_says_all_there_is_to_know(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    [needed] = operation["security"]
    assert set(needed["key"]) <= set(Scope)
    assert f"`{needed['key'][0]}`" in operation["description"]
    assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
    named = set(re.findall(r"\{(\w+)\}", path))
    assert named == {known["name"] for known in operation["parameters"] if known["in"] == "path"}
    if "requestBody" in operation:
        assert {"400", "413", "415"} <= set(operation["responses"])


@pytest.mark.parametrize(("path", "method", "operation"), DESCRIBED)
def test_every_example_is_one_of_its_schema(path: str, method: str, operation: dict[str, Any]) -> None:
    contents = [answer["content"][JSON] for answer in _answers(operation) if JSON in answer.get("content", ())]
    if "requestBody" in operation:
        contents.append(operation["requestBody"]["content"][JSON])
    for content in contents:
        examples = [content["example"]] if "example" in content else []
        examples += [example["value"] for example in content.get("examples", {}).values()]
        assert examples
        for example in examples:
            assert [fault.message for fault in validator(content["schema"]).iter_errors(example)] == []


def test_each_link_leads_to_an_operation_by_parameters_that_it_has() -> None:
    by_name = {operation["operationId"]: operation for *_, operation in (each.values for each in DESCRIBED)}
    linked = [
        (name, link)
        for operation in by_name.values()
        for answer in operation["responses"].values()
        for name, link in answer.get("links", {}).items()
    ]
    assert linked
    for name, link in linked:
        assert link["operationId"] == name
        known = {parameter["name"] for parameter in by_name[name]["parameters"]}
        assert set(link["parameters"]) <= known, name
    assert set(LINKS) <= set(by_name)


def test_what_must_be_asked_is_told_apart_from_what_may_be() -> None:
    asked = description()["paths"]["/api/v1/policy/diff"]["get"]["parameters"]
    assert {known["name"]: known["required"] for known in asked} == {"a": True, "b": True}
    asked = description()["paths"]["/api/v1/tasks"]["get"]["parameters"]
    assert {known["required"] for known in asked} == {False}


def test_every_named_schema_is_closed_and_said_in_words() -> None:
    for name, schema in description()["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False, name
        assert schema.get("description") or "enum" in schema, name


def test_the_names_that_others_depend_on_are_there() -> None:
    """As the table of names has them."""
    schemas = description()["components"]["schemas"]
    for name, fields in NAMES.items():
        assert fields <= set(schemas[name]["properties"]), name
    assert {op.name for op in OPERATIONS} >= {"hand_in_lead", "give_lead", "read_call", "list_tasks", "replay_decision"}


NAMES = {
    "NewLead": {
        *("name", "phone", "email", "source", "source_id", "type", "product", "segment", "tags", "city", "zip"),
        *("state", "country", "price", "timeframe", "attributes"),
    },
    "ReceivedLead": {"id", "created", "owner", "unowned_reason", "stage", "decision"},
    "Lead": {"owner", "stage", "sla", "cadences", "consent", "do_not_contact_until"},
    "NewOwner": {"agent", "reason", "notify"},
    "OwnerChange": {"from", "to", "why", "who", "at"},
    "Call": {
        *("state", "outcome", "lead", "attempts", "skipped", "wait_s", "time_to_person_s", "decisions"),
    },
    "Attempt": {
        *("agent", "phone", "ended", "offered_at", "ringing_at", "picked_up_at", "accepted_at", "joined_at"),
        "ended_at",
    },
    "Skip": {"agent", "gate", "detail"},
    "Task": {"id", "title", "owner", "due_at", "state", "lead", "call"},
    "Agent": {"calls", "leads", "inside_hours", "reserved", "next_shift_at"},
    "Calls": {"on", "until", "reason"},
    "Decision": {"kind", "policy_version", "facts", "trace", "chosen"},
    "Finding": {"subject", "passed", "reason", "detail"},
}


def _answers(operation: dict[str, Any]) -> list[dict[str, Any]]:
    known = description()["components"]["responses"]
    return [known[a["$ref"].rpartition("/")[2]] if "$ref" in a else a for a in operation["responses"].values()]
