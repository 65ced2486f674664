"""Calls counted for reports, in one look at the calls of a period: grouped by what they are split by."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, false, func, literal, select

from sami.database.sql_time import seconds_between
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.reports.period import BY_TIME, Period
from sami.domain.reports.tallies import Tally
from sami.store.call_list import numbers_between
from sami.store.calls import attempts, call_gates, calls
from sami.store.leads import leads
from sami.store.local_time import local_number
from sami.store.people import agents
from sami.store.selections import (
    CALLS_COUNTED,
    OUR_FAULTS,
    calls_counted,
    follow_up,
    taken_by_fallback,
    to_our_lines,
    waited,
)
from sami.store.work import tasks

Keyed = dict[Any, Tally]

_KEYS: Mapping[str, ColumnElement[Any]] = {
    "line": calls.c.line,
    "bot": func.coalesce(calls.c.bot, ""),
    "source": func.coalesce(leads.c.source, ""),
    "rule": func.coalesce(leads.c.matched_rule, ""),
}
_OF_THE_LEAD = ("source", "rule")


def count_calls(db: Connection, period: Period, *, by: str | None, counted: Sequence[str], within_s: int) -> Keyed:
    """What is split by time has the numbers of its local days or hours as keys."""
    key = _key(by, period)
    within = taken_by_fallback.where(*_rung_in(db, period))
    columns = [func.count().filter(_counted(name, within_s, within)).label(f"c{n}") for n, name in enumerate(counted)]
    rows = db.execute(select(key.label("key"), *columns).select_from(_source(by)).where(*_in(period)).group_by(key))
    return {row[0]: Tally(Counter(dict(zip(counted, row[1:], strict=True)))) for row in rows}


def measure_waits(db: Connection, period: Period, *, by: str | None) -> Keyed:
    """Seconds until a person, of answered calls."""
    return _measure(db, period, by, "wait", waited, _source(by), (*_in(period), CALLS_COUNTED["answered"]))


def measure_follow_ups(db: Connection, period: Period, *, by: str | None) -> Keyed:
    """Seconds from the end of a missed call to its task being done."""
    source = _source(by).join(tasks, follow_up)
    took = seconds_between(calls.c.ended_at, tasks.c.done_at)
    done = tasks.c.state == "done", CALLS_COUNTED["missed"], calls.c.ended_at.is_not(None)
    return _measure(db, period, by, "to_done", took, source, (*_in(period), *done))


def count_offers(db: Connection, period: Period) -> Keyed:
    """By agent: how the rings of their phone ended, in calls to our lines."""
    ended = attempts.c.ended
    query = (
        select(agents.c.key, ended, func.count())
        .select_from(
            attempts.join(calls, calls.c.id == attempts.c.call_id).join(agents, agents.c.id == attempts.c.agent_id)
        )
        .where(*_in(period), *_rung_in(db, period), CALLS_COUNTED["offered"])
        .group_by(agents.c.key, ended)
    )
    found: Keyed = {}
    for key, word, times in db.execute(query):
        counts = found.setdefault(key, Tally()).counts
        counts["offers"] += times
        counts["our_faults"] += times if word in OUR_FAULTS else 0
        if word is not None:
            counts[word] += times
    return found


def count_fallbacks(db: Connection, period: Period) -> Keyed:
    """By fallback number, with the name it had when it was rung."""
    rung = attempts.join(calls, calls.c.id == attempts.c.call_id)
    answered = func.count().filter(attempts.c.ended == AttemptEnd.ACCEPTED.value)
    query = (
        select(attempts.c.phone, func.max(attempts.c.name), func.count(), answered)
        .select_from(rung)
        .where(*_in(period), *_rung_in(db, period), attempts.c.agent_id.is_(None), CALLS_COUNTED["offered"])
        .group_by(attempts.c.phone)
    )
    return {
        (phone, name): Tally(Counter(rang=rang, took=answered)) for phone, name, rang, answered in db.execute(query)
    }


def count_gates_before_fallback(db: Connection, period: Period) -> Keyed:
    """By the gate that refused an agent in calls that reached a fallback number."""
    reached = (
        select(calls.c.id, func.max(calls.c.joined_at).label("joined_at"))
        .select_from(calls.join(attempts, and_(attempts.c.call_id == calls.c.id, attempts.c.agent_id.is_(None))))
        .where(*_in(period), *_rung_in(db, period), CALLS_COUNTED["offered"])
        .group_by(calls.c.id)
        .subquery()
    )
    query = (
        select(call_gates.c.gate, func.count(), func.count(reached.c.joined_at))
        .select_from(reached.join(call_gates, call_gates.c.call_id == reached.c.id))
        .group_by(call_gates.c.gate)
    )
    return {(gate, ""): Tally(Counter(rang=rang, took=answered)) for gate, rang, answered in db.execute(query)}


def talks(db: Connection, period: Period) -> list[tuple[str, datetime, datetime]]:
    """Each talk of an agent: who, from when, to when."""
    talked = attempts.c.joined_at >= period.since, attempts.c.joined_at < period.until, attempts.c.ended_at.is_not(None)
    query = select(agents.c.key, attempts.c.joined_at, attempts.c.ended_at).join(
        agents, agents.c.id == attempts.c.agent_id
    )
    in_call = query.join(calls, calls.c.id == attempts.c.call_id).where(*talked, *_in(period), *_rung_in(db, period))
    return [tuple(row) for row in db.execute(in_call)]


def _measure(
    db: Connection,
    period: Period,
    by: str | None,
    span: str,
    length: ColumnElement[int],
    source: FromClause,
    conditions: Iterable[ColumnElement[bool]],
) -> Keyed:
    key = _key(by, period)
    rows = db.execute(select(key, length, func.count()).select_from(source).where(*conditions).group_by(key, length))
    found: dict[Any, Counter[int]] = {}
    for of, seconds, times in rows:
        found.setdefault(of, Counter())[max(0, seconds)] += times
    return {of: Tally(spans={span: lengths}) for of, lengths in found.items()}


def _key(by: str | None, period: Period) -> ColumnElement[Any]:
    if by is not None and by in BY_TIME:
        return local_number(calls.c.arrived_at, by, period)
    return literal("") if by is None else _KEYS[by]


def _source(by: str | None) -> FromClause:
    return calls.outerjoin(leads, leads.c.id == calls.c.lead_id) if by in _OF_THE_LEAD else calls


def _counted(name: str, within_s: int, by_fallback: Select[Any]) -> ColumnElement[bool]:
    """As the lists select it; of fallbacks only those of the period are read."""
    if name == "by_fallback":
        return and_(CALLS_COUNTED["answered"], calls.c.id.in_(by_fallback))
    return calls_counted(name, within_s)


def _rung_in(db: Connection, period: Period) -> Sequence[ColumnElement[bool]]:
    """Between which calls of the period the rings lie: found without looking at all there ever were."""
    bounds = numbers_between(db, period.since, period.until)
    return [false()] if bounds is None else [attempts.c.call_id >= bounds[0], attempts.c.call_id <= bounds[1]]


def _in(period: Period) -> tuple[ColumnElement[bool], ...]:
    return calls.c.arrived_at >= period.since, calls.c.arrived_at < period.until, to_our_lines
