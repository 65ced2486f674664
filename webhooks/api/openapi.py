"""`/api/openapi.json`: the API described for programs, made from the operations themselves."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from sami.domain.access.scopes import SCOPES_EXPLAINED
from sami.errors import SamiError
from webhooks.api.door import PREFIX, api
from webhooks.api.examples import example_of
from webhooks.api.links import links_of
from webhooks.api.operations import OPERATIONS, Operation, Refusals
from webhooks.api.reading import PLAIN
from webhooks.api.schemas.base import ROW_ID_MAX
from webhooks.api.schemas.errors import Error

Json = dict[str, Any]

_PARAMETER = re.compile(r"<(?P<kind>int|string):(?P<name>\w+)>")
_SCHEMAS = "#/components/schemas/"
_ABOUT = """\
Every request carries a key made with `sami api-key create`, as `Authorization: Bearer sami_...`; what it may do are its
scopes, and each operation names the one it needs. Bodies are JSON. Instants are RFC 3339, answered in UTC. Lists come
in pages whose `Link` header leads to the next. Whatever is refused has one shape, `Error`, whose `code` is stable.
"""


@api.get("/api/openapi.json")
def openapi() -> Response:
    return Response(_encoded(), mimetype="application/json")


@cache
def _encoded() -> str:
    return json.dumps(document(), ensure_ascii=False)


def document() -> Json:
    """The whole description, OpenAPI 3.1."""
    schemas = _schemas()
    responses: Json = {}
    paths: dict[str, Json] = {}
    for operation in sorted(OPERATIONS, key=lambda known: known.path):
        path = PREFIX + _PARAMETER.sub(r"{\g<name>}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas, responses)
    return {
        "openapi": "3.1.0",
        "info": {"title": "SAMI", "version": version("sami"), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _scopes()}},
        },
    }


def _scopes() -> str:
    return f"Scopes: {'; '.join(f'`{scope}` {meaning}' for scope, meaning in SCOPES_EXPLAINED.items())}."


def _schemas() -> Json:
    models: dict[type[BaseModel], JsonSchemaMode] = {Error: "serialization"}
    for operation in OPERATIONS:
        models |= dict.fromkeys(operation.answers.values(), "serialization")
        if operation.body is not None:
            models[operation.body] = "validation"
    _, definitions = models_json_schema(list(models.items()), ref_template=f"{_SCHEMAS}{{model}}")
    return {name: _closed(schema) for name, schema in definitions["$defs"].items()}


def _closed(schema: Any) -> Any:
    """Names that fit no pattern are refused."""
    match schema:
        case dict():
            closed = {name: _closed(inner) for name, inner in schema.items()}
            return {"additionalProperties": False, **closed} if "patternProperties" in closed else closed
        case list():
            return [_closed(inner) for inner in schema]
    return schema


def _operation(operation: Operation, schemas: Json, responses: Json) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": " ".join(filter(None, (operation.description, f"Needs the scope `{operation.scope}`."))),
        "security": [{"key": [operation.scope.value]}],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": {
            **{str(status): _answer(operation, status, schemas) for status in operation.answers},
            **_streams(operation),
            **({"304": {"description": "It is as you have it."}} if operation.may_be_unchanged else {}),
            **_refusals(operation, responses),
        },
    }
    if operation.body is not None:
        schema = _reference(operation.body)
        content = {"application/json": {"schema": schema, "example": example_of(schema, schemas)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path_parameters(operation: Operation) -> Iterator[Json]:
    for found in _PARAMETER.finditer(operation.path):
        is_number = found["kind"] == "int"
        schema = {"type": "integer", "minimum": 1, "maximum": ROW_ID_MAX} if is_number else {"type": "string"}
        yield {"name": found["name"], "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterator[Json]:
    if operation.query is None:
        return
    described = operation.query.model_json_schema()
    for name, schema in described["properties"].items():
        is_required = name in described.get("required", ())
        plain = _plain(_without_null(schema, described))
        yield {"name": name, "in": "query", "required": is_required, "schema": plain}


def _plain(schema: Json) -> Json:
    """No control character gets past the door, whatever else a text may hold."""
    is_free = schema.get("type") == "string" and not {"enum", "format", "pattern", "const"} & set(schema)
    return {**schema, "pattern": PLAIN} if is_free else schema


def _without_null(schema: Json, described: Json) -> Json:
    """A query has no null: what is left out is left out. What it refers to stands in the query's own description."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    stated = {name: value for name, value in schema.items() if name != "anyOf" and value is not None}
    named = {**stated, **kinds[0]} if kinds else stated
    reference = named.pop("$ref", None)
    return named if reference is None else {**described["$defs"][reference.rpartition("/")[2]], **named}


def _header_parameters(operation: Operation) -> Iterator[Json]:
    for name, meaning in operation.takes.items():
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        yield {"name": name, "in": "header", "required": False, "description": meaning, "schema": schema}


def _answer(operation: Operation, status: int, schemas: Json) -> Json:
    one = _reference(operation.answers[status])
    several = {"type": "array", "items": one}
    schema = {"anyOf": [one, several]} if operation.one_or_several else several if operation.several else one
    also = {media: {"schema": {"type": "string", "description": said}} for media, said in operation.also.items()}
    return {
        "description": schemas[operation.answers[status].__name__].get("description", ""),
        "content": {"application/json": {"schema": schema, "example": example_of(schema, schemas)}, **also},
        **_headers(operation),
        **_links(operation),
    }


def _links(operation: Operation) -> Json:
    links = links_of(operation.name)
    return {"links": links} if links else {}


def _streams(operation: Operation) -> Json:
    if operation.streams is None:
        return {}
    content = {operation.streams: {"schema": {"type": "string", "contentMediaType": operation.streams}}}
    told = {"200": "All of it.", "206": "The range that was asked for."}
    return {status: {"description": said, "content": content, **_headers(operation)} for status, said in told.items()}


def _headers(operation: Operation) -> Json:
    if not operation.gives:
        return {}
    told = {name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in operation.gives.items()}
    return {"headers": told}


def _refusals(operation: Operation, responses: Json) -> Json:
    by_status: dict[int, list[type[SamiError]]] = {}
    for kind in operation.refusals:
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _refused(status, tuple(kinds), responses) for status, kinds in sorted(by_status.items())}


def _refused(status: int, kinds: Refusals, responses: Json) -> Json:
    """Kept once under a name of its own, because most operations share it."""
    name = f"{status}-{'-'.join(kind.code for kind in kinds)}"
    if name not in responses:
        told = {kind.code: " ".join((kind.__doc__ or "").split()) for kind in kinds}
        responses[name] = {
            "description": " ".join(f"`{code}`: {sentence}" for code, sentence in told.items()),
            "content": {
                "application/json": {
                    "schema": _reference(Error),
                    "examples": {code: {"value": _error(code, said)} for code, said in told.items()},
                }
            },
        }
    return {"$ref": f"#/components/responses/{name}"}


def _error(code: str, message: str) -> Mapping[str, Any]:
    return {"error": {"code": code, "message": message, "fields": []}}


def _reference(model: type[BaseModel]) -> Json:
    return {"$ref": f"{_SCHEMAS}{model.__name__}"}
