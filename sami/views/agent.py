"""An agent as a document: the one form of it, for the API, the command line and the console. Instants stay instants."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from sami.agents.switches import standing_of
from sami.store.facts import Directory


def agent_document(row: Row[Any], directory: Directory, now: datetime) -> dict[str, Any]:
    """Who it is, how the two switches stand and until when, and how they want to be told what can wait."""
    standing = standing_of(row, directory, now)
    quiet = None if row.quiet_from is None else {"from": row.quiet_from, "to": row.quiet_to}
    return {
        "key": row.key,
        "name": row.name,
        "active": row.active,
        "verified": row.verified,
        "verified_at": row.verified_at,
        "calls": {"on": standing.calls_on, "until": standing.until, "reason": standing.reason},
        "leads": standing.leads_on,
        "leads_until": standing.leads_off_until,
        "inside_hours": standing.inside_hours,
        "reserved": standing.reserved,
        "next_shift_at": standing.next_shift_at,
        "notices": {"channels": tuple(row.channels or ()), "quiet": quiet},
    }
