"""The period of a report, the one before it, and the local hours and days into which it falls."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sami.domain.language.hours import to_local

DAYS_BY_DEFAULT = 30
DAYS_MAX = 366
BY_TIME = ("day", "hour", "week")
HOUR_S, QUARTER_S, DAY_S, WEEK_HOURS = 3600, 900, 86_400, 168
EPOCH_WEEKDAY = 3
"""1970 began on a Thursday."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first instant to just before the second."""

    since: datetime
    until: datetime
    zone: str

    @property
    def offsets(self) -> tuple[tuple[datetime, int], ...]:
        """Seconds that the zone's clock is ahead of UTC, and from when on: at the beginning, and where that changes."""
        found = [(self.since, _offset_s(self.since, self.zone))]
        at = self.since
        while at < self.until:
            following = min(at + timedelta(days=1), self.until)
            if _offset_s(following, self.zone) != found[-1][1]:
                changed = _change_between(at, following, self.zone)
                found.append((changed, _offset_s(changed, self.zone)))
            at = following
        return tuple(found)

    @property
    def slot_s(self) -> int:
        """Seconds of slots that lie within one local hour: a quarter where the zone is not whole hours off."""
        return HOUR_S if all(offset % HOUR_S == 0 for _, offset in self.offsets) else QUARTER_S

    @property
    def before(self) -> "Period":
        """As long, and ending where this begins."""
        return Period(self.since - (self.until - self.since), self.since, self.zone)


def period_of(since: datetime | None, until: datetime | None, zone: str, now: datetime) -> Period:
    """Without a beginning the last thirty days before the end; without an end until now."""
    end = until or now
    return Period(since or end - timedelta(days=DAYS_BY_DEFAULT), end, zone)


def name_of(number: int, by: str) -> str:
    """What a local day, week or hour of the week is called, by its number."""
    match by:
        case "hour":
            return f"{_WEEKDAYS[number // 24]} {number % 24:02}"
        case "week":
            return f"{date.fromordinal(_EPOCH_DAY + number * 7 - EPOCH_WEEKDAY):%G-W%V}"
        case _:
            return f"{date.fromordinal(_EPOCH_DAY + number):%Y-%m-%d}"


def number_of(at: datetime, by: str, zone: str) -> int:
    """The number of the local day or hour of the week in which an instant lies."""
    local = to_local(at, zone)
    return local.weekday() * 24 + local.hour if by == "hour" else local.toordinal() - _EPOCH_DAY


def order_of(key: str, by: str) -> tuple[object, ...]:
    """Hours of the week stand from Monday on, everything else by its name."""
    return (_WEEKDAYS.index(key[:2]), key) if by == "hour" else (key,)


def _offset_s(at: datetime, zone: str) -> int:
    return round((to_local(at, zone).replace(tzinfo=UTC) - at).total_seconds())


def _change_between(before: datetime, after: datetime, zone: str) -> datetime:
    """The first second at which the offset is that of the later one."""
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if _offset_s(middle, zone) == _offset_s(before, zone):
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
