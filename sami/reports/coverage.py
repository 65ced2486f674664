"""Is somebody able to ring while we are open? By hours, holidays and absences as they are written today.

Switches, rests and talks are not in it: it is about the roster that people were promised.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sami.domain.language.hours import shifts_between
from sami.domain.reports.period import Period, number_of
from sami.domain.reports.tallies import Tally
from sami.reports.asked import Asked
from sami.store.facts import Directory, read_directory
from sami.store.people import stored_agents
from sami.store.report_calls import talks

WRAP_UP_S = 15
GAPS_NAMED = 100

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time in which nothing changes: how many agents have open hours, and how many of them are not away."""

    since: datetime
    until: datetime
    open: int
    able: int


def coverage(db: Connection, asked: Asked) -> Mapping[Any, Tally]:
    """By local day or hour."""
    by = "hour" if asked.by == "hour" else "day"
    found: dict[int, Counter[str]] = {}
    for stretch in read_roster(db, asked.period):
        if stretch.open:
            counts = found.setdefault(number_of(stretch.since, by, asked.period.zone), Counter())
            seconds = round((stretch.until - stretch.since).total_seconds())
            counts["open"] += seconds
            counts[("none", "one", "two")[min(stretch.able, 2)]] += seconds
            counts["able"] += seconds * stretch.able
    for _, since, until in talks(db, asked.period):
        counts = found.setdefault(number_of(since, by, asked.period.zone), Counter())
        counts["busy"] += round((until - since).total_seconds()) + WRAP_UP_S
    return {number: Tally(counts) for number, counts in found.items()}


def gaps(roster: Iterator[Stretch]) -> Iterator[Span]:
    """When somebody's hours were open and nobody was there, in order."""
    running: Span | None = None
    for stretch in roster:
        is_gap = stretch.open > 0 and stretch.able == 0
        if running is not None and (not is_gap or stretch.since != running[1]):
            yield running
            running = None
        if is_gap:
            running = (running[0] if running else stretch.since, stretch.until)
    if running is not None:
        yield running


def read_roster(db: Connection, period: Period) -> Iterator[Stretch]:
    """In order, none longer than a slot."""
    directory = read_directory(db)
    keys = [key for key, agent in stored_agents(db).items() if agent.active and key in directory.agents]
    changes: dict[datetime, tuple[int, int]] = dict.fromkeys(_slots(period), (0, 0))
    for key in keys:
        is_ever_away = bool(directory.agents[key].out_of_office)
        _note(changes, _spans(directory, key, period, away=False), (1, 0 if is_ever_away else 1))
        if is_ever_away:
            _note(changes, _spans(directory, key, period, away=True), (0, 1))
    return _stretches(changes, period)


def _stretches(changes: Mapping[datetime, tuple[int, int]], period: Period) -> Iterator[Stretch]:
    open_now, able, since = 0, 0, period.since
    for at in sorted(changes):
        if at > since:
            yield Stretch(since, min(at, period.until), open_now, able)
        since = at
        open_now, able = open_now + changes[at][0], able + changes[at][1]
    if since < period.until:
        yield Stretch(since, period.until, open_now, able)


def _note(changes: dict[datetime, tuple[int, int]], spans: Iterator[Span], by: tuple[int, int]) -> None:
    for begins, ends in spans:
        for at, sign in ((begins, 1), (ends, -1)):
            held = changes.get(at, (0, 0))
            changes[at] = held[0] + sign * by[0], held[1] + sign * by[1]


def _spans(directory: Directory, key: str, period: Period, *, away: bool) -> Iterator[Span]:
    absences = [(gone.from_, gone.to) for gone in directory.agents[key].out_of_office] if away else []
    return shifts_between(directory.schedule_of(key), period.since, period.until, absences)


def _slots(period: Period) -> Iterator[datetime]:
    """Where slots begin within the period."""
    slot = int(period.since.timestamp()) // period.slot_s
    at = datetime.fromtimestamp((slot + 1) * period.slot_s, UTC)
    while at < period.until:
        yield at
        at += timedelta(seconds=period.slot_s)
