"""R11: clock jumps ring nobody at 3 a.m. and skip nobody, judged minute by minute by an oracle that shares no code."""

import importlib.resources
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest

from sami.domain.language.hours import Schedule, common_zones, from_local, is_open, next_closing, next_opening
from tests.support.counts import count

SAMPLES = count(20_000, 200_000)
SEED = 20_261_105
FROM, TO = datetime(2025, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BEFORE_H, AFTER_H, WARM_UP_H = 20, 30, 6

Spans = tuple[tuple[int, int], ...]
"""Minutes since midnight; an end above 1440 runs into the next date."""

WEEKDAYS = {"Mo-Su": range(7), "Mo-Fr": range(5), "Sa,Su": (5, 6), "Mo,We,Fr,Su": (0, 2, 4, 6), "Fr-Mo": (4, 5, 6, 0)}
TIMES: dict[str, Spans] = {
    "09:00-18:00": ((540, 1080),),
    "08:00-12:00,13:00-17:00": ((480, 720), (780, 1020)),
    "00:00-24:00": ((0, 1440),),
    "20:00-08:00": ((1200, 1920),),
    "22:30-02:30": ((1350, 1590),),
    "23:00-00:30": ((1380, 1470),),
    "00:30-01:30": ((30, 90),),
    "01:30-02:30": ((90, 150),),
    "02:15-02:45": ((135, 165),),
    "03:00-03:30,23:15-23:45": ((180, 210), (1395, 1425)),
}


@dataclass(frozen=True)
class Rule:
    weekdays: frozenset[int]
    dates: frozenset[date]
    on_holidays: bool
    spans: Spans

    def names(self, day: date) -> bool:
        is_holiday = self.on_holidays and day in french_holidays(day.year)
        return day.weekday() in self.weekdays or day in self.dates or is_holiday


@lru_cache
def french_holidays(year: int) -> frozenset[date]:
    easter = easter_of(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    return frozenset({date(year, *day) for day in fixed} | {easter + days * DAY for days in (1, 39, 50)})


def easter_of(year: int) -> date:
    """Butcher's rule for the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + i - 7 * ((a + 11 * h + 22 * i) // 451) + 114, 31)
    return date(year, month, day + 1)


def open_minutes(rules: tuple[Rule, ...], day: date) -> frozenset[int]:
    """A date belongs to the last rule that names it; else nights of the day before run out."""
    deciding = [rule for rule in rules if rule.names(day)][-1:]
    minutes: set[int] = set()
    for rule in deciding:
        minutes.update(minute for start, end in rule.spans for minute in range(start, min(end, 1440)))
    night_before = [rule for rule in rules if rule.names(day - DAY)][-1:]
    for rule in night_before if not deciding or deciding == night_before else ():
        minutes.update(minute - 1440 for start, end in rule.spans for minute in range(max(start, 1440), end))
    return frozenset(minutes)


def walk(zone: ZoneInfo, rules: tuple[Rule, ...], start: datetime, end: datetime) -> Iterator[tuple[datetime, bool]]:
    """Each minute and whether it is open. While a clock repeats an hour, the schedule waits for it to catch up."""
    tables: dict[date, frozenset[int]] = {}
    at = start - timedelta(hours=WARM_UP_H)
    reached = at.astimezone(zone).replace(tzinfo=None)
    while at < end:
        reached = max(reached, at.astimezone(zone).replace(tzinfo=None))
        day = reached.date()
        if day not in tables:
            tables[day] = open_minutes(rules, day)
        if at >= start:
            yield at, reached.hour * 60 + reached.minute in tables[day]
        at += MINUTE


@lru_cache
def zone_of(name: str) -> ZoneInfo:
    # The released rules, whatever the machine's own are; another reader of them than the product's.
    path = importlib.resources.files("pytz").joinpath("zoneinfo", *name.split("/"))
    with path.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def transitions(zone: ZoneInfo) -> Iterator[datetime]:
    """The first minute of each new offset."""
    step = 4 * DAY
    at = FROM
    while at < TO:
        if at.astimezone(zone).utcoffset() != (at + step).astimezone(zone).utcoffset():
            low, high = at, at + step
            while high - low > MINUTE:
                middle = low + (high - low) // MINUTE // 2 * MINUTE
                is_before = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if is_before else (low, middle)
            yield high
        at += step


def every_transition() -> list[tuple[str, datetime]]:
    return [(name, at) for name in common_zones() for at in transitions(zone_of(name))]


def any_rules(chance: random.Random, near: date) -> tuple[str, str | None, tuple[Rule, ...]]:
    """Weekly hours, often with public holidays, often with a dated exception."""
    weekdays, times = chance.choice(list(WEEKDAYS)), chance.choice(list(TIMES))
    with_holidays = chance.random() < 0.15
    text = f"{weekdays}{',PH' if with_holidays else ''} {times}"
    rules = [Rule(frozenset(WEEKDAYS[weekdays]), frozenset(), with_holidays, TIMES[times])]
    may_except = "24:00" in times or TIMES[times][-1][1] <= 1440
    if not with_holidays and chance.random() < 0.4:
        text += "; PH off"
        rules.append(Rule(frozenset(), frozenset(), True, ()))
    if chance.random() < 0.4:
        day = near + chance.randint(-1, 1) * DAY
        kind = chance.choice(["off", "02:00-10:00", "01:45-02:15,09:00-12:00"] if may_except else ["off"])
        spans = {"off": (), "02:00-10:00": ((120, 600),), "01:45-02:15,09:00-12:00": ((105, 135), (540, 720))}[kind]
        text += f"; {day:%Y %b %d} {kind}"
        rules.append(Rule(frozenset(), frozenset({day}), False, spans))
    return text, "FR" if "PH" in text else None, tuple(rules)


def test_r11_the_oracle_knows_the_changes_of_a_clock() -> None:
    changes = [at.isoformat() for at in transitions(zone_of("America/Chicago")) if at.year == 2026]
    assert changes == ["2026-03-08T08:00:00+00:00", "2026-11-01T07:00:00+00:00"]
    assert easter_of(2027) == date(2027, 3, 28)


@pytest.mark.timeout(1200)
def test_r11_hours_agree_with_the_oracle_around_every_clock_change() -> None:
    chance = random.Random(SEED)
    scenes = every_transition()
    # Zones that never change their clock are part of the world too.
    scenes += [(name, FROM + chance.randrange(2000) * DAY) for name in common_zones()]
    each = -(-SAMPLES // len(scenes))
    compared = sum(compare(chance, name, at, each) for name, at in scenes)
    assert compared >= SAMPLES


def compare(chance: random.Random, name: str, change: datetime, samples: int) -> int:
    zone = zone_of(name)
    text, holidays, rules = any_rules(chance, change.astimezone(zone).date())
    schedule = Schedule(name, text, holidays)
    start, end = change - timedelta(hours=BEFORE_H), change + timedelta(hours=AFTER_H)
    minutes = [is_it for _, is_it in walk(zone, rules, start, end)]
    for _ in range(samples):
        # Half of them where it hurts: in the hours around the change.
        hours = 3 if chance.random() < 0.5 else BEFORE_H - 1
        index = (BEFORE_H * 60) + chance.randint(-hours * 60, hours * 60)
        at = start + index * MINUTE
        said = f"{name} {text!r} {at.isoformat()}"
        assert is_open(schedule, at + timedelta(seconds=chance.randrange(60))) == minutes[index], said
        assert agrees(next_opening(schedule, at), first(minutes, index, True, start), end), said
        opened = minutes.index(True, index) if True in minutes[index:] else len(minutes)
        assert agrees(next_closing(schedule, at), first(minutes, opened, False, start), end), said
    return samples


def first(minutes: list[bool], index: int, wanted: bool, start: datetime) -> datetime | None:
    """The first such minute that the oracle saw."""
    return start + minutes.index(wanted, index) * MINUTE if wanted in minutes[index:] else None


def agrees(found: datetime | None, seen: datetime | None, end: datetime) -> bool:
    return found == seen if seen is not None else found is None or found >= end


def test_r11_a_local_time_is_the_first_instant_at_which_the_clock_shows_or_passes_it() -> None:
    chance = random.Random(SEED)
    for name, change in chance.sample(every_transition(), count(300, 1500)):
        zone = zone_of(name)
        wanted = change.astimezone(zone).replace(tzinfo=None) + chance.randint(-150, 150) * MINUTE
        at = change - timedelta(hours=BEFORE_H)
        while at.astimezone(zone).replace(tzinfo=None) < wanted:
            at += MINUTE
        assert from_local(wanted, name) == at, f"{name} {wanted}"
