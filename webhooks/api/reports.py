"""Reports are read out, as JSON or as CSV."""

from flask import request
from sqlalchemy import Connection

from sami.domain.access.scopes import Scope
from sami.domain.language.hours import zone_problem
from sami.domain.reports.catalogue import REPORTS
from sami.domain.reports.period import DAYS_MAX, Period, period_of
from sami.reports.asked import Asked, ReportUnknown, SplitUnknown, report_named, split_by
from sami.reports.making import make_report
from sami.reports.spreadsheet import as_csv
from sami.store.facts import read_directory
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.operations import Operation
from webhooks.api.refusals import FieldFault, InvalidFields
from webhooks.api.schemas.reports import Report, ReportQuery

CSV = "text/csv"
WITHIN_S = 20.0


@answers(
    Operation(
        name="read_report",
        method="GET",
        path="/reports/<string:name>",
        scope=Scope.REPORTS_READ,
        summary="Read a report",
        description=f"There are {', '.join(REPORTS)}. Calls are counted once, however many legs they had.",
        answers={200: Report},
        query=ReportQuery,
        refuses=(ReportUnknown, SplitUnknown),
        also={CSV: "One line a row, below a line that names the report, its period and its zone."},
    )
)
def read_report(context: ApiContext, name: str, query: ReportQuery) -> Answer:
    report = report_named(name)
    with context.edge.database.read(WITHIN_S) as db:
        asked = Asked(report, _period(db, query, context), split_by(report, query.by), query.within)
        document = make_report(db, asked)
    if request.accept_mimetypes.best_match(["application/json", CSV]) == CSV:
        return Answer(as_csv(document), media=CSV)
    return Answer(Report.model_validate(document))


def _period(db: Connection, query: ReportQuery, context: ApiContext) -> Period:
    zone = query.zone or read_directory(db).organisation.time_zone
    if (problem := zone_problem(zone)) is not None:
        raise InvalidFields(FieldFault("zone", problem, "write it like America/Chicago"))
    period = period_of(query.from_, query.to, zone, context.now)
    if not period.since < period.until:
        raise InvalidFields(FieldFault("from", "is not before the end", "write an earlier instant, or a later `to`"))
    if (period.until - period.since).days > DAYS_MAX:
        raise InvalidFields(FieldFault("from", "is too long before the end", f"ask for {DAYS_MAX} days at most"))
    return period
