"""The story of a call, read from its rows in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.outbound_calls import OutboundResult
from sami.domain.calls.routing import NobodyLeft, Stage
from sami.domain.calls.states import CallState
from sami.domain.calls.stored import read_progress
from sami.domain.leads.outcome import Outcome
from sami.store import calls, explanations, leads, texts, work
from sami.store.actors import actor_of
from sami.store.cadences import cadences_ended_by
from sami.store.facts import read_directory
from sami.store.outbound_calls import find_outbound_call, outbound_calls_wanted_in
from sami.store.outcomes import reports_of
from sami.views.call_story import (
    CallHead,
    CallStory,
    LeadToldOf,
    OwnerChange,
    PlacedAs,
    ReportMade,
    RungPhone,
    TaskMade,
    TextSent,
)
from sami.views.skips import is_last_word, skips_of
from sami.views.stored_decisions import StoredDecision, read_decision


def explain_call(db: Connection, sid: str) -> CallStory | None:
    """Everything known of this call; None where no call has this SID."""
    call = calls.find_call(db, sid)
    if call is None:
        return None
    agents = explanations.agents_ever(db)
    keys = {agent.id: agent.key for agent in agents}
    directory = read_directory(db, call.version)
    line = directory.lines.get(call.line)
    attempts = tuple(rung_phone(row, keys) for row in calls.attempts_of(db, call.id))
    decisions = _decisions(db, call)
    placed = None if call.placed is None else find_outbound_call(db, call.placed)
    head = head_of(
        call,
        attempts,
        decisions,
        lead=None if call.lead_id is None else told_of(leads.find_lead(db, call.lead_id), keys),
        placed=placed_as(placed, keys),
    )
    return CallStory(
        **{field.name: getattr(head, field.name) for field in fields(head)},
        line_name=line.name if line else "",
        safety_net=call.safety_net,
        line_is_known=line is not None,
        wish=read_progress(call.progress).wish,
        skipped=skips_of(decisions, frozenset(a.agent for a in attempts if a.agent)),
        decisions=decisions,
        owner_changes=_owner_changes(db, call, attempts, decisions, keys),
        tasks=tuple(_task(row, keys) for row in work.tasks_of_call(db, sid)),
        texts=_texts(db, sid, keys),
        cadences_cancelled=tuple(cadences_ended_by(db, sid)),
        asked_for=tuple(filter(None, (placed_as(row, keys) for row in outbound_calls_wanted_in(db, sid)))),
        names={agent.key: agent.name for agent in agents},
        zone=directory.organisation.time_zone,
        reports=tuple(
            ReportMade(Outcome(row.outcome), row.note, row.later_at, actor_of(row), row.at)
            for row in reports_of(db, call.id)
        ),
    )


def head_of(
    call: Row[Any],
    attempts: tuple[RungPhone, ...],
    decisions: Iterable[StoredDecision],
    *,
    lead: LeadToldOf | None,
    placed: PlacedAs | None,
) -> CallHead:
    return CallHead(
        sid=call.sid,
        number=call.id,
        line=call.line,
        caller=call.caller,
        state=CallState(call.state),
        outcome=None if call.outcome is None else Outcome(call.outcome),
        abandoned=call.abandoned,
        arrived_at=call.arrived_at,
        transfer_at=call.transfer_at,
        joined_at=call.joined_at,
        ended_at=call.ended_at,
        wait_s=_seconds(call.transfer_at, call.joined_at or _gave_up_at(call, attempts, decisions)),
        time_to_person_s=_seconds(call.arrived_at, call.joined_at),
        recording_url=call.recording_url,
        lead=lead,
        attempts=attempts,
        placed=placed,
        blocked=call.blocked,
    )


def placed_as(row: Row[Any] | None, keys: Mapping[int, str]) -> PlacedAs | None:
    if row is None:
        return None
    result = None if row.result is None else OutboundResult(row.result)
    return PlacedAs(row.created_at, row.agent_first, result, row.why, row.of_call, row.call, keys.get(row.asked_by))


def _decisions(db: Connection, call: Row[Any]) -> tuple[StoredDecision, ...]:
    """Those of the call, after the one that gave its lead an owner if that was this call's doing."""
    rows = calls.decisions_of(db, call.id)
    assigned = explanations.assignment_of(db, lead_id=call.lead_id, at=call.arrived_at) if call.lead_id else None
    return tuple(read_decision(row) for row in ([assigned] if assigned is not None else []) + rows)


def _owner_changes(
    db: Connection,
    call: Row[Any],
    attempts: Iterable[RungPhone],
    decisions: Iterable[StoredDecision],
    keys: Mapping[int, str],
) -> tuple[OwnerChange, ...]:
    if call.lead_id is None:
        return ()
    known = (call.arrived_at, call.ended_at, *(a.ended_at for a in attempts), *(d.at for d in decisions))
    last = max(at for at in known if at is not None)
    rows = explanations.owner_changes(db, lead_id=call.lead_id, since=call.arrived_at, until=last)
    return tuple(OwnerChange(row.at, keys.get(row.from_id), keys.get(row.to_id), row.why) for row in rows)


def _gave_up_at(call: Row[Any], attempts: Iterable[RungPhone], decisions: Iterable[StoredDecision]) -> datetime | None:
    """When nobody was left to ring, else when the caller left; None while somebody may still answer."""
    nobody_left = [d.at for d in decisions if isinstance(d.decision.chosen, NobodyLeft) and is_last_word(d)]
    if nobody_left:
        return nobody_left[0]
    if call.outcome is None and call.ended_at is None:
        return None
    last_ring = max((a.ended_at for a in attempts if a.ended_at is not None), default=None)
    return min((at for at in (last_ring, call.ended_at) if at is not None), default=None)


def _seconds(begin: datetime | None, end: datetime | None) -> int | None:
    return None if begin is None or end is None else round((end - begin).total_seconds())


def told_of(lead: Row[Any] | None, keys: Mapping[int, str]) -> LeadToldOf | None:
    return None if lead is None else LeadToldOf(lead.id, lead.phone, lead.name, keys.get(lead.owner_id), lead.stage)


def rung_phone(row: Row[Any], keys: Mapping[int, str]) -> RungPhone:
    return RungPhone(
        stage=Stage(row.stage),
        agent=keys.get(row.agent_id),
        name=row.name,
        phone=row.phone,
        screened=row.screened,
        ended=None if row.ended is None else AttemptEnd(row.ended),
        offered_at=row.offered_at,
        ringing_at=row.ringing_at,
        picked_up_at=row.picked_up_at,
        accepted_at=row.accepted_at,
        joined_at=row.joined_at,
        ended_at=row.ended_at,
        pressed=row.pressed,
    )


def _task(row: Row[Any], keys: Mapping[int, str]) -> TaskMade:
    return TaskMade(row.id, row.title, keys.get(row.owner_id), row.due_at, row.state, row.lead_id, row.recording_url)


def _texts(db: Connection, sid: str, keys: Mapping[int, str]) -> tuple[TextSent, ...]:
    delivery = {row.dedupe_key: row.status for row in texts.texts_of_call(db, sid)}
    return tuple(
        TextSent(
            to=item.payload["to"],
            agent=keys.get(item.payload.get("agent_id")),
            line=item.payload["line"],
            body=item.payload["body"],
            dedupe_key=item.dedupe_key,
            state=item.state,
            delivery=delivery.get(item.dedupe_key),
            sid=item.carrier_sid,
            error=item.error,
            created_at=item.created_at,
            sent_at=item.sent_at,
        )
        for item in work.outbox_items_of(db, sid, "text")
    )
