"""May this phone be texted now, later, or never? Asked again at the moment a text leaves (R12)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sami.domain.hours import next_time_of_day, to_local

ANSWER_WITHIN = timedelta(minutes=5)
OPENS, CLOSES = time(8), time(20)
LAW_CLOSES = time(21)  # 47 CFR 64.1200: never before 8 a.m. or after 9 p.m. at the called person's place.
SEARCH = timedelta(days=3)


class Channel(StrEnum):
    """How we may reach a lead without being asked."""

    TEXT = "text"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class TextFacts:
    """`zones`: every zone the phone may live in, never empty for a lead. `asked_at`: what this text answers."""

    opted_out: bool
    for_lead: bool = False
    bad_number: bool = False
    landline: bool = False
    zones: tuple[str, ...] = ()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Permitted:
    pass


@dataclass(frozen=True, slots=True)
class NotBefore:
    at: datetime


@dataclass(frozen=True, slots=True)
class Barred:
    why: str


Permission = Permitted | NotBefore | Barred


def may_text(facts: TextFacts, at: datetime) -> Permission:
    """Our own agents are asked for consent only; leads also for a phone that takes texts, and for the hour."""
    if facts.opted_out:
        return Barred("opted out")
    if not facts.for_lead:
        return Permitted()
    if facts.bad_number:
        return Barred("bad number")
    if facts.landline:
        return Barred("landline")
    if facts.asked_at is not None and at - facts.asked_at <= ANSWER_WITHIN:
        return Permitted()
    opens_at = next_permitted(facts.zones, at)
    if opens_at is None:
        return Barred("no hour is permitted in every zone this phone may live in")
    return Permitted() if opens_at == at else NotBefore(opens_at)


def next_permitted(zones: tuple[str, ...], at: datetime) -> datetime | None:
    """The first instant from `at` on that is day in every zone, by law's longer day where there is no other."""
    return _next_shared(zones, at, CLOSES) or _next_shared(zones, at, LAW_CLOSES)


def _next_shared(zones: tuple[str, ...], at: datetime, closes: time) -> datetime | None:
    latest = at + SEARCH
    while at <= latest:
        later = max((_next_open(zone, at, closes) for zone in zones), default=at)
        if later == at:
            return at
        at = later
    return None


def _next_open(zone: str, at: datetime, closes: time) -> datetime:
    local = to_local(at, zone).time()
    return at if OPENS <= local < closes else next_time_of_day(zone, OPENS.hour, OPENS.minute, at)
