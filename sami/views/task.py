"""A task as a document: the one form of it, for the API, the command line and the console. Instants stay instants."""

from typing import Any

from sqlalchemy import Row


def task_document(row: Row[Any]) -> dict[str, Any]:
    """Takes a row of `store.pages`."""
    return {
        "id": row.id,
        "title": row.title,
        "owner": row.owner_key,
        "due_at": row.due_at,
        "state": row.state,
        "lead": row.lead_id,
        "call": row.call,
        "recording_url": row.recording_url,
        "created_at": row.created_at,
        "done_at": row.done_at,
        "done_by": row.done_by,
        "closed_because": row.closed_because,
    }
