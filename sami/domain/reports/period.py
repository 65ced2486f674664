"""The period of a report, the one before it, and the local hours and days into which it falls."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sami.domain.language.hours import to_local

DAYS_BY_DEFAULT = 30
DAYS_MAX = 366
BY_TIME = ("day", "hour", "week")
HOUR_S, QUARTER_S = 3600, 900
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first instant to just before the second."""

    since: datetime
    until: datetime
    zone: str

    @property
    def slot_s(self) -> int:
        """Seconds of the slots by which is counted, and which can be added up into local hours: an hour, but a quarter
        where the zone is not a whole number of hours off.
        """
        offsets = (to_local(at, self.zone).utcoffset() or timedelta() for at in (self.since, self.until))
        return HOUR_S if all(offset.total_seconds() % HOUR_S == 0 for offset in offsets) else QUARTER_S

    @property
    def before(self) -> "Period":
        """As long, and ending where this begins."""
        return Period(self.since - (self.until - self.since), self.since, self.zone)


def period_of(since: datetime | None, until: datetime | None, zone: str, now: datetime) -> Period:
    """Without a beginning the last thirty days before the end; without an end until now."""
    end = until or now
    return Period(since or end - timedelta(days=DAYS_BY_DEFAULT), end, zone)


def bucket_of(slot: int, by: str, period: Period) -> str:
    """The day, week or hour of the week, on the clock of the period's zone, in which a slot lies."""
    local = to_local(datetime.fromtimestamp(slot * period.slot_s, UTC), period.zone)
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
