"""Somebody tried to reach a lead, and did not: that is a response in time, and what was to be done stays to be done."""

from datetime import datetime

from sqlalchemy import Connection

from sami.apply import apply
from sami.domain.outcomes.effects import WriteTimeline
from sami.leads.clocks import note_response
from sami.store.leads import lock_ownership, update_lead


def log_attempt(
    db: Connection, *, lead_id: int, what: str, who: str, now: datetime, call: str | None = None, note: str = ""
) -> None:
    """`what` is read after `who`: "called, and nobody answered"."""
    said = f"{who} {what}{f': {note}' if note else ''}"
    apply(db, [WriteTimeline(lead_id, "attempt", said, call)], now)
    note_response(db, lead_id=lead_id, at=now, how=f"{who} {what}")
    settle_doubt(db, lead_id)


def hold_back(db: Connection, *, lead_id: int, asked: str, now: datetime) -> None:
    """They may have asked to stop. Until whoever said so is sure, nothing of ours reaches them by itself."""
    lock_ownership(db)
    update_lead(db, lead_id, stop_unsure_at=now)
    told = f"Nothing automatic goes to them until {asked} has answered whether they asked to stop"
    apply(db, [WriteTimeline(lead_id, "consent", told)], now)


def settle_doubt(db: Connection, lead_id: int) -> None:
    lock_ownership(db)
    update_lead(db, lead_id, stop_unsure_at=None)
