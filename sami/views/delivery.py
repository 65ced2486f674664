"""One thing that was to be said outside: what kind, to whom, what became of it. Never what was said, nor a secret."""

from typing import Any

from sqlalchemy import Row


def delivery_document(item: Row[Any]) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "state": item.state,
        "about": item.dedupe_key,
        "to": _whom(item),
        "call": item.call,
        "due_at": item.due_at,
        "created_at": item.created_at,
        "sent_at": item.sent_at,
        "tries": item.tries,
        "error": item.error,
        "carrier_sid": item.carrier_sid,
    }


def _whom(item: Row[Any]) -> str | None:
    """A phone or a mail address. Where announcements and Slack's posts go is the subscription's to say."""
    to = item.recipient or item.payload.get("to")
    return to if isinstance(to, str) else None
