"""Leads counted for reports: those that came in within a period, grouped by what they are split by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from sami.database.sql_time import seconds_between
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState, StepState
from sami.domain.reports.period import BY_TIME, Period
from sami.domain.reports.tallies import Tally
from sami.store.cadences import enrolment_steps, enrolments
from sami.store.leads import leads, ownerships
from sami.store.local_time import local_number
from sami.store.people import agents
from sami.store.policies import lead_exceptions
from sami.store.selections import LEADS_COUNTED, closed_at, first_owned_at, first_reached_at

Keyed = dict[Any, Tally]

_KEYS: Mapping[str, ColumnElement[Any]] = {
    "source": leads.c.source,
    "segment": func.coalesce(leads.c.segment, ""),
    "owner": func.coalesce(agents.c.key, ""),
    "rule": func.coalesce(leads.c.matched_rule, ""),
}
_SPANS: Mapping[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {
    "to_owned": (leads.c.created_at, first_owned_at),
    "to_attempted": (first_owned_at, leads.c.responded_at),
    "to_reached": (leads.c.created_at, first_reached_at),
    "attempt_to_reached": (leads.c.responded_at, first_reached_at),
    "overrun": (leads.c.sla_due_at, leads.c.responded_at),
    "to_closed": (leads.c.created_at, closed_at),
}
_OF_WHICH = {"overrun": "answered_late", "to_closed": "seen_closed"}


def count_leads(db: Connection, period: Period, *, by: str | None, counted: Sequence[str]) -> Keyed:
    key = _key(by, period)
    columns = [func.count().filter(LEADS_COUNTED[name]) for name in counted]
    rows = db.execute(select(key, *columns).select_from(_source(by)).where(*_came(period)).group_by(key))
    return {row[0]: Tally(Counter(dict(zip(counted, row[1:], strict=True)))) for row in rows}


def measure_leads(db: Connection, period: Period, *, by: str | None, span: str) -> Keyed:
    """Seconds from one instant of a lead to another, of leads that have both."""
    key, (first, second) = _key(by, period), _SPANS[span]
    of_which = [LEADS_COUNTED[_OF_WHICH[span]]] if span in _OF_WHICH else []
    each = (
        select(key.label("key"), seconds_between(first, second).label("took"))
        .select_from(_source(by))
        .where(*_came(period), *of_which)
        .subquery()
    )
    rows = db.execute(
        select(each.c.key, each.c.took, func.count()).where(each.c.took.is_not(None)).group_by(each.c.key, each.c.took)
    )
    found: dict[Any, Counter[int]] = {}
    for of, seconds, times in rows:
        found.setdefault(of, Counter())[max(0, seconds)] += times
    return {of: Tally(spans={span: lengths}) for of, lengths in found.items()}


def turns_with_pool(db: Connection, period: Period) -> list[tuple[str, str, Mapping[str, int]]]:
    """Pool, who got the lead, and what each agent paid (above nought) or gained by it."""
    query = (
        select(ownerships.c.turn, agents.c.key)
        .join(agents, agents.c.id == ownerships.c.to_id)
        .where(ownerships.c.at >= period.since, ownerships.c.at < period.until)
        .where(ownerships.c.turn.is_not(None), ownerships.c.turn_given_back.is_(False))
    )
    return [(turn["pool"], key, turn["cost"]) for turn, key in db.execute(query)]


def count_exceptions(db: Connection, period: Period) -> Keyed:
    row = lead_exceptions.c
    arose = (row.at >= period.since) & (row.at < period.until)
    open_then = (row.at < period.until) & (row.closed_at.is_(None) | (row.closed_at >= period.until))
    columns = (
        func.count().filter(arose),
        func.count().filter(arose & row.closed_at.is_not(None)),
        func.count().filter(open_then),
    )
    rows = db.execute(select(row.kind, *columns).where(row.at < period.until).group_by(row.kind))
    return {kind: Tally(Counter(opened=a, closed=b, open_at_end=c)) for kind, a, b, c in rows if a or b or c}


def count_enrolments(db: Connection, period: Period, *, ended_by: bool) -> Keyed:
    """By cadence, or by why they ended."""
    row = enrolments.c
    key = case((row.state.in_(OPEN_STATES), "running"), else_=row.reason) if ended_by else row.cadence
    talked = leads.c.connected_at >= row.enrolled_at
    begun = (row.enrolled_at >= period.since) & (row.enrolled_at < period.until)
    columns = {
        "begun": func.count(),
        "replied": func.count().filter(talked | (first_reached_at >= row.enrolled_at)),
        "opted_out": func.count().filter(row.state == EnrolmentState.CANCELLED.value, row.reason.like("%opt%out%")),
        "completed": func.count().filter(row.state == EnrolmentState.COMPLETED.value),
        "running": func.count().filter(row.state.in_(OPEN_STATES)),
    }
    counted = select(key, *columns.values()).join(leads, leads.c.id == row.lead_id).where(begun).group_by(key)
    found = {line[0]: Tally(Counter(dict(zip(columns, line[1:], strict=True)))) for line in db.execute(counted)}
    step = enrolment_steps.c
    said = select(key, step.do, func.count()).join(enrolments, row.id == step.enrolment_id)
    for of, do, times in db.execute(said.where(begun, step.state == StepState.DONE.value).group_by(key, step.do)):
        name = {"text_lead": "texts", "call_lead": "calls"}.get(do)
        if name is not None:
            found.setdefault(of, Tally()).counts[name] += times
    return found


def _key(by: str | None, period: Period) -> ColumnElement[Any]:
    if by is not None and by in BY_TIME:
        return local_number(leads.c.created_at, by, period)
    return literal("") if by is None else _KEYS[by]


def _source(by: str | None) -> Any:
    return leads.outerjoin(agents, agents.c.id == leads.c.owner_id) if by == "owner" else leads


def _came(period: Period) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return leads.c.created_at >= period.since, leads.c.created_at < period.until
