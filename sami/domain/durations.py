"""How admins write a length of time, "5 minutes", "1 hour", "2 days", and how we say one: "4 min 10 s", "3 h"."""

import re
from datetime import timedelta

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(7)}


def read_duration(text: str) -> timedelta:
    """Raises ValueError for anything but a whole number and a unit."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*(minute|hour|day|week)s?\s*", text)
    if found is None:
        raise ValueError(f'"{text}" is not a length of time; write it like "5 minutes", "1 hour" or "2 days"')
    return int(found[1]) * _UNITS[found[2]]


def say_duration(length: timedelta) -> str:
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
