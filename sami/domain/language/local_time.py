"""How is an instant said to somebody? On the reader's own clock, short, with the zone named where theirs differs."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sami.domain.language.hours import clock_time, to_local, zone_name

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, and where the reader lives: all that a time needs to be said."""

    now: datetime
    zone: str

    def say(self, at: datetime) -> str:
        """3:00 PM today, Tue 9:00 AM within a week, Tue Dec 29 9:00 AM beyond."""
        local, today = to_local(at, self.zone), to_local(self.now, self.zone).date()
        clock, days = clock_time(local), (local.date() - today).days
        if days == 0:
            return clock
        return f"{_WEEKDAYS[local.weekday()] if -1 <= days < 7 else _day_of_year(local)} {clock}"

    def note(self, at: datetime, their_zone: str | None = None) -> str:
        """For whoever reads it at any time later: Tue Nov 17 9:00 AM CST, with the year where it is not this one.

        `their_zone`: of somebody else who said it; theirs is added where their clock shows another.
        """
        local, today = to_local(at, self.zone), to_local(self.now, self.zone).date()
        year = "" if local.year == today.year else f" {local.year}"
        noted = f"{_day_of_year(local)}{year} {clock_time(local)} {zone_name(at, self.zone)}"
        if their_zone is None or to_local(at, their_zone) == local:
            return noted
        return f"{noted} ({Clock(self.now, their_zone).say(at)} {zone_name(at, their_zone)} where they are)"

    def format_theirs(self, at: datetime, their_zone: str) -> str:
        """Formats a time that somebody else said: with the zone, and theirs, where their clock shows another."""
        if to_local(at, self.zone) == to_local(at, their_zone):
            return self.say(at)
        theirs = f"{Clock(self.now, their_zone).say(at)} {zone_name(at, their_zone)}"
        return f"{self.say(at)} {zone_name(at, self.zone)} ({theirs} where they are)"

    def day(self, day: date) -> str:
        """today, Fri within a week, Fri Dec 29 beyond."""
        days = (day - to_local(self.now, self.zone).date()).days
        if days == 0:
            return "today"
        return _WEEKDAYS[day.weekday()] if -1 <= days < 7 else _day_of_year(day)

    def until(self, at: datetime) -> str:
        """until 3:00 PM; where a day is over then, "through Fri", as people say it."""
        local = to_local(at, self.zone)
        if local.time() == time() and at > self.now:
            return f"through {self.day(local.date() - timedelta(days=1))}"
        return f"until {self.say(at)}"


def _day_of_year(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {_MONTHS[day.month - 1]} {day.day}"
