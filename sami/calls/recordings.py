"""A recording is forgotten here, and deleted at Twilio too where the operator wants that."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.domain.calls.recordings import recording_sid
from sami.domain.outcomes.effects import DeleteRecording
from sami.settings.loading import Settings
from sami.store.recordings import forget_recording, old_recordings

AT_ONCE = 100


def delete_recording(db: Connection, call: Row[Any], settings: Settings, now: datetime) -> None:
    """Neither the call nor its tasks lead to it any more. Twilio is asked after the commit."""
    sid = recording_sid(call.recording_url, settings.twilio.account_sid)
    forget_recording(db, call=call.sid)
    if sid is not None and settings.retention.delete_recordings_at_twilio:
        apply(db, [DeleteRecording(sid, call.sid)], now)


def delete_old_recordings(db: Connection, settings: Settings, now: datetime) -> int:
    """Those that were kept long enough, a hundred at once; how many."""
    before = now - timedelta(days=settings.retention.recordings_days)
    found = old_recordings(db, before=before, limit=AT_ONCE)
    for call in found:
        delete_recording(db, call, settings, now)
    return len(found)
