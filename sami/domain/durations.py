"""How admins write a length of time: "5 minutes", "1 hour", "2 days"."""

import re
from datetime import timedelta

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(7)}


def read_duration(text: str) -> timedelta:
    """Raises ValueError for anything but a whole number and a unit."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*(minute|hour|day|week)s?\s*", text)
    if found is None:
        raise ValueError(f'"{text}" is not a length of time; write it like "5 minutes", "1 hour" or "2 days"')
    return int(found[1]) * _UNITS[found[2]]
