"""A lead as a document: the one form of it, for the API, the command line and the console. Instants stay instants."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.assignment.batches import LeadFilter
from sami.domain.assignment.rules import read_rule
from sami.domain.assignment.sla import SlaClock, SlaReading, read_clock
from sami.domain.consent.permission import NEVER
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState
from sami.domain.leads.inquiry import SAID
from sami.domain.leads.stages import SlaState
from sami.leads.bulk import require_known
from sami.store.cadences import enrolments_of_leads
from sami.store.facts import read_directory
from sami.store.pages import show_leads

_AS_THEY_ARE = (
    *("id", "phone"),
    *(field.name for field in SAID),
    *("stage", "unowned_reason", "consent", "other_phones", "other_emails", "created_at"),
)


def find_leads(db: Connection, wanted: LeadFilter, *, after: int = 0, limit: int) -> list[Row[Any]]:
    """The oldest first; `after` is the number of the last lead of the page before. Raises AgentUnknown."""
    owner_id = None if wanted.owner is None else require_known(db, wanted.owner)
    return show_leads(db, wanted, owner_id=owner_id, after=after, limit=limit)


def lead_documents(db: Connection, rows: Sequence[Row[Any]], now: datetime) -> list[dict[str, Any]]:
    """The leads with the cadences they are or were in."""
    names = {key: cadence.name for key, cadence in read_directory(db).cadences.items()}
    enrolled: dict[int, list[dict[str, Any]]] = {}
    for row in enrolments_of_leads(db, [lead.id for lead in rows]):
        enrolled.setdefault(row.lead_id, []).append(_enrolment_document(row, names))
    return [_document(row, enrolled.get(row.id, []), now) for row in rows]


def lead_document(db: Connection, row: Row[Any], now: datetime) -> dict[str, Any]:
    (document,) = lead_documents(db, [row], now)
    return document


def owner_document(key: str | None, name: str) -> dict[str, str] | None:
    return None if key is None else {"key": key, "name": name}


def sla_of(row: Row[Any], now: datetime) -> SlaReading | None:
    state = None if row.sla_state is None else SlaState(row.sla_state)
    return read_clock(SlaClock(state, row.created_at, row.sla_due_at, row.responded_at), now)


def next_step(enrolment: Row[Any]) -> int | None:
    """Counted from 1; None when it is over."""
    return enrolment.position + 1 if enrolment.state in OPEN_STATES else None


def _document(row: Row[Any], cadences: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    sla = sla_of(row, now)
    return {
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        "do_not_contact_until": _not_to_be_contacted_until(row),
        "owner": owner_document(row.owner_key, row.owner_name),
        "pool_rule": _pool_rule_document(row),
        "sla": None if sla is None else {**asdict(sla), "responded_at": row.responded_at},
        "cadences": cadences,
    }


def _enrolment_document(row: Row[Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": row.cadence,
        "name": names.get(row.cadence, row.cadence),
        "state": EnrolmentState(row.state),
        "reason": row.reason,
        "by": row.by,
        "step": next_step(row),
        "due_at": row.due_at,
        "paused_until": row.paused_until,
    }


def _not_to_be_contacted_until(row: Row[Any]) -> datetime | None:
    """The instant until which no channel is open: an outcome barred them, or each is barred for the phone."""
    is_shut = row.texts_barred_at is not None and row.calls_barred_at is not None
    both = min(row.texts_barred_until or NEVER, row.calls_barred_until or NEVER) if is_shut else None
    return max((until for until in (row.do_not_contact_until, both) if until is not None), default=None)


def _pool_rule_document(row: Row[Any]) -> dict[str, Any] | None:
    if row.matched_rule is None:
        return None
    return {"policy_version": row.matched_policy, **asdict(read_rule(row.matched_rule))}
