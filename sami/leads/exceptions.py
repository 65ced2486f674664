"""What a person should look at is settled by somebody who has."""

from datetime import datetime

from sqlalchemy import Connection

from sami.audit.recording import record_change
from sami.domain.language.actor import Actor
from sami.store.policies import close_exception


def settle_exception(db: Connection, number: int, *, by: Actor, now: datetime) -> bool:
    """False where there is no such open exception."""
    closed = close_exception(db, exception_id=number, by=by, at=now)
    if closed:
        record_change(db, "exception", number, before={"state": "open"}, after={"state": "closed"}, by=by, now=now)
    return closed
