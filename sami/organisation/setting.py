"""One thing of the organisation is changed by its path, as faults name it: `agents.ana.hours`, `bots.main.menu[2]`."""

import re
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.documents.checks.fault import Document, Fault
from sami.documents.checks.names import FILE_TYPES, ONE_ROW, key_names, nearest
from sami.documents.toml import read_toml
from sami.domain.language.actor import Actor
from sami.organisation.applying import apply_rows, with_policy
from sami.organisation.changes import rows_of
from sami.organisation.publishing import Applied, OrganisationRefused
from sami.store.people import newest_document

_STEP = re.compile(r"([^.\[\]]+)((?:\[[0-9]+\])*)")
_PLACE = re.compile(r"\[([0-9]+)\]")
_EXAMPLE = "write it like agents.ana.hours, bots.main.fallback[1].phone or policy.sla.minutes"


def set_value(db: Connection, path: str, written: str, *, by: Actor, now: datetime) -> Applied:
    """`written` is a value as the file writes it, or a text without its quotation marks.

    Raises OrganisationRefused where there is no such path, or with the faults that the value would make.
    """
    table, row, steps = _read_path(path)
    try:
        return _apply(db, table, row, steps, _value(written), by, now)
    except OrganisationRefused as refused:
        with suppress(OrganisationRefused):
            return _apply(db, table, row, steps, written, by, now)  # A name may look like a number.
        raise refused


def _apply(
    db: Connection, table: str, row: str, steps: list[str | int], value: Any, by: Actor, now: datetime
) -> Applied:
    _, document = newest_document(db) or (0, {})
    standing = deepcopy(with_policy(db, document, now))
    changed = _row(standing, table, row)
    _put(changed, steps, value, table, row)
    return apply_rows(db, {table: changed if table in ONE_ROW else [changed]}, by=by, now=now)


def _value(written: str) -> Any:
    read = read_toml(f"value = {written}")
    return written if isinstance(read, Fault) else read["value"]


def _read_path(path: str) -> tuple[str, str, list[str | int]]:
    parts = path.split(".")
    table = parts.pop(0)
    if table not in FILE_TYPES:
        raise _refused("", "", f"{table} is no table", nearest(table, list(FILE_TYPES)))
    row = "" if table in ONE_ROW else parts.pop(0) if parts else ""
    steps: list[str | int] = []
    for part in parts:
        found = _STEP.fullmatch(part)
        if found is None:
            raise _refused(table, row, f"{part} is no part of a path", _EXAMPLE)
        steps += [found[1], *(int(place) for place in _PLACE.findall(found[2]))]
    if not steps:
        raise _refused(table, row, f"{path} names no key", _EXAMPLE)
    return table, row, steps


def _row(document: Document, table: str, name: str) -> dict[str, Any]:
    if table in ONE_ROW:
        return dict(document.get(table, {}))
    rows = rows_of(document, table)
    if name not in rows:
        raise _refused(table, "", f"{name or 'nothing'} is none of them", nearest(name, list(rows)))
    return dict(rows[name])


def _put(row: dict[str, Any], steps: list[str | int], value: Any, table: str, name: str) -> None:
    """Lists are counted from one; one place past the end adds."""
    if steps[0] not in (known := key_names(FILE_TYPES[table])):
        raise _refused(table, name, f"{steps[0]} is no key", nearest(str(steps[0]), known))
    inner: Any = row
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if not _fits(inner, step):
            raise _refused(table, name, f"{_told(steps)} is not there", "see how the row stands: sami export")
        if following is None:
            _set(inner, step, value)
        elif isinstance(step, int):
            if step > len(inner):
                inner.append({})
            inner = inner[step - 1]
        else:
            inner = inner.setdefault(step, [] if isinstance(following, int) else {})


def _fits(inner: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(inner, list) and 1 <= step <= len(inner) + 1
    return isinstance(inner, dict)


def _set(inner: Any, step: str | int, value: Any) -> None:
    if isinstance(step, str):
        inner[step] = value
    elif step > len(inner):
        inner.append(value)
    else:
        inner[step - 1] = value


def _told(steps: list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _refused(table: str, row: str, wrong: str, right: str) -> OrganisationRefused:
    return OrganisationRefused([Fault(table, row, "", wrong, right)])
