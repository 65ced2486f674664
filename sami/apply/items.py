"""What is to be said outside, as the outbox keeps it."""

from datetime import datetime, timedelta
from typing import Any

from sami.domain.answers import Kind
from sami.domain.effects import (
    Announce,
    DeleteQueue,
    EndLeg,
    PostToSlack,
    RedirectCaller,
    RingLeg,
    SendEmail,
    SendText,
)

Said = SendText | SendEmail | PostToSlack | Announce | RingLeg | EndLeg | RedirectCaller | DeleteQueue
"""What is said outside."""


def outbox_item(effect: Said, now: datetime) -> dict[str, Any]:
    due_at = now
    match effect:
        case SendText():
            kind, key = Kind.TEXT, effect.dedupe_key
        case SendEmail():
            kind, key = Kind.EMAIL, effect.dedupe_key
        case PostToSlack():
            kind, key = Kind.SLACK, effect.dedupe_key
        case Announce():
            kind, key = Kind.ANNOUNCEMENT, effect.dedupe_key
        case RingLeg():
            kind, key, due_at = Kind.RING_LEG, ring_key(effect.attempt), effect.due_at
        case EndLeg():
            kind, key = Kind.END_LEG, f"end/{effect.attempt}"
        case RedirectCaller():
            kind, key = Kind.REDIRECT_CALLER, f"redirect/{effect.call}/{effect.turn}"
        case DeleteQueue():
            kind, key, due_at = Kind.DELETE_QUEUE, f"queue/{effect.call}", now + timedelta(seconds=effect.after_s)
    payload = {name: _plain(getattr(effect, name)) for name in effect.__slots__}
    return new_item(kind, key, payload, due_at=due_at, now=now)


def new_item(kind: Kind, key: str, payload: dict[str, Any], *, due_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "dedupe_key": key,
        "payload": payload,
        "call": payload.get("call"),
        "due_at": due_at,
        "created_at": now,
        "state": "pending",
        "tries": 0,
        "error": "",
    }


def ring_key(attempt: str) -> str:
    return f"ring/{attempt}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
