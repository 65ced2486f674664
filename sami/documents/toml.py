"""An admin's file as text: TOML to a document, and back in the shape people write it in."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import tomlkit
from tomlkit.items import Array, InlineTable, Table

from sami.documents.checks.fault import Fault
from sami.documents.checks.names import FILE_TYPES, ONE_ROW, key_names, kind_within, types_within
from sami.domain.language.characters import storable


def read_toml(text: str) -> dict[str, Any] | Fault:
    """The document, with dates as ISO text; or where the text stops being TOML."""
    try:
        document = tomllib.loads(storable(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error).replace("(", "").replace(")", "")
        return Fault("", "", "", f"the file is not TOML: {reason}", "correct it there; the example file shows how")
    return {table: _as_json(value) for table, value in document.items()}


def write_toml(document: Mapping[str, Any]) -> str:
    """The same text for the same document, whichever order the database gives its keys in."""
    file = tomlkit.document()
    for table, kind in FILE_TYPES.items():
        if table in ONE_ROW and table in document:
            file.add(table, _row(kind, document[table]).add(tomlkit.nl()))
        elif document.get(table):
            rows = tomlkit.aot()
            for row in document[table]:
                rows.append(_row(kind, row))
            rows[-1].add(tomlkit.nl())
            file.add(table, rows)
    return tomlkit.dumps(file).strip() + "\n"


def _as_json(value: Any) -> Any:
    match value:
        case dict():
            return {key: _as_json(inner) for key, inner in value.items()}
        case list():
            return [_as_json(inner) for inner in value]
        case date() | time():
            return value.isoformat()
    return value


def _row(kind: type[Any], row: Mapping[str, Any]) -> Table:
    written = tomlkit.table()
    for key, value in _ordered(row, kind):
        if key != "outcomes":
            written.add(key, _value(kind, key, value))
    if "outcomes" in row:
        written.add("outcomes", _outcomes(kind, row["outcomes"]))
    return written


def _outcomes(kind: type[Any], outcomes: Mapping[str, Any]) -> Table:
    """Tables of their own below the bot: actions are too long for a line."""
    written = tomlkit.table(is_super_table=bool(outcomes))
    for outcome, rules in sorted(outcomes.items()):
        inner = tomlkit.table()
        for key, value in rules.items():
            inner.add(key, _value(kind_within(kind, "outcomes"), key, value))
        written.add(outcome, inner)
    return written


def _value(kind: type[Any] | None, key: str, value: Any) -> Any:
    inner = None if kind is None else kind_within(kind, key)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _list_of_tables(inner, value)
    if isinstance(value, dict):
        return _inline(inner, value)
    types = () if kind is None else types_within(kind, key)
    if datetime in types:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if date in types else value


def _list_of_tables(kind: type[Any] | None, rows: list[dict[str, Any]]) -> Array:
    written = tomlkit.array()
    for row in rows:
        written.add_line(_inline(kind, row), indent="  ")
    written.add_line(indent="")
    return written


def _inline(kind: type[Any] | None, row: Mapping[str, Any]) -> InlineTable:
    """What is named by the admin, such as weights, stands in the order of the names."""
    written = tomlkit.inline_table()
    for key, value in sorted(row.items()) if kind is None else _ordered(row, kind):
        written.add(key, _value(kind, key, value))
    return written


def _ordered(row: Mapping[str, Any], kind: type[Any]) -> list[tuple[str, Any]]:
    return [(name, row[name]) for name in key_names(kind) if name in row]
