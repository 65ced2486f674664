"""Which instant do a program's or a person's words for a day that has passed mean? Nothing is guessed.

Where three numbers stand with slashes or dashes the month is the first, as Americans write them, unless the year is;
with dots the day is. A date without a time is the day's beginning; without a zone of its own it is local in `zone`.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from sami.domain.language.hours import from_local

EARLIEST = date(1970, 1, 1)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_DAY, _YEAR = r"(?P<day>\d\d?)(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
_DATES = (
    rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)",
    r"(?P<month>\d\d?)(?P<mark>[-/])(?P<day>\d\d?)(?P=mark)(?P<year>\d{4}|\d\d)",
    r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4}|\d\d)",
    rf"{_WEEKDAY}{_MONTH} {_DAY},? {_YEAR}",
    rf"{_WEEKDAY}{_DAY}[ -]{_MONTH},?[ -](?P<year>\d{{4}}|\d\d)",
)
_TIME = (
    r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?: ?(?P<half>[ap])\.?m\.?)?"
    r"(?: ?\(?(?P<zone>z|utc|gmt|[ecmp][sd]t|[+-]\d\d:?\d\d)\)?)?"
)
_WRITTEN = tuple(re.compile(rf"{day}(?:(?:t|,? (?:at )?){_TIME})?") for day in _DATES)
_HOURS_FROM_UTC = {"z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5}
_HOURS_FROM_UTC |= {"mst": -7, "mdt": -6, "pst": -8, "pdt": -7}


def read_past(words: str, zone: str) -> datetime | None:
    """The instant in UTC, which may lie ahead; None where the words, all of them, are no such date."""
    plain = " ".join(words.lower().split())
    found = next(filter(None, (pattern.fullmatch(plain) for pattern in _WRITTEN)), None)
    try:
        local = None if found is None else datetime.combine(_day_of(found), _time_of(found))
    except ValueError:
        return None  # There is no 30 February, and no 25 o'clock.
    if found is None or local is None or local.date() < EARLIEST:
        return None
    own = found["zone"]
    return from_local(local, zone) if own is None else (local - _from_utc(own)).replace(tzinfo=UTC)


def _day_of(found: re.Match[str]) -> date:
    parts, year = found.groupdict(), int(found["year"])
    if len(found["year"]) == 2:
        year += 2000 if year < 70 else 1900
    month = int(parts["month"]) if parts.get("month") else _MONTHS.index(parts["name"][:3]) + 1
    return date(year, month, int(parts["day"]))


def _time_of(found: re.Match[str]) -> time:
    if found["hour"] is None:
        return time()
    hour, half = int(found["hour"]), found["half"]
    if half is not None:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found["minute"]), int(found["second"] or 0))


def _from_utc(zone: str) -> timedelta:
    if zone in _HOURS_FROM_UTC:
        return timedelta(hours=_HOURS_FROM_UTC[zone])
    distance = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -distance if zone[0] == "-" else distance
