"""A report: its figures with their definitions, for each row and in total."""

from typing import Annotated

from pydantic import Field

from sami.domain.reports.catalogue import REPORTS, WAIT_MAX_S, WITHIN_S
from webhooks.api.schemas.base import Document, Instant, Moment, OneOf, Query

SPLITS: tuple[str, ...] = tuple(sorted({by for report in REPORTS.values() for by in report.by}))
SplitBy = Annotated[str, OneOf(SPLITS, "is nothing that a report is split by")]


class ReportQuery(Query):
    """Without a period the last thirty days; without `by` the total alone, where the rows are not the point."""

    from_: Annotated[Moment | None, Field(alias="from", description="The period begins at this instant.")] = None
    to: Annotated[Moment | None, Field(description="It ends before this one; now, if left out.")] = None
    by: Annotated[SplitBy | None, Field(description="What the rows are; each report knows some.")] = None
    within: Annotated[int, Field(ge=0, le=WAIT_MAX_S, description="Seconds that are still good service.")] = WITHIN_S
    zone: Annotated[
        str | None, Field(max_length=64, description="Whose hours and days they are; else the organisation's zone.")
    ] = None


class Figure(Document):
    """A count, a share or a length of time. `value` is null where there is no case.

    A share has its `part`, what it is `of`, and its 95% interval (Wilson) from `low` to `high`; `few` cases (under
    twenty) are not to be shown as a bare per cent. A length of time is in the seconds or days of its name, of so many
    cases. `calls` or `leads` leads to the list of what is counted.
    """

    value: float | None
    part: int | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    few: bool | None = None
    calls: str | None = None
    leads: str | None = None


class ReportPeriod(Document):
    """From the first instant to just before the second; hours and days are those of the zone."""

    from_: Instant = Field(alias="from")
    to: Instant
    zone: str = Field(examples=["America/Chicago"])


class PeriodBefore(ReportPeriod):
    """The period before, as long, with its totals."""

    totals: dict[str, Figure]


class Gap(Document):
    """Somebody's hours were open and everybody whose were was away."""

    from_: Instant = Field(alias="from")
    to: Instant


class ReportRow(Document):
    """The figures of one line, agent, day, or whatever the rows are."""

    key: str
    figures: dict[str, Figure]


class Report(Document):
    """`definitions` say of each figure what it counts. `gaps`: of coverage alone, the first hundred."""

    name: str = Field(examples=["answers"])
    question: str
    period: ReportPeriod
    before: PeriodBefore
    by: str | None
    definitions: dict[str, str]
    rows: tuple[ReportRow, ...]
    totals: dict[str, Figure]
    gaps: tuple[Gap, ...] | None = None
