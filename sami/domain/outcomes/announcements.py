"""What is announced to subscriptions, by which event, and with which payload; docs/announcements.md has them all."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sami.domain.language.instants import rfc3339
from sami.domain.outcomes.effects import Announce


class Event(StrEnum):
    """What a subscription may ask for."""

    LEAD_CREATED = "lead.created"
    LEAD_ASSIGNED = "lead.assigned"
    CALL_OUTCOME = "call.outcome"
    TASK_CREATED = "task.created"
    CADENCE_ENDED = "cadence.ended"
    NOTICE = "notice"


def lead_created(lead_id: int, lead: Mapping[str, Any], owner: str | None, at: datetime) -> Announce:
    payload = {"lead": {"id": lead_id, **lead}, "owner": owner, "at": rfc3339(at)}
    return Announce(Event.LEAD_CREATED, payload, f"lead/{lead_id}/created", lead_id=lead_id)


def lead_assigned(
    lead_id: int, from_: str | None, to: str | None, *, why: str, by: str, change: str, at: datetime
) -> Announce:
    """`change` names this change of owner and no other."""
    payload = {"lead": lead_id, "from": from_, "to": to, "why": why, "by": by, "at": rfc3339(at)}
    return Announce(Event.LEAD_ASSIGNED, payload, f"lead/{lead_id}/owner/{change}", lead_id=lead_id)


def call_outcome(
    call: str, outcome: str, *, lead_id: int | None, by: str, at: datetime, occasion: int | str = 0, **more: Any
) -> Announce:
    """`occasion` tells what was reported, or learned, of one call later apart from what it came to by itself."""
    payload = {"call": call, "outcome": outcome, "lead": lead_id, "by": by, "at": rfc3339(at), **more}
    return Announce(Event.CALL_OUTCOME, payload, f"call/{call}/outcome/{occasion}", call, lead_id)


def task_created(
    task_id: int, title: str, *, owner: str | None, due_at: datetime, lead_id: int | None, call: str | None
) -> Announce:
    payload = {
        "task": task_id, "title": title, "owner": owner, "due_at": rfc3339(due_at), "lead": lead_id, "call": call
    }  # fmt: skip
    return Announce(Event.TASK_CREATED, payload, f"task/{task_id}/created", call, lead_id)


def cadence_ended(lead_id: int, cadence: str, *, state: str, why: str, by: str, at: datetime) -> Announce:
    """`state` is completed or cancelled. A lead is in a cadence once at a time."""
    payload = {"lead": lead_id, "cadence": cadence, "state": state, "why": why, "by": by, "at": rfc3339(at)}
    return Announce(Event.CADENCE_ENDED, payload, f"lead/{lead_id}/cadence/{cadence}/{rfc3339(at)}", lead_id=lead_id)
