"""What changes from one policy to another, rule by rule; a worker's secret is only ever a mask."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from sami.documents.change import Change
from sami.documents.checks.names import POLICY
from sami.documents.checks.policy import NAMED_BY

SECRET = "(secret)"  # noqa: S105 - what is shown in its place.

Row = Mapping[str, Any]


def policy_changes(before: Row | None, after: Row) -> Iterator[Change]:
    """Never empty for two documents that differ."""
    if before is None:
        yield Change(POLICY, "", "added")
        return
    yield from _fields(POLICY, "", _outside_lists(before), _outside_lists(after))
    for part, field in NAMED_BY.items():
        table = f"{POLICY}.{part}"
        yield from _rows(table, _named(before.get(part, ()), field), _named(after.get(part, ()), field))


def _outside_lists(document: Row) -> Row:
    """The document with only those of its lists that are present and empty."""
    return {key: value for key, value in document.items() if key not in NAMED_BY or not value}


def _named(rows: Sequence[Row], field: str) -> dict[str, Row]:
    """By name; a draft may hold a name twice."""
    named: dict[str, Row] = {}
    for number, row in enumerate(rows, 1):
        name = row[field] if row[field] not in named else f"{row[field]} #{number}"
        named[name] = row
    return named


def _rows(table: str, before: Mapping[str, Row], after: Mapping[str, Row]) -> Iterator[Change]:
    for name, row in after.items():
        if name not in before:
            yield Change(table, name, "added")
        else:
            yield from _fields(table, name, before[name], row)
    yield from (Change(table, name, "removed") for name in before if name not in after)
    yield from _moves(table, [name for name in before if name in after], [name for name in after if name in before])


def _moves(table: str, before: list[str], after: list[str]) -> Iterator[Change]:
    """The fewest rows that must have moved among those that stayed; places count those only."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {before[block.a + step] for block in blocks for step in range(block.size)}
    for name in after:
        if name not in stayed:
            yield Change(table, name, "moved", "place", before.index(name) + 1, after.index(name) + 1)


def _fields(table: str, name: str, before: Row, after: Row) -> Iterator[Change]:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for path in sorted({*old, *new}):  # A database may have changed the order of the keys.
        if old.get(path) != new.get(path):
            is_secret = path.rpartition(".")[2] == "secret"
            shown = [SECRET if is_secret and value is not None else value for value in (old.get(path), new.get(path))]
            yield Change(table, name, "changed", path, *shown)


def _leaves(value: Row, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        place = f"{path}.{key}" if path else key
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, place)
        else:
            yield place, inner
