"""Is each value of the right type and each key known? In plain words, and what is left without the wrong ones."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sami.documents.checks.fault import Problem, Row
from sami.documents.checks.names import FILE_TYPES, example, key_names, kind_at, nearest

Path = tuple[int | str, ...]

_WORDS = {
    "string_type": ("is not text", "put it in quotes"),
    "int_type": ("is not a whole number", "write digits without quotes, for example 20"),
    "float_type": ("is not a number", "write digits without quotes, for example 0.5"),
    "bool_type": ("is not a switch", "write true or false without quotes"),
    "tuple_type": ("is not a list", "put it in square brackets, for example [...]"),
    "dict_type": ("is not a table", "put it in braces, for example { name = ... }"),
    "dataclass_type": ("is not a table", "put it in braces, for example { name = ... }"),
}
_INSTANT = ("is not an instant", "write it without quotes, for example 2026-11-01T00:00:00Z")
_DATE = ("is not a date", "write year, month and day without quotes, for example 2026-12-21")


def check_types(table: str, row: Any) -> tuple[list[Problem], Row]:
    """The problems of type, and the row without the values that have them."""
    try:
        # As JSON, because strict checking takes lists, dates and words of a choice from JSON only.
        _adapter(table).validate_json(json.dumps(row), strict=True, by_alias=True, by_name=False)
        problems: list[Problem] = []
        sound = row
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [_problem(table, detail) for detail in details]
        sound = _without(row, [detail["loc"] for detail in details if detail["type"] != "missing"])
    return [*problems, *(_control_characters(sound, ""))], sound


@cache
def _adapter(table: str) -> TypeAdapter[Any]:
    return TypeAdapter(FILE_TYPES[table])


def _problem(table: str, detail: Any) -> Problem:
    kind, path = detail["type"], detail["loc"]
    field = written(path)
    match kind:
        case "missing":
            return Problem(field, "is missing", example(kind_at(table, path[:-1]), str(path[-1])))
        case "unexpected_keyword_argument":
            names = key_names(kind_at(table, path[:-1]))
            return Problem(field, "is not a known name", nearest(str(path[-1]), names))
        case "enum" | "literal_error":
            return _unknown_value(path, detail)
    wrong, right = _words(kind)
    return Problem(field, f"{_shown(detail['input'])} {wrong}".strip(), right)


def _words(kind: str) -> tuple[str, str]:
    if kind.startswith("datetime_"):
        return _INSTANT
    return _DATE if kind.startswith("date_") else _WORDS.get(kind, ("cannot be read", "see the example file"))


def _unknown_value(path: Path, detail: Any) -> Problem:
    known = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
    value = detail["input"]
    return Problem(written(path), f"{_shown(value)} is not known", nearest(str(value), known.split(", ")))


def written(path: Path) -> str:
    """The path as people read it, lists counted from one: `menu[2].digits`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text


def _shown(value: Any) -> str:
    return "" if isinstance(value, (dict, list)) else json.dumps(value, ensure_ascii=False)


def _without(row: Any, paths: list[Path]) -> Row:
    """A list loses all its items with one: the others must keep the numbers that later problems name."""
    if () in paths or not isinstance(row, dict):
        return {}
    sound = deepcopy(row)
    for path in paths:
        _remove(sound, _as_far_as_a_key(path))
    return sound


def _as_far_as_a_key(path: Path) -> Path:
    while path and (isinstance(path[-1], int) or path[-1] == "[key]"):
        path = path[:-1]
    return path


def _remove(sound: dict[str, Any], path: Path) -> None:
    place: Any = sound
    try:
        for part in path[:-1]:
            place = place[part]
        del place[path[-1]]
    except (KeyError, IndexError):
        return  # Gone already, with a list that held another wrong value.


def _control_characters(value: Any, path: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _control_characters(key, path)
            yield from _control_characters(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _control_characters(inner, f"{path}[{number}]")
    elif isinstance(value, str) and any(ord(letter) < 32 and letter not in "\n\t" for letter in value):
        yield Problem(path, "holds a control character", "write plain text")
