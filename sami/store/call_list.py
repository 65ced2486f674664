"""Which calls fit what is asked for, newest first, page by page: quick however many calls there are.

Pages go by a call's number, in which the index of each filter ends. Where a period is asked for, the numbers between
which its calls lie are looked up first; what the spool brought late has a higher number than its neighbours in time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, func, select

from sami.domain.reports.catalogue import WITHIN_S
from sami.store.calls import attempts, call_gates, calls, decisions
from sami.store.leads import leads
from sami.store.selections import calls_counted, to_our_lines


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Calls that fit all that is not None. `agent_id` and `ended` are of one and the same ring.

    `counted`: what a figure of a report counts, by the name of its selection; `within_s` belongs to `answered_within`.
    `source` and `rule` are those of the caller's lead.
    """

    line: str | None = None
    agent_id: int | None = None
    outcome: str | None = None
    ended: str | None = None
    gate: str | None = None
    lead_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    bot: str | None = None
    source: str | None = None
    rule: str | None = None
    counted: str | None = None
    within_s: int = WITHIN_S


def list_calls(db: Connection, wanted: CallFilter, *, before: int, limit: int) -> list[Row[Any]]:
    """The calls of numbers below `before`, newest first; 0: from the newest on."""
    bounds = numbers_between(db, wanted.since, wanted.until)
    if bounds is None:
        return []
    number, source = _source(wanted)
    fitting = [*_conditions(wanted), *(_within(number, bounds))]
    if before:
        fitting.append(number < before)
    # The rows are read afterwards: whoever was rung twice in a call stands twice in what is walked here.
    page: Select[Any] = select(number).select_from(source).where(*fitting)
    page = page.group_by(number).order_by(number.desc()).limit(limit)
    found = list(db.execute(page).scalars())
    return list(db.execute(select(calls).where(calls.c.id.in_(found)).order_by(calls.c.id.desc())))


def attempts_of_calls(db: Connection, call_ids: Collection[int]) -> list[Row[Any]]:
    return list(db.execute(select(attempts).where(attempts.c.call_id.in_(call_ids)).order_by(attempts.c.id)))


def transfers_of_calls(db: Connection, call_ids: Collection[int]) -> list[Row[Any]]:
    """Who was chosen to ring and why, without the facts it was decided from."""
    told = [column for column in decisions.c if column is not decisions.c.facts]
    of_calls = decisions.c.call_id.in_(call_ids), decisions.c.kind == "transfer"
    return list(db.execute(select(*told).where(*of_calls).order_by(decisions.c.id)))


def _source(wanted: CallFilter) -> tuple[ColumnElement[int], FromClause]:
    """What is walked from its end: rings, gates or the calls themselves."""
    is_rung = wanted.agent_id is not None or wanted.ended is not None
    if is_rung:
        rung = attempts.join(calls, calls.c.id == attempts.c.call_id)
        if wanted.gate is None:
            return attempts.c.call_id, rung
        return attempts.c.call_id, rung.join(call_gates, call_gates.c.call_id == attempts.c.call_id)
    if wanted.gate is not None:
        return call_gates.c.call_id, call_gates.join(calls, calls.c.id == call_gates.c.call_id)
    return calls.c.id, calls


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    of_column = {
        calls.c.line: wanted.line,
        calls.c.outcome: wanted.outcome,
        calls.c.lead_id: wanted.lead_id,
        attempts.c.agent_id: wanted.agent_id,
        attempts.c.ended: wanted.ended,
        call_gates.c.gate: wanted.gate,
        calls.c.bot: wanted.bot,
        _of_lead(leads.c.source): wanted.source,
        _of_lead(leads.c.matched_rule): wanted.rule,
    }
    counted = [] if wanted.counted is None else [to_our_lines, calls_counted(wanted.counted, wanted.within_s)]
    given = (column == value for column, value in of_column.items() if value is not None)
    return [*given, *counted, *_in_period(wanted.since, wanted.until)]


def _of_lead(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(column).where(leads.c.id == calls.c.lead_id).correlate(calls).scalar_subquery()


def numbers_between(
    db: Connection, since: datetime | None, until: datetime | None
) -> tuple[int | None, int | None] | None:
    """The first and last number of the period; None where no call is in it, two Nones where there is no period."""
    if since is None and until is None:
        return None, None
    # "+ 0", because a database that is asked for the least of an indexed column may walk it until one fits.
    ends = select(func.min(calls.c.id + 0), func.max(calls.c.id + 0)).where(*_in_period(since, until))
    first, last = db.execute(ends).one()
    return None if first is None else (first, last)


def _in_period(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    begun = [] if since is None else [calls.c.arrived_at >= since]
    return begun if until is None else [*begun, calls.c.arrived_at < until]


def _within(number: ColumnElement[int], bounds: tuple[int | None, int | None]) -> list[ColumnElement[bool]]:
    first, last = bounds
    return [] if first is None else [number >= first, number <= last]
