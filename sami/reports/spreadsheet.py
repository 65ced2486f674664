"""A report as CSV: one line a row, below a line that names the report, its filter, its period and its zone."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
TOTAL = "total"


def as_csv(document: Mapping[str, Any]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    period = document["period"]
    told = (document["name"], f"{period['from']} to {period['to']}", period["zone"], f"by {document['by'] or TOTAL}")
    text.write(f"# {'; '.join(told)}\r\n")
    columns = list(_columns(document["totals"]))
    rows.writerow([document["by"] or "", *(f"{figure} {part}".removesuffix(" value") for figure, part in columns)])
    for row in (*document["rows"], {"key": TOTAL, "figures": document["totals"]}):
        rows.writerow([inert(row["key"]), *(row["figures"][figure].get(part) for figure, part in columns)])
    return text.getvalue()


def inert(cell: str) -> str:
    """What a spreadsheet would take for a formula begins with an apostrophe (S8)."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell


def _columns(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """A share also shows what it is a share of: a bare per cent of three cases misleads."""
    for name, figure in figures.items():
        yield name, "value"
        if "of" in figure:
            yield name, "of"
