"""The JSON Schema of a table of an admin's file, made from the value that it is read into, without references."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

Json = dict[str, Any]
Limit = Callable[[Json, str, tuple[str, ...]], Json]
"""Adds to a schema what is known of the field of this name within these kinds of tables."""

_ALONE_OR_LISTED = "stage"


def schema_of(kind: type[Any], limit: Limit = lambda schema, name, within: schema) -> Json:
    schema = TypeAdapter(kind).json_schema(by_alias=True)
    return _Inlining(schema.get("$defs", {}), limit).of(schema)


class _Inlining:
    """An action within an action within one is only an object."""

    def __init__(self, defs: Json, limit: Limit) -> None:
        self._defs, self._limit = defs, limit

    def of(self, schema: Json, name: str = "", within: tuple[str, ...] = ()) -> Json:
        if "$ref" in schema:
            kind = schema["$ref"].rpartition("/")[2]
            if within.count(kind) > 1:
                return {"type": "object"}
            return self.of(self._defs[kind], name, (*within, kind))
        made: Json = {}
        for key, value in schema.items():
            match key:
                case "title" | "default" | "$defs":
                    continue
                case "properties":
                    made[key] = {each: self._property(each, inner, within) for each, inner in value.items()}
                case "items" | "additionalProperties" | "propertyNames" if isinstance(value, dict):
                    made[key] = self.of(value, "", within)
                case "anyOf":
                    made[key] = [self.of(each, name, within) for each in value]
                case _:
                    made[key] = value
        return self._limit(made, name, within)

    def _property(self, name: str, schema: Json, within: tuple[str, ...]) -> Json:
        made = self.of(schema, name, within)
        if name == _ALONE_OR_LISTED and made.get("type") == "array":
            return {"anyOf": [made, made["items"]]}
        return made
