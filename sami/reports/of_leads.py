"""Reports that count leads: those that came in within the period, as they stand today."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection

from sami.domain.reports.figures import Middle
from sami.domain.reports.tallies import Tally, add_up
from sami.reports.asked import Asked
from sami.reports.of_calls import selections_of
from sami.store import report_leads

Rows = Mapping[Any, Tally]


def _of_leads(db: Connection, asked: Asked) -> Rows:
    period = asked.period
    parts = [
        report_leads.count_leads(db, period, by=asked.by, counted=selections_of(asked)),
        *(
            report_leads.measure_leads(db, period, by=asked.by, span=span)
            for span in dict.fromkeys(figure.span for figure in asked.report.figures if isinstance(figure, Middle))
        ),
    ]
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: add_up(part[key] for part in parts if key in part) for key in keys}


def _exceptions(db: Connection, asked: Asked) -> Rows:
    return report_leads.count_exceptions(db, asked.period)


def _cadences(db: Connection, asked: Asked) -> Rows:
    ended_by = asked.by == "ended_by"
    return report_leads.count_enrolments(db, asked.period, ended_by=ended_by)


OF_LEADS: Mapping[str, Callable[[Connection, Asked], Rows]] = {
    **dict.fromkeys(("speed_to_lead", "assignment", "sla", "conversion"), partial(_of_leads)),
    "exceptions": _exceptions,
    "cadences": _cadences,
}
