"""What a person should look at is settled by somebody who has, with a note; or opened again.

A lead that was reassigned asks nothing of anybody, and is closed as it is listed; a review may leave a note on it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.audit.recording import record_change
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.store.policies import Exceptional, lock_exception, opened_meanwhile, settle


class ExceptionUnknown(SamiError):
    """There is no such exception."""

    code = "exception_unknown"
    status = 404


class ExceptionOpen(SamiError):
    """The same of this lead is open already, under a later number."""

    code = "exception_open"
    status = 409


def meant(
    kind: str | None, state: str | None, since: datetime | None, until: datetime | None, *, unless_said: str | None
) -> Exceptional:
    """`unless_said`: the state that is meant where none is given. Reassigned leads are never open: all are meant."""
    wanted = state or (None if kind == "reassigned" else unless_said)
    return Exceptional(kind, None if wanted in (None, "all") else wanted == "open", since, until)


def state_of(row: Row[Any]) -> str:
    return "open" if row.closed_at is None else "closed"


def settle_exception(
    db: Connection, number: int, *, state: str | None, note: str | None, by: Actor, now: datetime
) -> bool:
    """None leaves it as it is; False where nothing was left to change. Raises ExceptionUnknown or ExceptionOpen."""
    row = lock_exception(db, number)
    if row is None:
        raise ExceptionUnknown(f"{number} is none of them.")
    wanted = state or state_of(row)
    if wanted == "open" and row.closed_at is not None and opened_meanwhile(db, row):
        raise ExceptionOpen
    if wanted == state_of(row) and note in (None, row.note):
        return False
    closed_at = None if wanted == "open" else row.closed_at or now
    settle(db, number, closed_at=closed_at, by=by if closed_at else None, note=row.note if note is None else note)
    before, after = {"state": state_of(row), "note": row.note}, {"state": wanted, "note": note or row.note}
    record_change(db, "exception", number, before=before, after=after, by=by, now=now)
    return True
