"""What a request says, read strictly: every fault at once, each naming its field and what would be right."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from webhooks.api.refusals import FieldFault, InvalidFields, InvalidJson, NotJson
from webhooks.server.screen import API_BODY_MAX_BYTES

WRONG = "wrong"
"""The type of an error that one of our own validators words itself, with `right` beside it."""

INSTANT_RIGHT = "write it with its zone, for example 2026-11-16T16:00:00Z"

PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"

Model = TypeVar("Model", bound=BaseModel)

_PLAIN = re.compile(PLAIN)
# U+FFFE and U+FFFF as they are, or escaped behind an even number of backslashes: a schema tells of other controls by
# field, but these two look like nothing, and no document can hold them (S26).
_IN_NO_DOCUMENT = re.compile(rb"\xef\xbf[\xbe\xbf]|(?<!\\)((?:\\\\)*)\\u[fF]{3}[eEfF]")
_WORDS = {
    "missing": ("is missing", "send it"),
    "string_type": ("is not text", "put it in quotes"),
    "int_type": ("is not a whole number", "write digits without quotes, for example 250000"),
    "int_from_float": ("is not a whole number", "write digits without quotes, for example 250000"),
    "int_parsing": ("is not a whole number", "write digits, for example 12"),
    "int_parsing_size": ("is too large", "write a smaller number"),
    "bool_type": ("is neither true nor false", "write true or false without quotes"),
    "tuple_type": ("is not a list", "put it in square brackets, for example [...]"),
    "list_type": ("is not a list", "put it in square brackets, for example [...]"),
    "dict_type": ("is not an object", 'put it in braces, for example {"budget": "high"}'),
    "model_type": ("is not an object", 'put it in braces, for example {"name": "Lee"}'),
    "string_pattern_mismatch": ("holds a control character", "write plain text"),
    "timezone_aware": ("is not an instant", INSTANT_RIGHT),
    "datetime_type": ("is not an instant", INSTANT_RIGHT),
    "datetime_from_date_parsing": ("is not an instant", INSTANT_RIGHT),
    "datetime_parsing": ("is not an instant", INSTANT_RIGHT),
}


def read_body(request: Request, model: type[Model]) -> Model:
    """Raises NotJson, InvalidJson or InvalidFields."""
    request.max_content_length = API_BODY_MAX_BYTES
    if request.mimetype != "application/json":
        raise NotJson
    try:
        return model.model_validate_json(_without_noncharacters(request.get_data(cache=False)))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise _refusal(details, model) from None  # The cause would hold what was sent.


def _without_noncharacters(body: bytes) -> bytes:
    """Before any field is looked at: a note of nothing else is empty, and the same request again says the same."""
    return _IN_NO_DOCUMENT.sub(lambda found: found[1] or b"", body)


def refuse_body(request: Request) -> None:
    """For what is asked without a body; an empty object is nothing too."""
    request.max_content_length = API_BODY_MAX_BYTES
    if request.get_data(cache=False).strip() not in (b"", b"{}"):
        raise InvalidFields(FieldFault("", "a body is not expected", "send none"))


def read_query(request: Request, model: type[Model] | None) -> Model | None:
    """What stands after the question mark. An empty value is none."""
    given = {name: values for name, values in request.args.lists() if values != [""]}
    unusable = tuple(_unusable(given))
    if unusable:
        raise InvalidFields(*unusable)
    values = {name: values[0] for name, values in given.items()}
    if model is None:
        if values:
            raise InvalidFields(*(FieldFault(name, "is not known here", "leave it out") for name in values))
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False), model) from None


def _unusable(given: Mapping[str, list[str]]) -> Iterator[FieldFault]:
    for name, values in given.items():
        if len(values) > 1:
            yield FieldFault(name, "is given twice", "give it once")
        elif not _PLAIN.fullmatch(values[0]):
            yield FieldFault(name, *_WORDS["string_pattern_mismatch"])


def _refusal(details: list[ErrorDetails], model: type[BaseModel]) -> InvalidJson | InvalidFields:
    if details[0]["type"] == "json_invalid":
        return InvalidJson(f"It breaks off: {details[0]['ctx']['error']}.")
    return InvalidFields(*_faults(details, model))


def _faults(details: list[ErrorDetails], model: type[BaseModel]) -> Iterator[FieldFault]:
    for detail in details:
        field = _written(detail["loc"])
        kind, given = detail["type"], detail.get("ctx", {})
        if kind == WRONG:
            yield FieldFault(str(given.get("field", field)), detail["msg"], str(given["right"]))
        elif kind == "extra_forbidden":
            yield FieldFault(field, "is not a known field", _nearest(field, model))
        else:
            yield FieldFault(field, *_words(kind, given))


def _words(kind: str, given: dict[str, Any]) -> tuple[str, str]:
    match kind:
        case "string_too_long":
            return "is too long", f"write at most {given['max_length']} characters"
        case "string_too_short":
            return "is empty", "write something or leave it out"
        case "too_long":
            return "holds too many", f"send at most {given['max_length']}"
        case "greater_than_equal":
            return "is too small", f"write at least {given['ge']}"
        case "less_than_equal":
            return "is too large", f"write at most {given['le']}"
        case "enum" | "literal_error":
            return "is not known", f"write one of {given['expected']}"
        case _:
            return _WORDS.get(kind, ("cannot be read", "see /api/openapi.json"))


def _written(path: tuple[int | str, ...]) -> str:
    """The path as people read it, lists counted from one: `tags[2]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text


def _nearest(field: str, model: type[BaseModel]) -> str:
    known = [field.alias or name for name, field in model.model_fields.items()]
    nearest = get_close_matches(field, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(known)}"
