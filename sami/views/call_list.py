"""Calls as they stand in a list: the same words as of one call, read with a few statements for a whole page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.leads.outcome import Outcome
from sami.domain.reports.catalogue import WITHIN_S
from sami.leads.bulk import require_known
from sami.store import call_list, explanations, leads
from sami.store.call_list import CallFilter, list_calls
from sami.store.outbound_calls import find_outbound_calls
from sami.views.call_story import CallHead, RungPhone
from sami.views.call_story_rows import head_of, placed_as, rung_phone, told_of
from sami.views.stored_decisions import StoredDecision, read_decision


@dataclass(frozen=True, slots=True)
class CallsAsked:
    """Calls that fit all that is not None: `agent` is the key of somebody who was rung, `ended` how a ring ended (of
    the same phone, where both are given), `gate` one that kept somebody from ringing, `counted` what a figure of a
    report counts.
    """

    line: str | None = None
    agent: str | None = None
    outcome: Outcome | None = None
    ended: AttemptEnd | None = None
    gate: str | None = None
    lead: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    bot: str | None = None
    source: str | None = None
    rule: str | None = None
    counted: str | None = None
    within_s: int = WITHIN_S


def find_calls(db: Connection, asked: CallsAsked, *, before: int = 0, limit: int) -> list[Row[Any]]:
    """The newest first; `before` is the number of the last call of the page before. Raises AgentUnknown."""
    wanted = CallFilter(
        line=asked.line,
        agent_id=None if asked.agent is None else require_known(db, asked.agent),
        outcome=asked.outcome,
        ended=asked.ended,
        gate=asked.gate,
        lead_id=asked.lead,
        since=asked.since,
        until=asked.until,
        bot=asked.bot,
        source=asked.source,
        rule=asked.rule,
        counted=asked.counted,
        within_s=asked.within_s,
    )
    return list_calls(db, wanted, before=before, limit=limit)


def call_heads(db: Connection, calls: Sequence[Row[Any]]) -> list[CallHead]:
    """In the order given."""
    ids = [call.id for call in calls]
    keys = {agent.id: agent.key for agent in explanations.agents_ever(db)}
    attempts: dict[int, list[RungPhone]] = defaultdict(list)
    for row in call_list.attempts_of_calls(db, ids):
        attempts[row.call_id].append(rung_phone(row, keys))
    # How long somebody waited whom nobody took is told by when nobody was left to ring.
    unjoined = [call.id for call in calls if call.transfer_at is not None and call.joined_at is None]
    decisions: dict[int, list[StoredDecision]] = defaultdict(list)
    for row in call_list.transfers_of_calls(db, unjoined):
        decisions[row.call_id].append(read_decision(row))
    callers = leads.find_leads(db, {call.lead_id for call in calls if call.lead_id})
    ours = find_outbound_calls(db, {call.placed for call in calls if call.placed})
    told = {row.id: told_of(row, keys) for row in callers}
    placed = {row.ref: placed_as(row, keys) for row in ours}
    return [
        head_of(
            call,
            tuple(attempts[call.id]),
            decisions[call.id],
            lead=told.get(call.lead_id),
            placed=placed.get(call.placed),
        )
        for call in calls
    ]
