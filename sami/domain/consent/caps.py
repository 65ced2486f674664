"""How much may we say by ourselves to people outside? Caps on texts and bot calls, per phone, line, country and in all.

A visitor can make us text or call a stranger, by a form or a call that pretends to be from there: never without bounds
(S25).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sami.domain.language.phone import E164, country_of, last_four


class Spent(StrEnum):
    """What is counted."""

    TEXTS = "texts"
    CALLS = "calls"

    @property
    def one(self) -> str:
        return self.value.removesuffix("s")


class Per(StrEnum):
    """Windows are those of the clock, in UTC, so that one number for each cap is all there is to keep."""

    HOUR = "hour"
    DAY = "day"

    def begins_at(self, now: datetime) -> datetime:
        hour = now.replace(minute=0, second=0, microsecond=0)
        return hour if self is Per.HOUR else hour.replace(hour=0)

    def ends_at(self, now: datetime) -> datetime:
        return self.begins_at(now) + (timedelta(hours=1) if self is Per.HOUR else timedelta(days=1))


class Limits(Protocol):
    """The operator's settings, as far as they are caps of this kind: `texts_per_phone_per_hour` and so on."""

    def most(self, spent: str, of: str, per: str) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Cap:
    """`name` is where it is counted; `of` is phone, line, country or all."""

    spent: Spent
    of: str
    per: Per
    name: str
    whom: str
    most: int

    @property
    def why(self) -> str:
        """Why nothing more leaves, to be read by itself."""
        within = f"within {'an hour' if self.per is Per.HOUR else 'a day'}{self.whom}"
        if self.most == 1:
            return f"1 {self.spent.one} {within} is as many as [limits] permits"
        return f"{self.most} {self.spent.value} {within} are as many as [limits] permits"


def caps_on(spent: Spent, *, phone: E164, line: E164, home: str, limits: Limits) -> tuple[Cap, ...]:
    """The narrowest first: one phone that is written to without end must not stop everybody else's texts."""
    country = country_of(phone) or home
    subjects = {
        "phone": (phone, f" to the phone ending {last_four(phone)}"),
        "line": (line, f" from the line ending {last_four(line)}"),
        "country": (country, f" to {country}"),
        "all": ("", ""),
    }
    return tuple(
        Cap(spent, of, per, f"{spent}/{per}/{of}/{subject}", whom, most)
        for of, (subject, whom) in subjects.items()
        for per in Per
        if (most := limits.most(spent, of, per)) is not None
    )


def first_reached(caps: tuple[Cap, ...], counted: Mapping[str, int]) -> Cap | None:
    """`counted`: by name, what was spent in the window that runs now."""
    return next((cap for cap in caps if counted.get(cap.name, 0) >= cap.most), None)
