"""Is somebody able to ring while we are open? By hours, holidays and absences as they are written today.

Switches, rests and talks are not in it: it is about the roster that people were promised, minute by minute.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from typing import Any

from sqlalchemy import Connection

from sami.domain.language.hours import shifts_between
from sami.domain.reports.period import QUARTER_S, Period
from sami.domain.reports.tallies import Tally
from sami.reports.asked import Asked
from sami.store.facts import Directory, read_directory
from sami.store.people import stored_agents
from sami.store.report_calls import talks

WRAP_UP_S = 15
MINUTE = timedelta(minutes=1)
GAPS_NAMED = 100

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Roster:
    """For each minute of the period, how many agents have open hours, and how many of them are not away."""

    period: Period
    open: Sequence[int]
    able: Sequence[int]


def coverage(db: Connection, asked: Asked) -> Mapping[Any, Tally]:
    """By quarters of an hour since 1970."""
    roster = read_roster(db, asked.period)
    found: dict[int, Counter[str]] = {}
    for minute, (open_now, able) in enumerate(zip(roster.open, roster.able, strict=True)):
        if open_now:
            counts = found.setdefault(_quarter(asked.period.since + minute * MINUTE), Counter())
            counts["open_min"] += 1
            counts[("none_min", "one_min", "two_min")[min(able, 2)]] += 1
            counts["able_min"] += able
    for _, since, until in talks(db, asked.period.since, asked.period.until):
        busy_s = (until - since).total_seconds() + WRAP_UP_S
        found.setdefault(_quarter(since), Counter())["busy_min"] += round(busy_s / 60)
    return {quarter: Tally(counts) for quarter, counts in found.items()}


def gaps(roster: Roster) -> Iterator[Span]:
    """When somebody's hours were open and nobody was there, in order."""
    minute = 0
    for is_gap, group in groupby(zip(roster.open, roster.able, strict=True), lambda at: at[0] > 0 and at[1] == 0):
        length = len(list(group))
        if is_gap:
            yield roster.period.since + minute * MINUTE, roster.period.since + (minute + length) * MINUTE
        minute += length


def read_roster(db: Connection, period: Period) -> Roster:
    directory = read_directory(db)
    keys = [key for key, agent in stored_agents(db).items() if agent.active and key in directory.agents]
    return Roster(
        period,
        _by_minute(period, (span for key in keys for span in _spans(directory, key, period, away=False))),
        _by_minute(period, (span for key in keys for span in _spans(directory, key, period, away=True))),
    )


def _spans(directory: Directory, key: str, period: Period, *, away: bool) -> Iterator[Span]:
    absences = [(gone.from_, gone.to) for gone in directory.agents[key].out_of_office] if away else []
    return shifts_between(directory.schedule_of(key), period.since, period.until, absences)


def _by_minute(period: Period, spans: Iterator[Span]) -> Sequence[int]:
    minutes = int((period.until - period.since) / MINUTE)
    changes = [0] * (minutes + 1)
    for begins, ends in spans:
        changes[min(minutes, int((begins - period.since) / MINUTE))] += 1
        changes[min(minutes, int((ends - period.since) / MINUTE))] -= 1
    return list(accumulate(changes))[:minutes]


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // QUARTER_S
