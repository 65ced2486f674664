"""The organisation's file as text: TOML to a document, and back in the shape people write it in."""

import tomllib
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import tomlkit
from tomlkit.items import Array, InlineTable, Table

from sami.documents.checks.fault import Fault
from sami.documents.checks.names import INNER_TYPES, ROW_TYPES, key_names


def read_toml(text: str) -> dict[str, Any] | Fault:
    """The document, with dates as ISO text; or where the text stops being TOML."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error).replace("(", "").replace(")", "")
        return Fault("", "", "", f"the file is not TOML: {reason}", "correct it there; the example file shows how")
    return {table: _as_json(value) for table, value in document.items()}


def write_toml(document: Mapping[str, Any]) -> str:
    """The same text for the same document, whichever order the database gives its keys in."""
    file = tomlkit.document()
    for table in ROW_TYPES:
        if table == "organisation" and table in document:
            file.add(table, _row(table, document[table]).add(tomlkit.nl()))
        elif document.get(table):
            rows = tomlkit.aot()
            for row in document[table]:
                rows.append(_row(table, row))
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


def _row(table: str, row: Mapping[str, Any]) -> Table:
    written = tomlkit.table()
    for key, value in _ordered(row, key_names(ROW_TYPES[table])):
        if key != "outcomes":
            written.add(key, _value(key, value))
    if "outcomes" in row:
        written.add("outcomes", _outcomes(row["outcomes"]))
    return written


def _outcomes(outcomes: Mapping[str, Any]) -> Table:
    """Tables of their own below the bot: actions are too long for a line."""
    written = tomlkit.table(is_super_table=bool(outcomes))
    for outcome, rules in sorted(outcomes.items()):
        inner = tomlkit.table()
        for key, value in rules.items():
            inner.add(key, _value(key, value))
        written.add(outcome, inner)
    return written


def _value(key: str, value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _list_of_tables(key, value)
    if isinstance(value, dict):
        return _inline(sorted(value.items()))
    return value


def _list_of_tables(key: str, rows: list[dict[str, Any]]) -> Array:
    written = tomlkit.array()
    for row in rows:
        written.add_line(_inline(_ordered(row, key_names(INNER_TYPES[key]))), indent="  ")
    written.add_line(indent="")
    return written


def _inline(items: list[tuple[str, Any]]) -> InlineTable:
    written = tomlkit.inline_table()
    for key, value in items:
        written.add(key, date.fromisoformat(value) if key in {"from", "to"} else _value(key, value))
    return written


def _ordered(row: Mapping[str, Any], names: list[str]) -> list[tuple[str, Any]]:
    return [(name, row[name]) for name in names if name in row]
