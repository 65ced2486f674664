"""Rows as calls and leads leave them, for tests of what is counted: no call is played for them."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection

from sami.store.calls import attempts, calls
from sami.store.leads import leads, ownerships
from sami.store.work import tasks
from tests.support.cast import LINE

_numbers = count(1)


def a_call(
    db: Connection, at: datetime, *, waited: int | None = None, left_after: int | None = None, **values: Any
) -> Any:
    """A person was wanted five seconds after `at`; joined after `waited` seconds, or the caller left."""
    number = next(_numbers)
    wanted = at + timedelta(seconds=5)
    joined = None if waited is None else wanted + timedelta(seconds=waited)
    ended = wanted + timedelta(seconds=left_after) if left_after is not None else at + timedelta(minutes=5)
    row = {
        "sid": f"CA{number:032x}",
        "line": LINE,
        "bot": "main",
        "caller": f"+1512555{number % 10000:04d}",
        "version": 1,
        "state": "ended",
        "progress": "{}",
        "arrived_at": at,
        "transfer_at": wanted,
        "joined_at": joined,
        "ended_at": ended,
        "outcome": "successful_transfer" if joined else "missed_transfer",
        "abandoned": left_after is not None,
        "safety_net": False,
    } | values
    return db.execute(calls.insert().values(**row).returning(calls.c.id, calls.c.sid)).one()


def a_ring(db: Connection, call_id: int, at: datetime, ended: str, *, agent_id: int | None, **values: Any) -> None:
    number = next(_numbers)
    row = {"ref": f"{number:016x}", "call_id": call_id, "turn": 1, "stage": "group", "way": "dial", "ended": ended}
    row |= {"phone": f"+1512556{number % 10000:04d}", "agent_id": agent_id, "offered_at": at, "ring_s": 20, "name": ""}
    flags = {"screened": True, "created": True, "caller_left": False, "taken": False}
    db.execute(attempts.insert().values(**{**row, **flags, **values}))


def a_lead(
    db: Connection, at: datetime, *, owner_id: int | None = None, owned_after_s: float = 0, **values: Any
) -> int:
    number = next(_numbers)
    row = {"phone": f"+1512557{number % 10000:04d}", "name": f"Lead {number}", "source": "Website", "stage": "NEW"}
    row |= {"created_at": at, "attributes": {}, "tags": [], "owner_id": owner_id}
    row["unowned_reason"] = None if owner_id else "nobody"
    lead_id: int = db.execute(leads.insert().values(**{**row, **values}).returning(leads.c.id)).scalar_one()
    if owner_id is not None:
        given = {
            "lead_id": lead_id,
            "to_id": owner_id,
            "why": "",
            "by": "policy",
            "at": at + timedelta(seconds=owned_after_s),
        }
        db.execute(ownerships.insert().values(**given, turn_given_back=False))
    return lead_id


def a_follow_up(db: Connection, sid: str, at: datetime, *, done_after_s: int | None) -> None:
    done_at = None if done_after_s is None else at + timedelta(seconds=done_after_s)
    row = {"dedupe_key": f"missed/{sid}", "title": "Call back", "call": sid, "due_at": at, "created_at": at}
    db.execute(tasks.insert().values(**row, state="open" if done_at is None else "done", done_at=done_at))
