"""A leg that was never made: its attempt is over at once, so that the waiting caller is rung on another way."""

from datetime import datetime

from sqlalchemy import Connection

from sami.agents.misses_and_rests import free_agent
from sami.calls.attempts import settle
from sami.calls.queue import fetch_out_of_music
from sami.calls.transaction import CallSettings, lock, save
from sami.domain.calls.attempts import refused_status
from sami.store import calls as store


def leg_refused(db: Connection, ref: str, error_code: int | None, settings: CallSettings, now: datetime) -> None:
    """A code about the phone is its word; anything else is our own fault, which counts against nobody."""
    sid = store.call_of_attempt(db, ref)
    call = lock(db, sid, settings) if sid is not None else None
    attempt = store.find_attempt(db, ref)
    if call is None or attempt is None:
        return
    if attempt.ended is not None:
        free_agent(db, attempt, call=call.sid)
        return
    settle(db, call, attempt, now, leg_status=refused_status(error_code), error_code=error_code)
    fetch_out_of_music(db, call, now)
    save(db, call, now)
