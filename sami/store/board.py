"""What goes on just now: calls that are not over, with who calls, and the phones that ring or are talked on in them."""

from typing import Any

from sqlalchemy import Connection, Row, select

from sami.store.calls import attempts, calls
from sami.store.leads import leads
from sami.store.people import agents

CALLS_SHOWN = 200

_OWNER = agents.alias("owner")


def open_calls(db: Connection) -> list[Row[Any]]:
    """The newest first, with `lead_name` and `owner_key`."""
    shown = (
        select(calls, leads.c.name.label("lead_name"), _OWNER.c.key.label("owner_key"))
        .outerjoin(leads, leads.c.id == calls.c.lead_id)
        .outerjoin(_OWNER, _OWNER.c.id == leads.c.owner_id)
        .where(calls.c.ended_at.is_(None))
    )
    return list(db.execute(shown.order_by(calls.c.id.desc()).limit(CALLS_SHOWN)))


def open_rings(db: Connection) -> list[Row[Any]]:
    """Attempts that are not over, of calls that are not either, with `agent_key`."""
    shown = (
        select(attempts, agents.c.key.label("agent_key"))
        .join(calls, calls.c.id == attempts.c.call_id)
        .outerjoin(agents, agents.c.id == attempts.c.agent_id)
        .where(calls.c.ended_at.is_(None), attempts.c.ended.is_(None))
    )
    return list(db.execute(shown.order_by(attempts.c.id)))
