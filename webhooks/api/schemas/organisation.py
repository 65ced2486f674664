"""The rows of the organisation's file as JSON: their schemas are made from the values that the file is read into.

What JSON can say of a value beyond its type stands here by its name; the checks of `sami apply` say the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar

from pydantic import ConfigDict, GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from sami.documents.checks.bots import CHOICES_MAX, MAX_RING_MAX, MAX_WAIT_MAX_S, MAX_WAIT_MIN_S
from sami.documents.checks.names import KEYED_BY, ROW_TYPES
from sami.documents.checks.people import WRAP_UP_MAX_S
from sami.domain.organisation.document import RING_TIMEOUT_MAX_S, RING_TIMEOUT_MIN_S
from webhooks.api.schemas.inlined import Json, schema_of

KEY = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
PHONE = r"^\+[1-9][0-9]{6,14}$"
_STATE = r"^[A-Z]{2}$"
_PLAIN = r"^[^\x00-\x08\x0b-\x1f]*$"
_SAID = r"^[^\x00-\x08\x0b-\x1f]*[^\s\x00-\x1f][^\x00-\x08\x0b-\x1f]*$"
_SENTENCES = ("name", "say", "ask", "tag", "title", "message", "voice", "language", "skill")
_LIMITS: Mapping[str, Json] = {
    "key": {"pattern": KEY},
    "phone": {"pattern": PHONE},
    "number": {"pattern": PHONE},
    "prefix": {"pattern": r"^\+[1-9][0-9]{5,14}$"},
    "country": {"pattern": _STATE},
    "email": {"pattern": r"^[^@\s]+@[^@\s]+$"},
    "digits": {"pattern": r"^[1-9*]$"},
    "attribute": {"pattern": r"^[a-z][a-z0-9_]{0,63}$"},
    **{name: {"pattern": _SAID} for name in _SENTENCES},
    "ring_timeout": {"minimum": RING_TIMEOUT_MIN_S, "maximum": RING_TIMEOUT_MAX_S},
    "max_wait": {"minimum": MAX_WAIT_MIN_S, "maximum": MAX_WAIT_MAX_S},
    "max_ring": {"minimum": 1, "maximum": MAX_RING_MAX},
    "overlap": {"minimum": 0, "maximum": RING_TIMEOUT_MAX_S},
    "wrap_up": {"minimum": 0, "maximum": WRAP_UP_MAX_S},
    **{name: {"minimum": 1} for name in ("open_leads", "leads_per_day", "leads_per_hour")},
}
_NESTED_LIMITS: Mapping[str, Json] = {
    "licences": {"items": {"type": "string", "pattern": _STATE}, "uniqueItems": True},
    "choices": {"maxItems": CHOICES_MAX},
    "members": {"uniqueItems": True},
    "by": {"minItems": 1},
}
_MAY_BE_EMPTY = frozenset({"FallbackNumber"})

EXAMPLES: Mapping[str, Json] = {
    "organisation": {"name": "Harbor Homes", "country": "US", "time_zone": "America/Chicago"},
    "agents": {"key": "ana", "name": "Ana Ruiz", "phone": "+15125550101", "hours": "Mo-Fr 09:00-18:00"},
    "teams": {"key": "buyers", "name": "Buyers", "members": ["ana", "ben"]},
    "lines": {"phone": "+15125550100", "name": "Website", "bot": "main"},
    "bots": {"key": "main", "greeting": "Thanks for calling.", "fallback": [{"phone": "+15125550190"}]},
    "blocked": {"phone": "+15125550666", "why": "sells roofs"},
    "cadences": {
        "key": "ten-day",
        "name": "Ten days",
        "steps": [{"do": "text_lead", "say": "Hi {lead.first_name}."}, {"do": "wait", "for": "1 day"}],
    },
    "workflows": {"key": "intake", "on": "lead_received", "actions": [{"do": "assign_by_policy"}]},
}


@cache
def _row_schema(table: str) -> Json:
    return schema_of(ROW_TYPES[table], _limited)


def _limited(schema: Json, name: str, within: tuple[str, ...]) -> Json:
    match schema.get("type"):
        case "string" if "enum" not in schema and "format" not in schema:
            may_be_empty = within[-1:] and within[-1] in _MAY_BE_EMPTY
            limits = {"pattern": _PLAIN} if may_be_empty and name == "name" else _LIMITS.get(name, {"pattern": _PLAIN})
            return {**schema, **limits}
        case "integer":
            return {**schema, **_LIMITS.get(name, {})}
        case "array":
            return {**schema, **_NESTED_LIMITS.get(name, {})}
    return schema


def _patch_of(schema: Json) -> Json:
    """What may be merged into it (RFC 7396): any of its keys, null for one that is to go."""
    made = {key: value for key, value in schema.items() if key not in ("required", "examples", "description")}
    if "properties" in schema:
        made["properties"] = {name: _or_null(_patch_of(inner)) for name, inner in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _or_null(_patch_of(schema["additionalProperties"]))
    return made


def _or_null(schema: Json) -> Json:
    kinds = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    return {"anyOf": kinds if {"type": "null"} in kinds else [*kinds, {"type": "null"}]}


class FileRow(RootModel[dict[str, Any]]):
    """Read as it comes: the checks of the file tell all that is wrong at once, as `sami apply` does."""

    model_config = ConfigDict(hide_input_in_errors=True)
    schema_of: ClassVar[Callable[[], Json]]
    example: ClassVar[Json]

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        """Made when the description is asked for, which most processes never are."""
        return {**cls.schema_of(), "description": cls.__doc__ or "", "examples": [cls.example]}


def _model(name: str, sentence: str, schema_of: Callable[[], Json], example: Json) -> type[FileRow]:
    said = {"__doc__": sentence, "schema_of": staticmethod(schema_of), "example": example, "__module__": __name__}
    return type(name, (FileRow,), said)


def _row_put(table: str) -> Json:
    """Its key stands in the address, and need not be said twice."""
    (field,), schema = KEYED_BY[table], _row_schema(table)
    return {**schema, "required": [name for name in schema.get("required", ()) if name != field]}


def _row_patch(table: str) -> Json:
    return _patch_of(_row_schema(table))


def _whole() -> Json:
    tables: Json = {
        table: {"type": "array", "items": _row_schema(table)} for table in ROW_TYPES if table != "organisation"
    }
    properties = {"organisation": _row_schema("organisation"), **tables}
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": ["organisation"]}


@dataclass(frozen=True, slots=True)
class TableModels:
    """A row as it is answered, as it is put, and what may be merged into one."""

    row: type[FileRow]
    put: type[FileRow]
    patch: type[FileRow]


def _of_table(table: str) -> TableModels:
    name = f"Organisation{table.removesuffix('s').capitalize()}"
    (field,), example = KEYED_BY[table], EXAMPLES[table]
    keyless = {key: value for key, value in example.items() if key != field}
    some = dict(list(keyless.items())[:1])
    return TableModels(
        _model(name, f"A row of [[{table}]] in the organisation's file.", partial(_row_schema, table), example),
        _model(f"{name}Row", f"A row of [[{table}]]; its {field} may be left out.", partial(_row_put, table), keyless),
        _model(f"{name}Patch", "What is merged into the row; null takes a key away.", partial(_row_patch, table), some),
    )


TABLE_MODELS: Mapping[str, TableModels] = {
    table: _of_table(table) for table in ROW_TYPES if table not in ("organisation", "blocked")
}

OrganisationDocument = _model(
    "OrganisationDocument",
    "The organisation's file as JSON; the policy has addresses of its own.",
    _whole,
    {
        "organisation": EXAMPLES["organisation"],
        "agents": [EXAMPLES["agents"]],
        "lines": [EXAMPLES["lines"]],
        "bots": [EXAMPLES["bots"]],
    },
)
OrganisationPatch = _model(
    "OrganisationPatch",
    "What is merged into the document; a list that is given is the whole list.",
    lambda: _patch_of(_whole()),
    {"organisation": {"wrap_up": 20}},
)
