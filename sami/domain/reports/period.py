"""The period of a report, the one before it, and the local hours and days into which it falls."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sami.domain.language.hours import to_local

DAYS_BY_DEFAULT = 30
DAYS_MAX = 366
QUARTER_S = 900
"""Zones differ by quarters of an hour at least, so counts by quarter can be added up into anybody's hours."""
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first instant to just before the second."""

    since: datetime
    until: datetime
    zone: str

    @property
    def before(self) -> "Period":
        """As long, and ending where this begins."""
        return Period(self.since - (self.until - self.since), self.since, self.zone)


def period_of(since: datetime | None, until: datetime | None, zone: str, now: datetime) -> Period:
    """Without a beginning the last thirty days before the end; without an end until now."""
    end = until or now
    return Period(since or end - timedelta(days=DAYS_BY_DEFAULT), end, zone)


def bucket_of(quarter: int, by: str, zone: str) -> str:
    """The day, week or hour of the week, on the clock of `zone`, in which a quarter of an hour since 1970 lies."""
    local = to_local(datetime.fromtimestamp(quarter * QUARTER_S, UTC), zone)
    match by:
        case "hour":
            return f"{_WEEKDAYS[local.weekday()]} {local:%H}"
        case "week":
            return f"{local:%G-W%V}"
        case _:
            return f"{local:%Y-%m-%d}"


def order_of(key: str, by: str) -> tuple[object, ...]:
    """Hours of the week stand from Monday on, everything else by its name."""
    return (_WEEKDAYS.index(key[:2]), key) if by == "hour" else (key,)
