"""When is a wait over? Lengths and windows on the clocks where the lead may live, all of them.

Minutes and hours are elapsed time. Days, weeks and months keep the time of day: a month ends where the next is shorter,
a local time that does not exist moves to the next that does, and of one that comes twice the first is meant (R11).
"""

import calendar
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from sami.domain.language.durations import read_weekdays, read_window
from sami.domain.language.hours import from_local, to_local
from sami.domain.organisation.document import Action

SEARCH = timedelta(days=22)  # One weekday comes three times, whatever a clock change leaves out.
EVERY_DAY = frozenset(range(7))
WHOLE_DAY = (time(), time())
_DAY = timedelta(days=1)
_ELAPSED = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_DAYS = {"day": 1, "week": 7}

Window = tuple[time, time]
"""From (included) to (not), within one local day; 00:00 as its end is the end of the day."""


def wait_end(wait: Action, since: datetime, zones: tuple[str, ...], at: datetime) -> datetime:
    """The first instant from `at` on at which a wait that began at `since` is over; `at` itself if it is."""
    over = since if wait.for_ is None else after_length(wait.for_, since, zones)
    earliest = max(over, at)
    if wait.between is None and wait.on is None:
        return earliest
    window = WHOLE_DAY if wait.between is None else read_window(wait.between) or WHOLE_DAY
    days = EVERY_DAY if wait.on is None else read_weekdays(wait.on) or EVERY_DAY
    return next_in_window(window, days, zones, earliest)


def after_length(length: str, since: datetime, zones: tuple[str, ...]) -> datetime:
    """The instant that much later; where the zones do not agree, in the last of them."""
    count, unit = _read(length)
    if unit in _ELAPSED:
        return since + count * _ELAPSED[unit]
    return max(from_local(_shifted(to_local(since, zone), count, unit), zone) for zone in zones)


def next_in_window(window: Window, days: frozenset[int], zones: tuple[str, ...], at: datetime) -> datetime:
    """The first instant inside the window in every zone; where windows far apart never meet, in the first zone."""
    latest, looked = at + SEARCH, at
    while looked <= latest:
        later = max(_next_open(window, days, zone, looked) for zone in zones)
        if later == looked:
            return looked
        looked = later
    return _next_open(window, days, zones[0], at)


def _next_open(window: Window, days: frozenset[int], zone: str, at: datetime) -> datetime:
    day = to_local(at, zone).date()
    while True:
        if day.weekday() in days:
            opens, closes = _instants(window, zone, day)
            if opens < closes and at < closes:  # A window inside a skipped hour is no window that day.
                return max(at, opens)
        day += _DAY


def _instants(window: Window, zone: str, day: date) -> tuple[datetime, datetime]:
    opens, closes = window
    last = day if closes != time() else day + _DAY
    return from_local(datetime.combine(day, opens), zone), from_local(datetime.combine(last, closes), zone)


def _shifted(local: datetime, count: int, unit: str) -> datetime:
    return local + timedelta(days=count * _DAYS[unit]) if unit in _DAYS else _months_later(local, count)


def _months_later(local: datetime, count: int) -> datetime:
    years, month = divmod(local.month - 1 + count, 12)
    year = local.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


@lru_cache(maxsize=1024)
def _read(length: str) -> tuple[int, str]:
    found = re.fullmatch(r"\s*(\d{1,4})\s*(minute|hour|day|week|month)s?\s*", length)
    assert found is not None, "the document's checks read it before"
    return int(found[1]), found[2]
