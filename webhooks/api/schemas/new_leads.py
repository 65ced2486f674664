"""A lead as it is handed in: every field strict, and what a field may hold at most."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sami.documents.lead_schema import TypeOf, with_lead_fields
from sami.domain.language.names import is_placeholder
from sami.domain.leads.fields import LINE_LENGTH_MAX, Kind
from sami.domain.leads.written_values import PRICE, TAG_LENGTH_MAX, Wrong, read_price, read_tags
from webhooks.api.reading import PLAIN, WRONG
from webhooks.api.schemas.base import PLAIN_LINES, WHOLE_MAX, Line100, Line200, Request, given

ATTRIBUTES_MAX = 100
ATTRIBUTE_LENGTH_MAX = 2000
TAGS_MAX = 50
PRICE_MAX = 10**15

T = TypeVar("T")

_EMAIL = re.compile(r"^\s*[^@\s]+@[^@\s]+\s*$")
_PLAIN = re.compile(PLAIN)
_PLAIN_LINES = re.compile(PLAIN_LINES)
_SCALAR_OR_TEXTS = "write a text, a number, true, false or a list of texts"


def _attribute(value: Any) -> Any:
    """A scalar or a list of texts: what a rule can be asked about."""
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= WHOLE_MAX:
            return value
        case float() if math.isfinite(value):
            return value
        case str():
            return _attribute_text(value)
        case list() if len(value) <= TAGS_MAX and all(isinstance(item, str) for item in value):
            return [_attribute_text(item) for item in value]
    raise PydanticCustomError(WRONG, "cannot be kept", {"right": _SCALAR_OR_TEXTS})


def _attribute_text(text: str) -> str:
    if len(text) > ATTRIBUTE_LENGTH_MAX:
        right = f"write at most {ATTRIBUTE_LENGTH_MAX} characters"
        raise PydanticCustomError(WRONG, "is too long", {"right": right})
    if not _PLAIN_LINES.fullmatch(text):
        raise PydanticCustomError(WRONG, "holds a control character", {"right": "write plain text"})
    return text


def _tags(value: Any) -> tuple[str, ...] | None:
    """A list, or one text with commas, as tables and other doors write it."""
    if value is None or isinstance(value, str):
        return _or_refused(read_tags("tags", _plain(value))) if value and value.strip() else None
    if not isinstance(value, list):
        raise PydanticCustomError(WRONG, "is not a list", {"right": "put it in square brackets, for example [...]"})
    if len(value) > TAGS_MAX:
        raise PydanticCustomError(WRONG, "are too many", {"right": f"write at most {TAGS_MAX}"})
    return tuple(_tag(tag) for tag in value)


def _tag(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= TAG_LENGTH_MAX:
        right = f"write texts of 1 to {TAG_LENGTH_MAX} characters"
        raise PydanticCustomError(WRONG, "hold something that is no tag", {"right": right})
    return _plain(value)


def _price(value: Any) -> int | None:
    """A whole number, or a text that means one: $350,000."""
    match value:
        case None:
            return None
        case str():
            written = value.strip()
            return None if not written or is_placeholder(written) else _or_refused(read_price("price", written))
        case float() if value.is_integer():
            value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        right = "write digits without quotes, for example 250000"
        raise PydanticCustomError(WRONG, "is not a whole number", {"right": right})
    if not 0 <= value <= PRICE_MAX:
        right = f"write a number from 0 to {PRICE_MAX}"
        raise PydanticCustomError(WRONG, "is out of range", {"right": right})
    return value


def _plain(text: str) -> str:
    if not _PLAIN.fullmatch(text):
        raise PydanticCustomError(WRONG, "holds a control character", {"right": "write plain text"})
    return text


def _or_refused(read: T | Wrong) -> T:
    if isinstance(read, Wrong):
        raise PydanticCustomError(WRONG, "{wrong}", {"wrong": read.wrong, "right": read.right})
    return read


_TEXT_SCHEMA = {"type": "string", "maxLength": ATTRIBUTE_LENGTH_MAX, "pattern": PLAIN_LINES}
_ATTRIBUTE_SCHEMA = {
    "anyOf": [
        _TEXT_SCHEMA,
        {"type": "integer", "minimum": -WHOLE_MAX, "maximum": WHOLE_MAX},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "array", "items": _TEXT_SCHEMA, "maxItems": TAGS_MAX},
        {"type": "null"},
    ]
}

_TAGS_SCHEMA = {
    "anyOf": [
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": TAG_LENGTH_MAX, "pattern": PLAIN},
            "maxItems": TAGS_MAX,
        },
        {"type": "string", "maxLength": TAG_LENGTH_MAX, "pattern": PLAIN},
        {"type": "null"},
    ]
}
_PRICE_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": PRICE_MAX},
        {"type": "string", "pattern": PRICE},
        {"type": "null"},
    ]
}

AttributeName = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]
Attribute = Annotated[Any, AfterValidator(_attribute), WithJsonSchema(_ATTRIBUTE_SCHEMA)]
Attributes = Annotated[dict[AttributeName, Attribute], Field(max_length=ATTRIBUTES_MAX)]
Tags = Annotated[Any, AfterValidator(_tags), WithJsonSchema(_TAGS_SCHEMA)]
Price = Annotated[
    Any,
    AfterValidator(_price),
    WithJsonSchema(_PRICE_SCHEMA),
    Field(description="In whole units of the organisation's currency.", examples=[450000]),
]


def _address(email: str | None) -> str | None:
    if email is not None and not _EMAIL.fullmatch(email):
        right = "write it like lee@example.com"
        raise PydanticCustomError(WRONG, "is not an e-mail address", {"right": right})
    return email


Phone = Annotated[
    Line100 | None,
    Field(description="In any writing; one without a country code is read as of the organisation's country."),
]
Email = Annotated[
    Line200 | None,
    AfterValidator(_address),
    Field(examples=["lee@example.com"], json_schema_extra={"pattern": _EMAIL.pattern}),
]


WRITTEN: Mapping[Kind, TypeOf] = {
    Kind.LINE: lambda line: (Line200 if line.length > LINE_LENGTH_MAX else Line100) | None,
    Kind.TAGS: lambda _: Tags,
    Kind.PRICE: lambda _: Price,
}
"""How a request writes what a lead says of itself."""


@with_lead_fields(WRITTEN, default=None)
class NewLead(Request):
    """A person who may become a customer. At least one of phone and email; everything else may be left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [given("phone"), given("email")],
            "examples": [
                {
                    "name": "Lee Ortiz",
                    "phone": "+15125550142",
                    "email": "lee@example.com",
                    "source": "zillow",
                    "source_id": "z-4711",
                    "type": "buyer",
                    "tags": ["first-home"],
                    "city": "Austin",
                    "zip": "78704",
                    "state": "TX",
                    "country": "US",
                    "price": 450000,
                    "timeframe": "now",
                    "language": "es",
                    "attributes": {"bedrooms": 3},
                }
            ],
        }
    )

    phone: Phone = None
    email: Email = None
    attributes: Attributes | None = None

    @model_validator(mode="after")
    def _reachable(self) -> "NewLead":
        if self.phone is None and self.email is None:
            given = {"field": "phone", "right": "send a phone, an email or both"}
            raise PydanticCustomError(WRONG, "is missing, and so is email: nobody could reach this lead", given)
        return self
