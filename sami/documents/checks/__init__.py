"""Is this a file we can work with? All its faults at once, each naming table, row, field and what would be right."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sami.documents.checks.blocked import check_blocked
from sami.documents.checks.bots import check_bot, check_line
from sami.documents.checks.cadences import check_cadence
from sami.documents.checks.fault import Document, Fault, Problem, Row, quoted, without_echoes
from sami.documents.checks.known import Known
from sami.documents.checks.names import FILE_TYPES, KEYED_BY, ONE_ROW, POLICY, ROW_TYPES, nearest, row_key
from sami.documents.checks.people import check_agent, check_organisation, check_team
from sami.documents.checks.policy import check_policy
from sami.documents.checks.types import check_types
from sami.documents.checks.workflows import check_workflow, loops

_CHECKS: dict[str, Callable[[Row, Known], Iterator[Problem]]] = {
    "organisation": check_organisation,
    "agents": check_agent,
    "teams": check_team,
    "lines": check_line,
    "bots": check_bot,
    "blocked": check_blocked,
    "cadences": check_cadence,
    "workflows": check_workflow,
}


def check_tables(file: Document) -> list[Fault]:
    """The faults of the file's outermost shape; tables that have one cannot be merged."""
    return [fault for table, value in file.items() if (fault := _table_fault(table, value)) is not None]


def check_document(document: Document, file: Document) -> list[Fault]:
    """The faults of a whole document, into which `file` was merged: what is of no type, of no sense, or not there.

    A policy in the file is checked against the organisation as it will then be.
    """
    if "organisation" not in document:
        right = "a first file needs it with name, country and time_zone"
        return [Fault("organisation", "", "", "is missing", right), *_faults(document, file)]
    return list(_faults(document, file))


def _faults(document: Document, file: Document) -> Iterator[Fault]:
    checked = {table: [check_types(table, row) for row in rows] for table, rows in _tables(document)}
    sound = {table: [row for _, row in rows] for table, rows in checked.items()}
    known = Known.read({**sound, "organisation": next(iter(sound.get("organisation", ())), {})})
    for table, rows in _tables(document):
        counts = Counter(row_key(table, row) for row in sound[table])
        for written, (of_type, row) in zip(rows, checked[table], strict=True):
            name = _name(table, row, written, file)
            of_sense = (*_check_once(table, row, counts), *_CHECKS[table](row, known))
            for problem in (*of_type, *without_echoes(of_sense, of_type)):
                yield Fault(table, name, problem.field, problem.wrong, problem.right)
    for workflow, problem in loops(sound.get("workflows", ())):
        yield Fault("workflows", str(workflow.get("key", "")), problem.field, problem.wrong, problem.right)
    if POLICY in file:
        yield from check_policy(file[POLICY], known)


def _table_fault(table: str, value: Any) -> Fault | None:
    if table not in FILE_TYPES:
        return Fault(table, "", "", "is not a known table", nearest(table, list(FILE_TYPES)))
    if table in ONE_ROW and not isinstance(value, dict):
        return Fault(table, "", "", "is not a table", f"write [{table}] and its keys below it")
    if table not in ONE_ROW and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
        return Fault(table, "", "", "is not a list of rows", f"begin every row with [[{table}]]")
    return None


def _tables(document: Document) -> Iterator[tuple[str, list[Any]]]:
    for table in ROW_TYPES:
        if table in document:
            yield table, [document[table]] if table == "organisation" else document[table]


def _name(table: str, row: Row, written: Row, file: Document) -> str:
    """The row's key; where it has none, its place in the file, which is where such a row comes from."""
    if table == "organisation":
        return ""
    place = next((number for number, other in enumerate(file.get(table, ()), 1) if other is written), 0)
    key = row_key(table, row)
    return f"#{place}" if key is None else str(key)


def _check_once(table: str, row: Row, counts: Counter[Any]) -> Iterator[Problem]:
    field = next((field for field in KEYED_BY.get(table, ()) if field in row), None)
    if field is not None and counts[row[field]] > 1:
        yield Problem(field, f"{quoted(row[field])} stands there twice", f"give every row a {field} of its own")
