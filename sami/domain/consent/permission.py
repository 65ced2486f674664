"""May this phone be texted or called now, later, or never? Asked again at the moment something leaves (R12)."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from sami.domain.language.hours import next_time_of_day, to_local
from sami.domain.language.local_time import Clock

ANSWER_WITHIN = timedelta(minutes=5)
OPENS, CLOSES = time(8), time(20)
LAW_CLOSES = time(21)  # 47 CFR 64.1200: never before 8 a.m. or after 9 p.m. at the called person's place.
SEARCH = timedelta(days=4)  # A Sunday that is left out, and three days besides.
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class ContactHours:
    """When we may text or call a lead by ourselves, on the clocks where they live: from `opens`, before `closes`."""

    opens: time = OPENS
    closes: time = CLOSES
    sundays: bool = True


BY_DEFAULT = ContactHours()


class Channel(StrEnum):
    """How we may reach a lead without being asked."""

    TEXT = "text"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """`zones`: every zone the phone may live in, never empty for a lead. `asked_at`: what this answers.

    `barred_until`: this channel, or all of them, may not be used before; `NEVER` for good. `stopped`: why the cadence
    that wanted this no longer does. `refused`: why this phone is none that we call or text (S3, S25).
    """

    opted_out: bool
    for_lead: bool = False
    refused: str | None = None
    bad_number: bool = False
    landline: bool = False
    zones: tuple[str, ...] = ()
    asked_at: datetime | None = None
    barred_until: datetime | None = None
    stopped: str | None = None
    hours: ContactHours = BY_DEFAULT


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a bar that names no end: a year that every database and library can write."""


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


def may_text(facts: ContactFacts, at: datetime) -> Permission:
    """Our own agents are asked for consent only; leads also for a phone that takes texts, and for the hour."""
    if not facts.opted_out and facts.for_lead and facts.landline:
        return Barred("landline")
    return may_contact(facts, at)


def may_contact(facts: ContactFacts, at: datetime) -> Permission:
    """May we text or call? An answer to the lead's own call or text may come at any hour, and before their date."""
    if facts.opted_out:
        return Barred("opted out")
    if not facts.for_lead:
        return Permitted()
    if facts.stopped is not None:
        return Barred(facts.stopped)
    if facts.bad_number:
        return Barred("bad number")
    if facts.refused is not None:
        return Barred(facts.refused)
    if facts.barred_until == NEVER:
        return Barred("not to be contacted")
    if facts.asked_at is not None and at - facts.asked_at <= ANSWER_WITHIN:
        return Permitted()
    if facts.barred_until is not None and facts.barred_until > at:
        return Barred(f"not to be contacted until {Clock(at, next(iter(facts.zones), 'UTC')).note(facts.barred_until)}")
    opens_at = next_permitted(facts.zones, at, facts.hours)
    if opens_at is None:
        return Barred("no hour is permitted in every zone this phone may live in")
    return Permitted() if opens_at == at else NotBefore(opens_at)


def next_permitted(zones: tuple[str, ...], at: datetime, hours: ContactHours = BY_DEFAULT) -> datetime | None:
    """The first instant from `at` on that is day in every zone, by law's longer day where there is no other."""
    by_law = ContactHours(OPENS, LAW_CLOSES, hours.sundays)
    return _next_shared(zones, at, hours) or _next_shared(zones, at, by_law)


def _next_shared(zones: tuple[str, ...], at: datetime, hours: ContactHours) -> datetime | None:
    latest = at + SEARCH
    while at <= latest:
        later = max((_next_open(zone, at, hours) for zone in zones), default=at)
        if later == at:
            return at
        at = later
    return None


def _next_open(zone: str, at: datetime, hours: ContactHours) -> datetime:
    while True:
        local = to_local(at, zone)
        is_permitted_day = hours.sundays or local.weekday() != SUNDAY
        if is_permitted_day and hours.opens <= local.time() < hours.closes:
            return at
        at = next_time_of_day(zone, hours.opens.hour, hours.opens.minute, at)
