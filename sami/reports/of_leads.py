"""Reports that count leads: those that came in within the period, as they stand today."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from sami.domain.reports.figures import Middle
from sami.domain.reports.tallies import Tally
from sami.reports.asked import Asked
from sami.reports.of_calls import selections_of
from sami.store import report_leads

Rows = Mapping[Any, Tally]


def _of_leads(db: Connection, asked: Asked) -> Rows:
    spans = dict.fromkeys(figure.span for figure in asked.report.figures if isinstance(figure, Middle))
    counted = selections_of(asked)
    return report_leads.count_leads(db, asked.period, by=asked.by, counted=counted, spans=list(spans))


def _exceptions(db: Connection, asked: Asked) -> Rows:
    return report_leads.count_exceptions(db, asked.period)


def _cadences(db: Connection, asked: Asked) -> Rows:
    ended_by = asked.by == "ended_by"
    return report_leads.count_enrolments(db, asked.period, ended_by=ended_by)


OF_LEADS: Mapping[str, Callable[[Connection, Asked], Rows]] = {
    **dict.fromkeys(("speed_to_lead", "assignment", "sla", "conversion"), _of_leads),
    "exceptions": _exceptions,
    "cadences": _cadences,
}
