"""A leg that was never made: its attempt is over at once, so that the waiting caller is rung on another way."""

from datetime import datetime

from sqlalchemy import Connection

from sami.calls.attempts import settle
from sami.calls.live import CallSettings, LiveCall, lock, save
from sami.calls.waiting import waiting_is_over
from sami.domain.attempts import BLOCKED_CODES, INVALID_NUMBER_CODES, NEVER_CREATED
from sami.domain.effects import RedirectCaller
from sami.store import calls as store


def leg_refused(db: Connection, ref: str, error_code: int | None, settings: CallSettings, now: datetime) -> None:
    """A code about the phone is its word; anything else is our own fault, which counts against nobody."""
    sid = store.call_of_attempt(db, ref)
    call = lock(db, sid, settings) if sid is not None else None
    attempt = store.find_attempt(db, ref)
    if call is None or attempt is None or attempt.ended is not None:
        return
    about_the_phone = error_code in INVALID_NUMBER_CODES | BLOCKED_CODES
    settle(db, call, attempt, now, leg_status="failed" if about_the_phone else NEVER_CREATED, error_code=error_code)
    _fetch_if_over(db, call, now)
    save(db, call, now)


def _fetch_if_over(db: Connection, call: LiveCall, now: datetime) -> None:
    """Out of hold music that is longer than the ringing would have been."""
    assert call.id is not None, "a locked call has a row"
    if call.bot is None or call.bot.hold_music is None:
        return
    rung = [attempt for attempt in store.attempts_of(db, call.id) if attempt.ref in call.progress.round]
    if waiting_is_over(call, rung, now):
        call.effects.append(RedirectCaller(call.sid, call.progress.turn))
