"""What is to be said outside, as the outbox keeps it."""

from datetime import datetime, timedelta
from typing import Any

from sami.domain.delivery.kinds import Kind
from sami.domain.outcomes.effects import (
    Announce,
    DeleteQueue,
    DeleteRecording,
    EndLeg,
    PostToSlack,
    RedirectCaller,
    RingLeg,
    SendEmail,
    SendText,
)

Said = SendText | SendEmail | PostToSlack | Announce | RingLeg | EndLeg | RedirectCaller | DeleteQueue | DeleteRecording
"""What is said outside."""


def outbox_item(effect: Said, now: datetime) -> dict[str, Any]:
    due_at, lane = now, None
    match effect:
        case SendText():
            kind, key, due_at = Kind.TEXT, effect.dedupe_key, max(now, effect.not_before or now)
            lane = lane_of(effect)
        case SendEmail():
            kind, key = Kind.EMAIL, effect.dedupe_key
        case PostToSlack():
            kind, key = Kind.SLACK, effect.dedupe_key
        case Announce():
            kind, key, lane = Kind.ANNOUNCEMENT, effect.dedupe_key, ANNOUNCE_LANE
        case RingLeg():
            kind, key, due_at = Kind.RING_LEG, ring_key(effect.attempt), effect.due_at
        case EndLeg():
            kind, key = Kind.END_LEG, end_key(effect.attempt)
        case RedirectCaller():
            kind, key = Kind.REDIRECT_CALLER, f"redirect/{effect.call}/{effect.turn}"
        case DeleteRecording():
            kind, key = Kind.DELETE_RECORDING, f"recording/{effect.recording}"
        case DeleteQueue():
            kind, key, due_at = Kind.DELETE_QUEUE, f"queue/{effect.call}", now + timedelta(seconds=effect.after_s)
    stated = {name: getattr(effect, name) for name in effect.__slots__}
    columns = {name: stated.pop(name) for name in COLUMNS if name in stated}
    payload = {name: _plain(value) for name, value in stated.items()}
    return new_item(kind, key, payload, due_at=due_at, now=now, lane=lane, **columns)


COLUMNS = ("occasion", "notice", "repeats_when_lost")
"""What an effect states that an item keeps in columns of these names, and not in its payload."""


def new_item(
    kind: Kind,
    key: str,
    payload: dict[str, Any],
    *,
    due_at: datetime,
    now: datetime,
    lane: str | None = None,
    occasion: str | None = None,
    notice: str | None = None,
    repeats_when_lost: bool = False,
) -> dict[str, Any]:
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
        "lane": lane,
        "recipient": payload.get("to") if kind is Kind.TEXT else None,
        "occasion": occasion,
        "notice": notice,
        "repeats_when_lost": repeats_when_lost,
    }


ANNOUNCE_LANE = "announce"
"""The lane of what is announced and not yet written for each subscription."""


def notices_lane(agent_id: int, bundle: str | None = None) -> str:
    """What can wait for one of ours is counted together, and so is what goes to them in a bundle."""
    return f"notices/{agent_id}" if bundle is None else f"notices/{agent_id}/{bundle}"


def lane_of(text: SendText) -> str | None:
    if text.agent_id is None or not (text.can_wait or text.bundle):
        return None
    return notices_lane(text.agent_id, text.bundle)


def ring_key(attempt: str) -> str:
    return f"ring/{attempt}"


def end_key(attempt: str) -> str:
    return f"end/{attempt}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
