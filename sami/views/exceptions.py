"""An exception as a document: the one form of it, for the API, the command line and the console."""

from typing import Any

from sqlalchemy import Row

from sami.leads.exceptions import state_of


def exception_document(row: Row[Any]) -> dict[str, Any]:
    """Takes a row of `list_exceptions`. Instants stay instants."""
    return {
        "id": row.id,
        "lead": row.lead_id,
        "kind": row.kind,
        "state": state_of(row),
        "detail": row.detail,
        "at": row.at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "note": row.note,
        "unowned_reason": row.unowned_reason,
    }
