"""Is this a file we can work with? All its faults at once, each naming table, row, field and what would be right."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sami.organisation_checks.bots import check_bot, check_line
from sami.organisation_checks.fault import Document, Fault, Problem, Row, quoted
from sami.organisation_checks.known import Known
from sami.organisation_checks.names import KEYED_BY, LATER_TABLES, NOT_YET, ROW_TYPES, nearest
from sami.organisation_checks.people import check_agent, check_organisation, check_team
from sami.organisation_checks.types import check_types

__all__ = ["Fault", "check_document", "check_tables"]

_CHECKS: dict[str, Callable[[Row, Known], Iterator[Problem]]] = {
    "organisation": check_organisation,
    "agents": check_agent,
    "teams": check_team,
    "lines": check_line,
    "bots": check_bot,
}


def check_tables(file: Document) -> list[Fault]:
    """The faults of the file's outermost shape; tables that have one cannot be merged."""
    return [fault for table, value in file.items() if (fault := _table_fault(table, value)) is not None]


def check_document(document: Document) -> list[Fault]:
    """The faults of a whole document: rows of the right type that refer to each other and can be obeyed."""
    faults: list[Fault] = []
    if "organisation" not in document:
        faults.append(Fault("organisation", "", "", "is missing", "a first file needs name, country and time_zone"))
    sound: dict[str, Any] = {}
    for table, rows in _tables(document):
        checked = [check_types(table, row) for row in rows]
        sound[table] = [row for _, row in checked]
        faults += _named(table, [(row, problems) for problems, row in checked])
    known = Known.read({**sound, "organisation": next(iter(sound.get("organisation", ())), {})})
    for table, rows in sound.items():
        twice = Counter(row.get(KEYED_BY.get(table, "")) for row in rows)
        faults += _named(table, [(row, [*_check_once(table, row, twice), *_CHECKS[table](row, known)]) for row in rows])
    return faults


def _table_fault(table: str, value: Any) -> Fault | None:
    if table in LATER_TABLES:
        return Fault(table, "", "", NOT_YET, "leave it out")
    if table not in ROW_TYPES:
        return Fault(table, "", "", "is not a known table", nearest(table, list(ROW_TYPES)))
    if table == "organisation" and not isinstance(value, dict):
        return Fault(table, "", "", "is not a table", "write [organisation] and its keys below it")
    if table != "organisation" and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
        return Fault(table, "", "", "is not a list of rows", f"begin every row with [[{table}]]")
    return None


def _tables(document: Document) -> Iterator[tuple[str, list[Any]]]:
    for table in ROW_TYPES:
        if table in document:
            yield table, [document[table]] if table == "organisation" else document[table]


def _named(table: str, rows: list[tuple[Row, list[Problem]]]) -> Iterator[Fault]:
    for number, (row, problems) in enumerate(rows, 1):
        name = "" if table == "organisation" else row.get(KEYED_BY[table], f"#{number}")
        yield from (Fault(table, name, problem.field, problem.wrong, problem.right) for problem in problems)


def _check_once(table: str, row: Row, counts: Counter[Any]) -> Iterator[Problem]:
    field = KEYED_BY.get(table, "")
    if field in row and counts[row[field]] > 1:
        yield Problem(field, f"{quoted(row[field])} stands there twice", f"give every row a {field} of its own")
