"""How admins write a length of time, "5 minutes", "1 hour", "2 days", and how we say one: "4 min 10 s", "3 h".

Also the window of a wait: a time of day, "09:00-18:00", and weekdays, "Mo-Fr".
"""

import re
from datetime import time, timedelta

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(7)}


def read_duration(text: str) -> timedelta:
    """Raises ValueError for anything but a whole number and a unit."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*(minute|hour|day|week)s?\s*", text)
    if found is None:
        raise ValueError(f'"{text}" is not a length of time; write it like "5 minutes", "1 hour" or "2 days"')
    return int(found[1]) * _UNITS[found[2]]


def read_length(text: str) -> timedelta:
    """Like `read_duration`, with months of thirty days too: how long something is held back."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*months?\s*", text)
    return read_duration(text) if found is None else int(found[1]) * timedelta(days=30)


_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def read_window(text: str) -> tuple[time, time] | None:
    """From (included) to (not), within one local day; "24:00" is its end, said as 00:00. None where it is neither."""
    found = re.fullmatch(r"\s*(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})\s*", text)
    if found is None:
        return None
    opens, closes = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    if opens[0] > 23 or opens[1] > 59 or closes[1] > 59 or closes > (24, 0) or opens >= closes:
        return None
    return time(*opens), time() if closes == (24, 0) else time(*closes)


def read_weekdays(text: str) -> frozenset[int] | None:
    """Monday is 0. Ranges may run over Sunday: "Sa-Mo". None where a name is none."""
    days: set[int] = set()
    for part in text.split(","):
        names = [name.strip() for name in part.split("-")]
        if len(names) > 2 or any(name not in _WEEKDAYS for name in names):
            return None
        first, last = _WEEKDAYS.index(names[0]), _WEEKDAYS.index(names[-1])
        days |= {(first + number) % 7 for number in range((last - first) % 7 + 1)}
    return frozenset(days)


def format_seconds(count: float) -> str:
    return format_duration(timedelta(seconds=count))


def format_duration(length: timedelta) -> str:
    """In its two largest units, the second only where it is not nothing; days alone from the third on."""
    total_s = max(0, round(length.total_seconds()))
    if total_s < 60:
        return f"{total_s} s"
    if total_s < 3_600:
        return _said(total_s, 60, "min", 1, "s")
    if total_s < 48 * 3_600:
        return _said(total_s, 3_600, "h", 60, "min")
    return f"{total_s // 86_400} days"


def _said(total_s: int, large_s: int, large: str, small_s: int, small: str) -> str:
    count, rest_s = divmod(total_s, large_s)
    rest = rest_s // small_s
    return f"{count} {large} {rest} {small}" if rest else f"{count} {large}"
