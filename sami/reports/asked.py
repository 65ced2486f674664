"""What is asked of a report."""

from dataclasses import dataclass

from sami.domain.reports.catalogue import REPORTS, WITHIN_S, Report
from sami.domain.reports.period import Period
from sami.errors import SamiError


class ReportUnknown(SamiError):
    """There is no report of this name."""

    code = "report_unknown"
    status = 404


class SplitUnknown(SamiError):
    """This report cannot be split by that."""

    code = "split_unknown"
    status = 422


@dataclass(frozen=True, slots=True)
class Asked:
    """`by`: what the rows are; None: only the total. `within_s`: what still is good service."""

    report: Report
    period: Period
    by: str | None = None
    within_s: int = WITHIN_S


def report_named(name: str) -> Report:
    """Raises ReportUnknown, with the names there are."""
    if name not in REPORTS:
        raise ReportUnknown(f"{name} is none of {', '.join(REPORTS)}.")
    return REPORTS[name]


def split_by(report: Report, by: str | None) -> str | None:
    """Raises SplitUnknown, with what it can be split by."""
    if by is not None and by not in report.by:
        raise SplitUnknown(f"{report.name} is split by {', '.join(report.by)}.")
    return by
