"""What every schema of the API shares: closed to unknown names, plain text, and instants in UTC."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

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


def _or_nothing(text: str) -> str | None:
    """Programs that know no null send an empty text."""
    return text.strip() or None


def _with_a_date(value: object) -> object:
    """Not a bare number, which would be read as seconds since 1970."""
    if isinstance(value, str) and _DATE.match(value):
        return value
    raise PydanticCustomError(WRONG, "is not an instant", {"right": INSTANT_RIGHT})


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
