"""Where calls and tasks lead to recordings, and where they no longer do."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from sami.store.calls import calls
from sami.store.work import tasks


def old_recordings(db: Connection, *, before: datetime, limit: int) -> list[Row[Any]]:
    """Calls of before an instant that have one, oldest first, each kept until this transaction ends."""
    old = calls.c.recording_url.is_not(None), calls.c.arrived_at < before
    found = select(calls).where(*old).order_by(calls.c.arrived_at).limit(limit)
    return list(db.execute(found.with_for_update(skip_locked=True)))


def forget_recording(db: Connection, *, call: str) -> None:
    db.execute(update(calls).where(calls.c.sid == call).values(recording_url=None))
    db.execute(update(tasks).where(tasks.c.call == call).values(recording_url=None))
