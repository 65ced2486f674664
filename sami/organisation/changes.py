"""What a file changes in the document in force: merged row by row, and told row by row."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Literal

from sami.documents.change import Change
from sami.documents.checks.fault import Document
from sami.documents.checks.names import ROW_TYPES, key_names, row_key
from sami.domain.organisation.document import Role
from sami.store.people import StoredAgent

SWITCHES = ("calls", "leads")
"""Written when an agent is created, and the agent's own from then on."""

Rows = dict[str, dict[str, Any]]


def merge(current: Document, file: Document, *, prune: bool) -> dict[str, Any]:
    """A row of the file replaces the row of its key; rows and tables that the file leaves out stay.

    With `prune` such rows go, but never a whole table that the file does not mention.
    """
    merged: dict[str, Any] = {}
    for table in ROW_TYPES:
        if table not in file:
            merged[table] = current.get(table)
        elif table == "organisation":
            merged[table] = file[table]
        else:
            merged[table] = _merge_rows(table, current.get(table, []), file[table], prune=prune)
    return {table: rows for table, rows in merged.items() if rows or (rows == {} and table in file)}


def _merge_rows(
    table: str, current: list[dict[str, Any]], file: list[dict[str, Any]], *, prune: bool
) -> list[dict[str, Any]]:
    kept = [row_key(table, row) for row in current]
    # A key may be absent, twice or no text in a file that is going to be refused: every such row is kept for its fault.
    fresh = [row for row in file if row_key(table, row) not in kept]
    written = {row_key(table, row): row for row in file if row_key(table, row) in kept}
    twice = [row for row in file if row_key(table, row) in kept and written[row_key(table, row)] is not row]
    stay = [written.get(name, row) for name, row in zip(kept, current, strict=True) if not prune or name in written]
    return [*stay, *fresh, *twice]


def keep_first_switches(merged: Document, current: Document, stored: Mapping[str, StoredAgent]) -> dict[str, Any]:
    """The merged document with the switches that its agents were created with.

    A file that only repeats what a test ring found says nothing new either: an export applies without a change.
    """
    before = rows_of(current, "agents")
    agents = [
        _with_first(before[row["key"]], row, stored.get(row["key"])) if row["key"] in before else row
        for row in _agents(merged)
    ]
    return {**merged, **({"agents": agents} if agents else {})}


def _with_first(before: Mapping[str, Any], row: Mapping[str, Any], stored: StoredAgent | None) -> dict[str, Any]:
    repeats = stored is not None and row.get("verified") == stored.verified and row["phone"] == stored.phone
    first = (*SWITCHES, "verified") if repeats else SWITCHES
    own = {key: value for key, value in row.items() if key not in first}
    return {**own, **{key: before[key] for key in first if key in before}}


def with_live_state(document: Document, stored: Mapping[str, StoredAgent]) -> dict[str, Any]:
    """The document as it would have to be written today: switches and verification as they stand now."""
    agents = [_as_stored(row, stored[row["key"]]) if row["key"] in stored else row for row in _agents(document)]
    return {**document, **({"agents": agents} if agents else {})}


def _as_stored(row: Mapping[str, Any], stored: StoredAgent) -> dict[str, Any]:
    live = {"calls": stored.calls, "leads": stored.leads, "verified": stored.verified}
    absent_means = {"calls": True, "leads": True, "verified": False}
    return {**row, **{key: on for key, on in live.items() if on != row.get(key, absent_means[key])}}


def document_changes(current: Document, merged: Document) -> Iterator[Change]:
    for table in ROW_TYPES:
        before, after = rows_of(current, table), rows_of(merged, table)
        for name, row in after.items():
            if name not in before:
                yield Change(table, name, "added")
            else:
                yield from _row_changes(table, name, before[name], row)
        gone: Literal["deactivated", "removed"] = "deactivated" if table == "agents" else "removed"
        yield from (Change(table, name, gone) for name in before if name not in after)


def _row_changes(table: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for field in key_names(ROW_TYPES[table]):
        if before.get(field) != after.get(field):
            yield Change(table, name, "changed", field, before.get(field), after.get(field))


def identity(row: Mapping[str, Any], stored: StoredAgent | None) -> dict[str, Any]:
    """What an agent's row has to hold.

    Verification belongs to a phone. A file without it says nothing of it, and none takes back what a test ring found.
    """
    same = stored if stored is not None and stored.phone == row["phone"] else None
    rung = same is not None and same.verified_at is not None
    verified = rung or row.get("verified", same is not None and same.verified)
    return {
        "name": row["name"],
        "phone": row["phone"],
        "email": row.get("email"),
        "role": row.get("role", Role.AGENT.value),
        "verified": verified,
        "verified_at": same.verified_at if same is not None and verified else None,
        "active": True,
    }


def drift(document: Document, stored: Mapping[str, StoredAgent]) -> Iterator[Change]:
    """Where agents' rows differ from the document although it did not change: a key that returns, a new test ring."""
    rows = rows_of(document, "agents")
    for key, row in rows.items():
        if key in stored:
            before, after = asdict(stored[key]), identity(row, stored[key])
            if not stored[key].active:
                yield Change("agents", key, "activated")
            for field in ("name", "phone", "email", "role", "verified"):
                if before[field] != after[field]:
                    yield Change("agents", key, "changed", field, before[field], after[field])
        else:
            yield Change("agents", key, "added")
    yield from (
        Change("agents", key, "deactivated") for key, agent in stored.items() if agent.active and key not in rows
    )


def rows_of(document: Document, table: str) -> Rows:
    """The rows of a sound document by key; the organisation's one row has none."""
    if table == "organisation":
        return {"": document[table]} if table in document else {}
    return {row_key(table, row): row for row in document.get(table, ())}


def _agents(document: Document) -> list[dict[str, Any]]:
    return list(document.get("agents", ()))
