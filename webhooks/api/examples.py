"""An example of a schema, from the examples and defaults that stand in it."""

from typing import Any

Json = dict[str, Any]

_OF_TYPE: dict[str, Any] = {"string": "", "integer": 1, "number": 1.0, "boolean": True, "null": None}
_INSTANT = "2026-11-16T16:00:00.000Z"


def example_of(schema: Json, schemas: Json) -> Any:
    """`schemas` are the named ones that a reference may lead to."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for stated in ("examples", "enum"):
        if schema.get(stated):
            return schema[stated][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return example_of({**schema["anyOf"][0]}, schemas)
    if schema.get("format") == "date-time":
        return _INSTANT
    match schema.get("type"):
        case "object":
            inner = schema.get("properties", {})
            return {name: example_of(kind, schemas) for name, kind in inner.items()}
        case "array":
            return [example_of(schema["items"], schemas)] if "items" in schema else []
        case kind:
            return _OF_TYPE.get(kind or "string", "")
