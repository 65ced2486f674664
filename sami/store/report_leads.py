"""Leads counted for reports: those that came in within a period, grouped by what they are split by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, case, func, literal, null, select

from sami.database.column_types import UtcDateTime
from sami.database.sql_time import seconds_between
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState, StepState
from sami.domain.reports.period import BY_TIME, Period
from sami.domain.reports.tallies import Tally
from sami.store.cadences import enrolment_steps, enrolments
from sami.store.leads import leads, ownerships
from sami.store.local_time import local_number
from sami.store.people import agents
from sami.store.policies import lead_exceptions
from sami.store.selections import LeadFacts, closed_at, first_owned_at, first_reached_at, leads_counted

Keyed = dict[Any, Tally]

_KEYS: Mapping[str, ColumnElement[Any]] = {
    "source": leads.c.source,
    "segment": func.coalesce(leads.c.segment, ""),
    "owner": func.coalesce(agents.c.key, ""),
    "rule": func.coalesce(leads.c.matched_rule, ""),
}
_COLUMNS = ("id", "created_at", "owner_id", "stage", "sla_state", "sla_due_at", "responded_at")
_INSTANTS = {"owned_at": first_owned_at, "reached_at": first_reached_at, "closed_at": closed_at}


def count_leads(
    db: Connection, period: Period, *, by: str | None, counted: Sequence[str], spans: Sequence[str]
) -> Keyed:
    """What came in, and the seconds from one instant of a lead to another, of leads that have both.

    One look at the leads of the period, in which the instants of other tables are looked up once for each.
    """
    each = _each(period, by, (*counted, *spans))
    facts = LeadFacts(each.c, each.c.owned_at, each.c.reached_at, each.c.closed_at)
    selected, measured = leads_counted(facts), _spans(facts)
    lengths = [measured[name] for name in spans]
    numbers = [func.count().filter(selected[name]) for name in counted]
    rows = db.execute(select(each.c.key, *lengths, func.count(), *numbers).group_by(each.c.key, *lengths))
    first, last = len(spans) + 1, len(spans) + 2
    told: dict[Any, list[int]] = {}
    took: dict[Any, list[Counter[int]]] = {}
    for row in rows:  # As many as there are leads, where their lengths all differ.
        key, times = row[0], row[first]
        sums = told.setdefault(key, [0] * len(counted))
        for place, number in enumerate(row[last:]):
            sums[place] += number
        lengths_of = took.setdefault(key, [Counter() for _ in spans])
        for place, seconds in enumerate(row[1:first]):
            if seconds is not None:
                lengths_of[place][max(0, seconds)] += times
    return {
        key: Tally(Counter(dict(zip(counted, sums, strict=True))), dict(zip(spans, took[key], strict=True)))
        for key, sums in told.items()
    }


def _spans(of: LeadFacts) -> Mapping[str, ColumnElement[int]]:
    lead, selected = of.lead, leads_counted(of)
    overrun = seconds_between(lead.sla_due_at, lead.responded_at)
    return {
        "to_owned": seconds_between(lead.created_at, of.owned_at),
        "to_attempted": seconds_between(of.owned_at, lead.responded_at),
        "to_reached": seconds_between(lead.created_at, of.reached_at),
        "attempt_to_reached": seconds_between(lead.responded_at, of.reached_at),
        "overrun": case((selected["answered_late"], overrun)),
        "to_closed": case((selected["seen_closed"], seconds_between(lead.created_at, of.closed_at))),
    }


def _each(period: Period, by: str | None, asked: Sequence[str]) -> CTE:
    """The leads of the period with what is asked of them; an instant that nobody asks for is not looked up."""
    wanted = {instant for name in asked for instant in _NEEDED.get(name, ())}
    instants = [
        (found if name in wanted else null().cast(UtcDateTime())).label(name) for name, found in _INSTANTS.items()
    ]
    columns = [leads.c[name] for name in _COLUMNS]
    came = select(_key(by, period).label("key"), *columns, *instants).select_from(_source(by)).where(*_came(period))
    return came.cte("came").prefix_with("MATERIALIZED")


_NEEDED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("owned", "late_owned", "to_owned", "to_attempted"), ("owned_at",)),
    **dict.fromkeys(("reached", "reached_in_5_min", "to_reached", "attempt_to_reached"), ("reached_at",)),
    **dict.fromkeys(("seen_closed", "to_closed"), ("closed_at",)),
}


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
