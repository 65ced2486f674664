"""A report is made: its rows, its total, the period before, and the way from each figure to what it counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from sami.domain.language.instants import rfc3339
from sami.domain.reports.catalogue import COVERAGE, figures_of
from sami.domain.reports.figures import Figure
from sami.domain.reports.period import BY_TIME, Period, name_of, order_of
from sami.domain.reports.tallies import Tally, add_up
from sami.reports.asked import Asked
from sami.reports.coverage import GAPS_NAMED, coverage, gaps, read_roster
from sami.reports.distribution import distribution
from sami.reports.of_calls import OF_CALLS
from sami.reports.of_leads import OF_LEADS
from sami.store.selections import CALLS_COUNTED, LEADS_COUNTED

Make = Callable[[Connection, Asked], Mapping[Any, Tally]]
MAKERS: Mapping[str, Make] = {**OF_CALLS, **OF_LEADS, "distribution": distribution, "coverage": coverage}

ALWAYS_SPLIT = {
    "distribution": "pool",
    "fallbacks": "number",
    "cadences": "cadence",
    "exceptions": "kind",
    "coverage": "day",
}
"""Reports whose rows are the point: by what they are split where nobody says."""
COUNTED = {"calls": CALLS_COUNTED, "leads": LEADS_COUNTED}
_LISTS = {"calls": "/api/v1/calls", "leads": "/api/v1/leads"}
_FILTERS = {
    "calls": ("line", "bot", "source", "rule", "agent"),
    "leads": ("source", "segment", "owner", "rule"),
}
"""By which rows the lists can be narrowed down; what is split by anything else leads to no list."""


def make_report(db: Connection, asked: Asked) -> dict[str, Any]:
    """JSON values only; instants in UTC, hours and days on the clock of the period's zone."""
    asked = replace(asked, by=asked.by or ALWAYS_SPLIT.get(asked.report.name))
    rows = _rows(db, asked)
    before = add_up(_rows(db, _before(asked)).values())
    figures = figures_of(asked.report, asked.by)
    document = {
        "name": asked.report.name,
        "question": asked.report.question,
        "period": _period(asked.period),
        "before": {**_period(asked.period.before), "totals": _figures(figures, before, asked, None)},
        "by": asked.by,
        "definitions": {figure.name: figure.definition for figure in figures},
        "rows": [
            {"key": key, "figures": _figures(figures, rows[key], asked, key)}
            for key in sorted(rows, key=lambda key: order_of(key, asked.by or ""))
            if asked.by is not None
        ],
        "totals": _figures(figures, add_up(rows.values()), asked, None),
    }
    return document if asked.report is not COVERAGE else {**document, "gaps": _gaps(db, asked)}


def _before(asked: Asked) -> Asked:
    """Of the period before only the total is told, which is cheaper to count undivided."""
    undivided = asked.report.name not in ALWAYS_SPLIT and figures_of(asked.report, asked.by) == asked.report.figures
    return replace(asked, period=asked.period.before, by=None if undivided else asked.by)


def _rows(db: Connection, asked: Asked) -> Mapping[str, Tally]:
    found = MAKERS[asked.report.name](db, asked)
    together: dict[str, list[Tally]] = {}
    for key, tally in found.items():
        together.setdefault(_named(key, asked), []).append(tally)
    return {key: add_up(tallies) for key, tallies in together.items()}


def _named(key: Any, asked: Asked) -> str:
    if isinstance(key, tuple):
        return " ".join(str(part) for part in key if part)
    return name_of(key, asked.by) if asked.by is not None and asked.by in BY_TIME else str(key)


def _figures(figures: Iterable[Figure], tally: Tally, asked: Asked, key: str | None) -> dict[str, Any]:
    return {figure.name: {**figure.of(tally), **_link(figure, asked, key)} for figure in figures}


def _link(figure: Figure, asked: Asked, key: str | None) -> dict[str, str]:
    """Where what is counted can be listed; nothing where no list can be narrowed down to it."""
    lists, by = asked.report.lists, asked.by
    counted = getattr(figure, "counts", "") or figure.name
    if (
        lists not in _LISTS
        or counted not in COUNTED[lists]
        or (key is not None and (not key or by not in _FILTERS[lists]))
    ):
        return {}
    parameters = {"counted": counted, "from": rfc3339(asked.period.since), "to": rfc3339(asked.period.until)}
    if counted == "answered_within":
        parameters["within"] = str(asked.within_s)
    if key is not None and by is not None:
        parameters[by] = key
    return {lists: f"{_LISTS[lists]}?{urlencode(parameters)}"}


def _period(period: Period) -> dict[str, str]:
    return {"from": rfc3339(period.since), "to": rfc3339(period.until), "zone": period.zone}


def _gaps(db: Connection, asked: Asked) -> list[dict[str, str]]:
    found = list(gaps(read_roster(db, asked.period)))[:GAPS_NAMED]
    return [{"from": rfc3339(since), "to": rfc3339(until)} for since, until in found]
