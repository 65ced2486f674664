"""When is somebody at work? Local time against instants in UTC; the door of `pytz`.

Hours speak of local calendar dates (`hours_text`), so each date is expanded once into shifts between two instants, and
everything else compares instants. A local time that does not exist moves to the next that does; one that comes twice
is the first (R11).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import pytz  # noqa: TID251 - this is the door.

from sami.domain.language.opening_hours import open_spans

SEARCH_DAYS = 400
OFF_DAYS_MAX = 7
MORNING = time(8)
_DAY = timedelta(days=1)

Days = tuple[date, date]
"""The dates from the first to the last, both included."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of one person or rule. `hours` None is always; `holidays` is a region such as US or US-TX."""

    time_zone: str
    hours: str | None
    holidays: str | None


@dataclass(frozen=True, slots=True)
class Shift:
    """Open time without a break, across midnight too. `ends_at` None: no end in sight."""

    starts_at: datetime
    ends_at: datetime | None


def is_open(schedule: Schedule, at: datetime) -> bool:
    if schedule.hours is None:
        return True
    today = to_local(at, schedule.time_zone).date()
    # The neighbours too: a clock set back across midnight returns to a date whose shifts are over.
    return any(
        start <= at < end for day in (today, today - _DAY, today + _DAY) for start, end in _shifts_of(schedule, day)
    )


def next_opening(schedule: Schedule, at: datetime) -> datetime | None:
    """The first instant from `at` on that is open: `at` itself if it is. None: not within `SEARCH_DAYS`."""
    if schedule.hours is None:
        return at
    return next((shift.starts_at for shift in _shifts_from(schedule, at)), None)


def next_closing(schedule: Schedule, at: datetime) -> datetime | None:
    """When the shift that runs at `at`, or else the next one, ends. None: never opens or never closes."""
    if schedule.hours is None:
        return None
    return next((shift.ends_at for shift in _shifts_from(schedule, at)), None)


def after_open_time(schedule: Schedule, at: datetime, length: timedelta) -> datetime:
    """The instant that much open time later; where nothing opens in sight, that much time later."""
    if schedule.hours is None:
        return at + length
    left = length
    for shift in _shifts_from(schedule, at):
        if shift.ends_at is None or shift.ends_at - shift.starts_at >= left:
            return shift.starts_at + left
        left -= shift.ends_at - shift.starts_at
    return at + length


def next_shifts(schedule: Schedule, at: datetime, count: int, away: Sequence[Days] = ()) -> tuple[Shift, ...]:
    """What is left of the running shift, beginning at `at`, and the following ones. Nothing where hours are always.

    `away`: local dates on which there is no shift, whatever the hours say.
    """
    if schedule.hours is None:
        return ()
    spans = [(start_of_day(first, schedule.time_zone), end_of_day(last, schedule.time_zone)) for first, last in away]
    shifts = (piece for shift in _shifts_from(schedule, at) for piece in _without(shift, sorted(spans)))
    return tuple(shift for shift, _ in zip(shifts, range(count), strict=False))


def shifts_between(
    schedule: Schedule, since: datetime, until: datetime, away: Sequence[Days] = ()
) -> Iterator[tuple[datetime, datetime]]:
    """Open time of a period, in order and cut to it; all of it where no hours are written. `away` as elsewhere."""
    spans = sorted(
        (start_of_day(first, schedule.time_zone), end_of_day(last, schedule.time_zone)) for first, last in away
    )
    shifts = iter((Shift(since, until),)) if schedule.hours is None else _shifts_from(schedule, since)
    for shift in shifts:
        if shift.starts_at >= until:
            return
        for piece in _without(shift, spans):
            if piece.starts_at < until:
                yield piece.starts_at, until if piece.ends_at is None else min(piece.ends_at, until)


def _without(shift: Shift, spans: Sequence[tuple[datetime, datetime]]) -> Iterator[Shift]:
    """What is left of a shift outside these spans, which are in order."""
    starts_at: datetime | None = shift.starts_at
    for begins, ends in spans:
        if starts_at is None or ends <= starts_at or (shift.ends_at is not None and begins >= shift.ends_at):
            continue
        if begins > starts_at:
            yield Shift(starts_at, begins)
        starts_at = ends if shift.ends_at is None or ends < shift.ends_at else None
    if starts_at is not None:
        yield Shift(starts_at, shift.ends_at)


def end_of_plain_off(schedule: Schedule, at: datetime) -> datetime:
    """At the first shift that begins after the running one has ended, or at the next where none runs; within 7 days.

    Without hours, and inside a shift that lasts all of tomorrow, nothing begins: then it is tomorrow at eight.
    """
    tomorrow = to_local(at, schedule.time_zone).date() + _DAY
    latest = at + OFF_DAYS_MAX * _DAY
    for shift in _shifts_from(schedule, at) if schedule.hours is not None else (Shift(at, None),):
        if shift.starts_at > at:
            return min(shift.starts_at, latest)
        if shift.ends_at is None or shift.ends_at >= end_of_day(tomorrow, schedule.time_zone):
            return from_local(datetime.combine(tomorrow, MORNING), schedule.time_zone)
    return latest


def opening_on(schedule: Schedule, day: date) -> datetime:
    """The first opening of this local date, else eight in the morning."""
    midnight = start_of_day(day, schedule.time_zone)
    opening = None if schedule.hours is None else next_opening(schedule, midnight)
    if opening is not None and midnight <= opening < end_of_day(day, schedule.time_zone):
        return opening
    return from_local(datetime.combine(day, MORNING), schedule.time_zone)


def prepare(schedule: Schedule, at: datetime) -> None:
    """Compute what `is_open` needs this week, so that no caller waits for a calendar to load (R2)."""
    for days in range(OFF_DAYS_MAX):
        is_open(schedule, at + days * _DAY)


def next_time_of_day(zone: str, hour: int, minute: int, at: datetime) -> datetime:
    """The first such local time after `at`."""
    today = to_local(at, zone).date()
    times = (from_local(datetime.combine(today + days * _DAY, time(hour, minute)), zone) for days in range(4))
    return next(instant for instant in times if instant > at)


@lru_cache(maxsize=1024)  # Everybody in a roster is asked about one instant.
def to_local(at: datetime, zone: str) -> datetime:
    """What the clock on the wall shows, without a zone."""
    return at.astimezone(_zone(zone)).replace(tzinfo=None)


def clock_time(local: datetime | time, *, seconds: bool = False) -> str:
    """3:00 PM, or 3:00:05 PM."""
    shown = f"{(local.hour - 1) % 12 + 1}:{local.minute:02d}"
    return f"{shown}{f':{local.second:02d}' if seconds else ''} {'AM' if local.hour < 12 else 'PM'}"


def zone_name(at: datetime, zone: str) -> str:
    """EST, CDT; where a zone has no such letters, its distance from UTC."""
    return at.astimezone(_zone(zone)).tzname() or zone


@lru_cache(maxsize=16384)
def from_local(naive: datetime, zone: str) -> datetime:
    """The first instant at which the wall clock there shows this time, or has skipped it."""
    early, late = (naive - _offset(naive + side, zone) for side in (-_DAY, _DAY))
    shown = [instant for instant in (early, late) if to_local(_utc(instant), zone) == naive]
    return _utc(min(shown)) if shown else _end_of_gap(late, early, naive, zone)


def start_of_day(day: date, zone: str) -> datetime:
    return from_local(datetime.combine(day, time()), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """When the next one begins."""
    return start_of_day(day + _DAY, zone)


def zone_problem(zone: str) -> str | None:
    """What is wrong with this name of a time zone; None where nothing is."""
    if zone in pytz.all_timezones_set:
        return None
    words = zone.casefold().replace(" ", "_").rpartition("/")[2]
    near = [name for name in pytz.common_timezones if len(words) > 2 and words in name.casefold()][:3]
    return f'There is no time zone "{zone}"; write {" or ".join(near) or "a name such as America/Chicago"}.'


def common_zones() -> tuple[str, ...]:
    """The zones to offer where one is chosen."""
    return tuple(pytz.common_timezones)


def _end_of_gap(before: datetime, after: datetime, naive: datetime, zone: str) -> datetime:
    """The instant, between these two, from which the wall clock is past `naive`."""
    while after - before > timedelta(microseconds=1):
        middle = before + (after - before) / 2
        if to_local(_utc(middle), zone) > naive:
            after = middle
        else:
            before = middle
    return _utc(after)


def _offset(instant: datetime, zone: str) -> timedelta:
    return to_local(_utc(instant), zone) - instant


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


@lru_cache(maxsize=1024)
def _zone(name: str) -> pytz.BaseTzInfo:
    return pytz.timezone(name)


def _shifts_from(schedule: Schedule, at: datetime) -> Iterator[Shift]:
    """What is left of the shifts from `at` on, joined where one ends as the next begins."""
    first = to_local(at, schedule.time_zone).date() - _DAY
    last = first + SEARCH_DAYS * _DAY
    running: tuple[datetime, datetime] | None = None
    day = first
    while day <= last:
        for start, end in _shifts_of(schedule, day):
            if end <= at:
                continue
            if running is not None and start <= running[1]:
                running = running[0], end
                continue
            if running is not None:
                yield Shift(*running)
            running = max(start, at), end
        day += _DAY
    if running is not None:
        endless = running[1] >= start_of_day(day, schedule.time_zone)
        yield Shift(running[0], None if endless else running[1])


@lru_cache(maxsize=16384)
def _shifts_of(schedule: Schedule, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The open times of one local date, as instants; those that fall into a skipped hour altogether are gone."""
    assert schedule.hours is not None
    spans = open_spans(schedule.hours, schedule.holidays, day)
    instants = ((from_local(start, schedule.time_zone), from_local(end, schedule.time_zone)) for start, end in spans)
    return tuple((start, end) for start, end in instants if start < end)
