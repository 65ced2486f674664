"""Instants as the organisation's clock shows them, and what a check saw, for somebody who reads no documents."""

import re
from collections.abc import Callable
from datetime import date, datetime

from sami.domain.language.hours import clock_time, to_local
from sami.domain.language.trace import Finding

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def said_time(at: datetime, zone: str) -> str:
    return clock_time(to_local(at, zone), seconds=True)


def said_date(at: datetime, zone: str) -> str:
    local = to_local(at, zone)
    return f"{said_day(local.date())}, {local.year}"


def said_day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def said_detail(found: Finding, say: Callable[[datetime], str]) -> str:
    """In brackets, after a blank; `say` puts an instant into words."""
    seen = _INSTANT.sub(lambda at: say(datetime.fromisoformat(at[0])), found.detail)
    seen = _DATE.sub(lambda day: said_day(date.fromisoformat(day[0])), seen).replace("_", " ")
    return f" ({seen})" if seen else ""
