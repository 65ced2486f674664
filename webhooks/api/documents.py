"""Rows as the documents that the API answers."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Connection, Row

from sami.agents.switches import standing_of
from sami.domain.assignment.sla import SlaClock, read_clock
from sami.domain.consent.permission import NEVER
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState
from sami.domain.leads.stages import SlaState
from sami.store.cadences import enrolments_of_leads
from sami.store.facts import Directory, read_directory
from webhooks.api.schemas.agents import Agent, Calls
from webhooks.api.schemas.decisions import Decision
from webhooks.api.schemas.leads import Enrolment, Lead, Owner, OwnerChange, PoolRule, Sla, TimelineEntry
from webhooks.api.schemas.notices import Notice, Notices, Quiet
from webhooks.api.schemas.tasks import Task

_AS_THEY_ARE = (
    *("id", "name", "phone", "email", "source", "source_id", "type", "product", "segment", "city", "zip", "state"),
    *("country", "price", "timeframe", "attributes", "findings", "score", "stage", "unowned_reason", "consent"),
    "created_at",
)


def lead_documents(db: Connection, rows: Sequence[Row[Any]], now: datetime) -> list[Lead]:
    """The leads with the cadences they are or were in."""
    names = {key: cadence.name for key, cadence in read_directory(db).cadences.items()}
    enrolled: dict[int, list[Enrolment]] = {}
    for row in enrolments_of_leads(db, [lead.id for lead in rows]):
        enrolled.setdefault(row.lead_id, []).append(_enrolment(row, names))
    return [_lead(row, tuple(enrolled.get(row.id, ())), now) for row in rows]


def lead_document(db: Connection, row: Row[Any], now: datetime) -> Lead:
    (document,) = lead_documents(db, [row], now)
    return document


def _enrolment(row: Row[Any], names: Mapping[str, str]) -> Enrolment:
    return Enrolment(
        key=row.cadence,
        name=names.get(row.cadence, row.cadence),
        state=EnrolmentState(row.state),
        reason=row.reason,
        by=row.by,
        step=row.position + 1 if row.state in OPEN_STATES else None,
        due_at=row.due_at,
        paused_until=row.paused_until,
    )


def _lead(row: Row[Any], cadences: tuple[Enrolment, ...], now: datetime) -> Lead:
    return Lead(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        tags=tuple(row.tags),
        other_phones=tuple(row.other_phones),
        other_emails=tuple(row.other_emails),
        do_not_contact_until=_not_to_be_contacted_until(row),
        owner=owner_document(row),
        pool_rule=_pool_rule(row),
        sla=_sla(row, now),
        cadences=cadences,
    )


def _not_to_be_contacted_until(row: Row[Any]) -> datetime | None:
    """On no channel at all: as an outcome left it, or since each channel is barred for the phone."""
    is_shut = row.texts_barred_at is not None and row.calls_barred_at is not None
    both = min(row.texts_barred_until or NEVER, row.calls_barred_until or NEVER) if is_shut else None
    return max((until for until in (row.do_not_contact_until, both) if until is not None), default=None)


def _pool_rule(row: Row[Any]) -> PoolRule | None:
    """Kept as `rule/Texas buyers`, because a constraint may have the same name."""
    if row.matched_rule is None:
        return None
    kind, _, name = row.matched_rule.partition("/")
    return PoolRule(policy_version=row.matched_policy, kind=kind, name=name)


def owner_document(row: Row[Any]) -> Owner | None:
    return None if row.owner_key is None else Owner(key=row.owner_key, name=row.owner_name)


def _sla(row: Row[Any], now: datetime) -> Sla | None:
    state = None if row.sla_state is None else SlaState(row.sla_state)
    reading = read_clock(SlaClock(state, row.created_at, row.sla_due_at, row.responded_at), now)
    if reading is None:
        return None
    return Sla(
        state=reading.state,
        due_at=reading.due_at,
        responded_at=row.responded_at,
        took_s=reading.took_s,
        overrun_s=reading.overrun_s,
    )


def timeline_document(row: Row[Any]) -> TimelineEntry:
    return TimelineEntry(at=row.at, kind=row.kind, text=row.text, call=row.call)


def history_document(row: Row[Any]) -> OwnerChange:
    return OwnerChange(
        from_=row.from_key, to=row.to_key, why=row.why, who=row.by, at=row.at, decision=decision_link(row.decision)
    )


def task_document(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        title=row.title,
        owner=row.owner_key,
        due_at=row.due_at,
        state=row.state,
        lead=row.lead_id,
        call=row.call,
        recording_url=row.recording_url,
        created_at=row.created_at,
        done_at=row.done_at,
        done_by=row.done_by,
        closed_because=row.closed_because,
    )


def agent_document(row: Row[Any], directory: Directory, now: datetime) -> Agent:
    standing = standing_of(row, directory, now)
    return Agent(
        key=row.key,
        name=row.name,
        active=row.active,
        verified=row.verified,
        calls=Calls(on=standing.calls_on, until=standing.until, reason=standing.reason),
        leads=standing.leads_on,
        leads_until=standing.leads_off_until,
        inside_hours=standing.inside_hours,
        reserved=standing.reserved,
        next_shift_at=standing.next_shift_at,
        notices=_notices(row),
    )


def _notices(row: Row[Any]) -> Notices:
    quiet = None if row.quiet_from is None else Quiet(from_=row.quiet_from, to=row.quiet_to)
    return Notices(channels=tuple(row.channels or ()), quiet=quiet)


def notice_document(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        agent=row.agent_key,
        body=row.body,
        call=row.call,
        lead=row.lead_id,
        at=row.at,
        read=row.read_at is not None,
        read_at=row.read_at,
    )


def decision_document(row: Row[Any]) -> Decision:
    return Decision(
        id=row.ref,
        kind=row.kind,
        at=row.at,
        policy_version=row.policy_version,
        version=row.version,
        lead=row.lead_id,
        facts=json.loads(row.facts),
        trace=json.loads(row.trace),
        chosen=json.loads(row.chosen),
    )


def decision_link(ref: str | None) -> str | None:
    return None if ref is None else f"/api/v1/decisions/{ref}"


def page_of(rows: list[Row[Any]], limit: int) -> tuple[list[Row[Any]], dict[str, str]]:
    """The rows of this page and the header that leads to the next. One more row than the limit is read, to know."""
    if len(rows) <= limit:
        return rows, {}
    page = rows[:limit]
    parameters = {**request.args.to_dict(), "limit": str(limit), "cursor": str(page[-1].id)}
    return page, {"Link": f'<{request.path}?{urlencode(parameters)}>; rel="next"'}
