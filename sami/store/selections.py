"""What the figures of reports count, each said once: a report counts the rows, the list behind it shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from sami.database.sql_time import seconds_between
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.outbound_calls import CALL_BACK_SID
from sami.domain.leads.outcome import Outcome
from sami.domain.leads.stages import FORWARD, SlaState, Stage
from sami.domain.reports.catalogue import WITHIN_S
from sami.store.calls import attempts, calls
from sami.store.leads import leads, ownerships, timeline
from sami.store.outbound_calls import placed_calls
from sami.store.texts import texts
from sami.store.work import tasks

SHORT_S = 5
LATE_OWNER_S = 1
REACHED_SOON_S = 300
TEXTED_WITHIN_S = 86_400
OUR_FAULTS = (AttemptEnd.ERROR, AttemptEnd.UNKNOWN, AttemptEnd.BLOCKED_BY_CARRIER)

waited = seconds_between(calls.c.transfer_at, calls.c.joined_at)
"""From wanting a person to being joined to one."""
gave_up_after = seconds_between(calls.c.transfer_at, calls.c.ended_at)

to_our_lines = and_(calls.c.placed.is_(None), ~calls.c.sid.startswith(CALL_BACK_SID), calls.c.blocked.is_(None))
_offered = calls.c.transfer_at.is_not(None)
_answered = and_(_offered, calls.c.joined_at.is_not(None))
_abandoned = and_(_offered, calls.c.abandoned, calls.c.joined_at.is_(None))
_short = and_(_abandoned, gave_up_after <= SHORT_S)
_missed = calls.c.outcome == Outcome.MISSED_TRANSFER.value

# Sets that are read once, where asking for each call would be thousands of looks.
taken_by_fallback = select(attempts.c.call_id).where(
    attempts.c.agent_id.is_(None), attempts.c.ended == AttemptEnd.ACCEPTED.value
)
_called_back_for = select(placed_calls.c.of_call).where(placed_calls.c.of_call.is_not(None))

follow_up = and_(tasks.c.call == calls.c.sid, tasks.c.dedupe_key == "missed/" + calls.c.sid)
"""A missed call's one task."""


# Of calls to our lines, which whoever counts asks for once and not with each of these.
CALLS_COUNTED: Mapping[str, ColumnElement[bool]] = {
    "offered": _offered,
    "answered": _answered,
    "by_fallback": and_(_answered, calls.c.id.in_(taken_by_fallback)),
    "abandoned": _abandoned,
    "short_abandoned": _short,
    "long_abandoned": and_(_abandoned, gave_up_after > SHORT_S),
    "answered_within": and_(_answered, waited <= WITHIN_S),
    "call_back_chosen": and_(_offered, calls.c.sid.in_(_called_back_for)),
    "missed": _missed,
    "missed_done": and_(_missed, exists().where(follow_up, tasks.c.state == "done")),
    "missed_open": and_(_missed, exists().where(follow_up, tasks.c.state == "open")),
    "missed_texted": and_(
        _missed,
        exists().where(
            texts.c.phone == calls.c.caller,
            texts.c.direction == "in",
            texts.c.at > calls.c.ended_at,
            seconds_between(calls.c.ended_at, texts.c.at) <= TEXTED_WITHIN_S,
        ),
    ),
}


def calls_counted(name: str, within_s: int = WITHIN_S) -> ColumnElement[bool]:
    """Of calls to our lines. `within_s` is asked of `answered_within` alone."""
    return and_(_answered, waited <= within_s) if name == "answered_within" else CALLS_COUNTED[name]


first_owned_at = (
    select(func.min(ownerships.c.at))
    .where(ownerships.c.lead_id == leads.c.id, ownerships.c.to_id.is_not(None))
    .correlate(leads)
    .scalar_subquery()
)
first_reached_at = (
    select(func.min(calls.c.joined_at))
    .where(calls.c.lead_id == leads.c.id, calls.c.joined_at >= leads.c.created_at)
    .correlate(leads)
    .scalar_subquery()
)
closed_at = (
    select(func.min(timeline.c.at))
    .where(
        timeline.c.lead_id == leads.c.id, timeline.c.kind == "stage", timeline.c.text.like(f"% to {Stage.CLOSED} by %")
    )
    .correlate(leads)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What of a lead is looked at: its own columns, and three instants that stand in other tables."""

    lead: Any
    owned_at: ColumnElement[Any]
    reached_at: ColumnElement[Any]
    closed_at: ColumnElement[Any]


def leads_counted(of: LeadFacts) -> Mapping[str, ColumnElement[bool]]:
    lead, late = of.lead, func.coalesce(seconds_between(of.lead.created_at, of.owned_at), LATE_OWNER_S + 1)
    return {
        "came": lead.id.is_not(None),
        "owned": of.owned_at.is_not(None),
        "unowned": lead.owner_id.is_(None),
        "late_owned": late >= LATE_OWNER_S,
        "attempted": lead.responded_at.is_not(None),
        "reached": of.reached_at.is_not(None),
        "reached_in_5_min": seconds_between(lead.created_at, of.reached_at) <= REACHED_SOON_S,
        "with_clock": lead.sla_state.is_not(None),
        "sla_met": lead.sla_state == SlaState.MET.value,
        "sla_breached": lead.sla_state == SlaState.BREACHED.value,
        "sla_active": lead.sla_state == SlaState.ACTIVE.value,
        "sla_closed": lead.sla_state == SlaState.ENDED.value,
        "sla_ended": or_(lead.sla_state == SlaState.MET.value, lead.sla_state == SlaState.BREACHED.value),
        "answered_late": and_(lead.sla_state == SlaState.BREACHED.value, lead.responded_at.is_not(None)),
        "seen_closed": and_(lead.stage == Stage.CLOSED.value, of.closed_at.is_not(None)),
        "past_new": lead.stage != FORWARD[0].value,
        **{
            f"at_{stage.value}": lead.stage.in_([later.value for later in FORWARD[number:]])
            for number, stage in enumerate(FORWARD)
            if number >= 2
        },
    }


LEADS_COUNTED = leads_counted(LeadFacts(leads.c, first_owned_at, first_reached_at, closed_at))
