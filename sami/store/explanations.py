"""Look-ups that only an explanation needs: the newest call, who the agents are, why a lead got its owner."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from sami.store.calls import calls, decisions
from sami.store.leads import ownerships
from sami.store.people import agents


def newest_call_sid(db: Connection) -> str | None:
    return db.execute(select(calls.c.sid).order_by(calls.c.id.desc()).limit(1)).scalar()


def agents_ever(db: Connection) -> list[Row[Any]]:
    """Id, key and name of every agent there ever was."""
    return list(db.execute(select(agents.c.id, agents.c.key, agents.c.name)))


def phones_of_agents(db: Connection) -> dict[str, Mapping[str, Any]]:
    """Name, phone and when that was verified, by key, of every agent there ever was."""
    known = select(agents.c.key, agents.c.name, agents.c.phone, agents.c.verified_at)
    return {row.key: dict(row._mapping) for row in db.execute(known)}


def owner_changes(db: Connection, *, lead_id: int, since: datetime, until: datetime) -> list[Row[Any]]:
    """Who owned the lead before and after each change between two instants that no policy's decision made."""
    change = ownerships.c
    made = change.lead_id == lead_id, change.at >= since, change.at <= until, change.decision.is_(None)
    return list(db.execute(select(ownerships).where(*made).order_by(change.id)))


def assignment_of(db: Connection, *, lead_id: int, at: datetime) -> Row[Any] | None:
    """The decision that gave this lead its owner, or none, at an instant: a call's arrival assigns at its own."""
    made = decisions.c.lead_id == lead_id, decisions.c.kind == "assignment", decisions.c.at == at
    return db.execute(select(decisions).where(*made).order_by(decisions.c.id).limit(1)).first()


def assignments_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    """Every decision about this lead's owner, in the order they were made."""
    made = decisions.c.lead_id == lead_id, decisions.c.kind == "assignment"
    return list(db.execute(select(decisions).where(*made).order_by(decisions.c.id)))


def ownership_of(db: Connection, lead_id: int) -> list[Row[Any]]:
    """Every change of this lead's owner, oldest first."""
    return list(db.execute(select(ownerships).where(ownerships.c.lead_id == lead_id).order_by(ownerships.c.id)))


def find_decision(db: Connection, ref: str) -> Row[Any] | None:
    return db.execute(select(decisions).where(decisions.c.ref == ref)).first()
