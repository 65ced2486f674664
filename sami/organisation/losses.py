"""What would a file take away without saying so? A row in it stands for the whole row, and not every file is whole."""

from collections.abc import Iterator
from typing import Any

from sami.documents.checks.fault import Document, Fault, quoted
from sami.documents.checks.names import POLICY
from sami.organisation.changes import SWITCHES, Rows, rows_of

_LIVE = frozenset({*SWITCHES, "verified"})  # They are the agent's own and a test ring's, whatever a file says.
_OF_ONE_VERSION = frozenset({"note", "effective_at"})
_WRITE_IT = "write it, or take it away with --yes"


def taken_away(standing: Document, file: Document) -> Iterator[Fault]:
    """Keys that stand today in a row which the file gives without them. A list that is given is the whole list."""
    for table, name, before, after in _pairs(standing, file):
        exempt = _OF_ONE_VERSION if table == POLICY else _LIVE
        for field in sorted(before.keys() - after.keys() - exempt):
            yield Fault(table, name, field, f"stands today as {quoted(before[field])}, and not in the file", _WRITE_IT)


def overwritten(current: Document, last: Document, file: Document) -> Iterator[Fault]:
    """Keys that were changed elsewhere since a file was last applied, and that this one would change back."""
    for table, name, today, written in _pairs(current, file):
        then = _rows(last, table).get(name)
        if then is None:
            continue
        for field in sorted((today.keys() & written.keys()) - _LIVE):
            if today[field] != then.get(field) and written[field] != today[field]:
                yield Fault(
                    table,
                    name,
                    field,
                    f"was changed to {quoted(today[field])} since the file was last applied",
                    f"write that, or change it to {quoted(written[field])} with --yes",
                )


def _pairs(standing: Document, file: Document) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Each row of the file with how it stands today."""
    for table in file:
        before, after = _rows(standing, table), _rows(file, table)
        yield from ((table, name, before[name], row) for name, row in after.items() if name in before)


def _rows(document: Document, table: str) -> Rows:
    if table == POLICY:
        return {"": document[POLICY]} if document.get(POLICY) else {}
    return rows_of(document, table)
