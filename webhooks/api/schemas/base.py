"""What every schema of the API shares: closed to unknown names, plain text, and instants in UTC."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sami.domain.language.instants import rfc3339
from webhooks.api.reading import INSTANT_RIGHT, PLAIN, WRONG

PLAIN_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
ROW_ID_MAX = 2**31 - 1
WHOLE_MAX = 2**53 - 1  # More than this and a JSON reader elsewhere rounds it.

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Document(BaseModel):
    """Something the API answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Request(BaseModel):
    """Something the API is told, in JSON: "1" is no number and 1 no text. What was sent never stands in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, strict=True, hide_input_in_errors=True)


class Query(BaseModel):
    """What stands after the question mark, where everything is text."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True)


def given(name: str) -> dict[str, Any]:
    """What JSON Schema says of a field that is there and not null."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _or_nothing(text: str) -> str | None:
    """Programs that know no null send an empty text."""
    return text.strip() or None


def _with_a_date(value: object) -> object:
    """Not a bare number, which would be read as seconds since 1970."""
    if isinstance(value, str) and _DATE.match(value):
        return value
    raise PydanticCustomError(WRONG, "is not an instant", {"right": INSTANT_RIGHT})


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a text that must be one of these names, of which the schema tells. `wrong` is read after the field."""

    names: tuple[str, ...]
    wrong: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.names)}

    def _known(self, written: str) -> str:
        if written in self.names:
            return written
        raise PydanticCustomError(
            WRONG, "{wrong}", {"wrong": self.wrong, "right": f"write one of {', '.join(self.names)}"}
        )


Instant = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Moment = Annotated[
    AwareDatetime, Strict(False), BeforeValidator(_with_a_date), Field(examples=["2026-11-16T16:00:00Z"])
]
Line100 = Annotated[str, Field(max_length=100, pattern=PLAIN), AfterValidator(_or_nothing)]
Line200 = Annotated[str, Field(max_length=200, pattern=PLAIN), AfterValidator(_or_nothing)]
RowId = Annotated[int, Field(ge=1, le=ROW_ID_MAX)]
