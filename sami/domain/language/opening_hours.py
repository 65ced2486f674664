"""Which spans of a local date do these hours open? OpenStreetMap text; the door of `opening_hours` and `holidays`.

The text is read by the calendar: the last rule that names a date decides it from midnight to midnight, so "PH off" ends
the night before at midnight, and the night that would have begun then is off too. Behind a comma and a space, a rule
adds to the earlier ones instead.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays as _holidays  # noqa: TID251 - this is the door.
import opening_hours as _reader  # noqa: TID251 - this is the door.
from opening_hours import OpeningHours, State  # noqa: TID251

Span = tuple[datetime, datetime]

TEXT_LENGTH_MAX = 1000


@lru_cache(maxsize=16384)
def open_spans(text: str, region: str | None, day: date) -> tuple[Span, ...]:
    """Between which times of the wall clock this date is open."""
    midnight = datetime.combine(day, time())
    hours = _parse(text, region, day.year if _HOLIDAY.search(text) else 0)
    found = hours.intervals(midnight, midnight + timedelta(days=1))
    spans = tuple((start, end) for start, end, state, _ in found if state == State.OPEN)
    # The reader opens the morning after an off date though that night never began: nobody is rung then at 3 a.m. (R11).
    is_phantom = not _FROM_MIDNIGHT.search(text) and not hours.is_open(midnight - timedelta(minutes=1))
    return tuple(span for span in spans if not (is_phantom and span[0] == midnight))


_FROM_MIDNIGHT = re.compile(r"\b0?0:00\s*-|24/7|\bopen\b", re.IGNORECASE)


@lru_cache(maxsize=2048)
def _parse(text: str, region: str | None, year: int) -> OpeningHours:
    return OpeningHours(_with_dates(text, region, year), auto_country=False, auto_timezone=False)


@lru_cache(maxsize=1024)
def holiday_dates(region: str, year: int) -> tuple[date, ...]:
    """Public holidays in order. The first call for a country loads its calendar, which takes half a second."""
    country, _, part = region.partition("-")
    return tuple(sorted(_holidays.country_holidays(country, subdiv=part or None, years=year)))


# --- PH becomes dates, because the reader's own calendar knows countries only.

_HOLIDAY = re.compile(r"\bPH\b", re.IGNORECASE)
_WEEKDAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_DAYS = rf"(?:{_WEEKDAY}(?:-{_WEEKDAY})?|PH)"
_HOLIDAY_RULE = re.compile(rf"({_DAYS}(?:,{_DAYS})*)\s+((?:\d|off|closed|open).*)", re.IGNORECASE)
_SEPARATOR = re.compile(r"(\s*;\s*|,\s+)")


def _with_dates(text: str, region: str | None, year: int) -> str:
    """The text with each PH replaced by the holidays of this year and of the evening before it."""
    written = ""
    for separator, rule in _rules(text):
        dated = _rule_with_dates(rule, region, year) if _HOLIDAY.search(rule) else rule
        if dated:
            written += (separator if written else "") + dated
    return written or "off"


def _rules(text: str) -> list[tuple[str, str]]:
    """Each rule with the separator before it."""
    pieces = _SEPARATOR.split(" ".join(text.split()).rstrip("; "))
    return list(zip(["", *pieces[1::2]], pieces[::2], strict=True))


def _rule_with_dates(rule: str, region: str | None, year: int) -> str:
    match = _HOLIDAY_RULE.fullmatch(rule)
    assert match is not None, "hours_problem() refuses such a rule where it is entered"
    assert region is not None, "hours_problem() refuses PH without a region"
    weekdays = ",".join(item for item in match[1].split(",") if item.upper() != "PH")
    eve = [day for day in holiday_dates(region, year - 1) if (day.month, day.day) == (12, 31)]
    dates = ",".join(
        f"{day.year} {_MONTHS[day.month - 1]} {day.day:02d}" for day in (*eve, *holiday_dates(region, year))
    )
    on_weekdays, on_holidays = (f"{days} {match[2]}" if days else "" for days in (weekdays, dates))
    if not on_weekdays or not on_holidays:
        return on_weekdays or on_holidays
    # Said twice: the first pair replaces earlier rules, the second gives each day the rest of the night before back.
    return f"{on_weekdays}; {on_holidays}, {on_weekdays}, {on_holidays}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# --- What is wrong, and what would be right: for whoever writes the hours.

_EXAMPLE = '"Mo-Fr 09:00-18:00; PH off"'
_REFUSED = (
    (r"\bSH\b", 'School holidays (SH) are not known; write their dates, such as "2026 Dec 21-31 off".'),
    (r"sunrise|sunset|dawn|dusk", "Times by the sun are not known; write clock times, such as 09:00-18:00."),
    (r'unknown|"|\|\|', 'Hours are open or off; leave out comments, "unknown" and "||".'),
    (r"\d\+", "Hours need an end; write both times, such as 09:00-18:00."),
)
_CORRECTIONS = (
    (r"[\u2012-\u2015]", "-"),
    (r"\s*-\s*", "-"),
    (r"\b(Mo|Tu|We|Th|Fr|Sa|Su)[a-z]+\b:?", r"\1"),
    (r"\b(\d{1,2})(?::(\d\d))?\s*([ap])\.?m\b\.?", lambda match: _on_24_hours(match)),
    (r"(?<=[a-z]):\s", " "),
    (r"\bPH\b", "PH"),
    (r"(?<![\d:])(\d{1,2})-(\d{1,2})(?![\d:])", lambda match: _with_minutes(match)),
    (r"\s*\n\s*", "; "),
)


def hours_problem(text: str, holidays: str | None) -> str | None:
    """What is wrong with these hours, in one sentence that says what would be right; None where nothing is."""
    if len(text) > TEXT_LENGTH_MAX:
        return f"Hours may have {TEXT_LENGTH_MAX} characters; these have {len(text)}."
    if not text.strip():
        return f"Hours are empty; leave them out for always, or write them like {_EXAMPLE}."
    for pattern, sentence in _REFUSED:
        if re.search(pattern, text, re.IGNORECASE):
            return sentence
    return _syntax_problem(text) or _rule_problem(text) or _holiday_problem(text, holidays)


def holidays_problem(region: str) -> str | None:
    """What is wrong with this region of public holidays; None where nothing is."""
    country, _, part = region.partition("-")
    known = _holidays.list_supported_countries()
    if country not in known:
        return (
            f'Public holidays of "{region}" are not known; write a country such as US, or a part of it such as US-TX.'
        )
    if (part or "-" in region) and part not in known[country]:
        return f'{country} has no part "{part}" with holidays; write {", ".join((country, *known[country]))}.'
    return None


def _syntax_problem(text: str) -> str | None:
    if _is_readable(text):
        return None
    corrected = text.strip()
    for pattern, right in _CORRECTIONS:
        corrected = re.sub(pattern, right, corrected, flags=re.IGNORECASE)
    advice = f'did you mean "{corrected}"?' if _is_readable(corrected) else f"write them like {_EXAMPLE}."
    return f'The hours "{text.strip()}" cannot be read; {advice}'


def _is_readable(text: str) -> bool:
    return _reader.validate("; ".join(rule for _, rule in _rules(text)))


def _rule_problem(text: str) -> str | None:
    """A rule without times opens whole days: "2026 Dec 24, 2026 Dec 26 off" would open the first."""
    for _, rule in _rules(text):
        if not re.search(r"\d:\d\d|\b(?:off|closed|open)\b|24/7", rule, re.IGNORECASE):
            return f'"{rule}" names days without hours; add times or "off", and join days by a comma without a space.'
    return None


def _holiday_problem(text: str, region: str | None) -> str | None:
    wrong = [rule for _, rule in _rules(text) if _HOLIDAY.search(rule) and not _HOLIDAY_RULE.fullmatch(rule)]
    if wrong:
        return f'PH in "{wrong[0]}" must stand alone or in a list of weekdays, such as "PH off" or "Sa,PH 10:00-14:00".'
    if region is None:
        return (
            'PH needs a region of public holidays; set holidays to one such as "US" or "US-TX".'
            if _HOLIDAY.search(text)
            else None
        )
    return holidays_problem(region)


def _on_24_hours(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3].lower() == "p" else 0)
    return f"{hour:02d}:{match[2] or '00'}"


def _with_minutes(match: re.Match[str]) -> str:
    start, end = int(match[1]), int(match[2])
    return f"{start:02d}:00-{end + 12 if end <= start and end < 12 else end:02d}:00"
