"""Calls whose end was never heard are finished, agents whose talk ended unheard are free (R8), long music is left."""

from collections.abc import Iterable
from datetime import datetime

from sami import logs
from sami.calls.queue import look_after, neglected
from sami.calls.sweeping import Talker, UnheardCall, ended_calls, finish_unheard, free_talker, silent_calls, talkers
from sami.calls.transaction import CallSettings
from sami.carriers.twilio import CallNews, Carrier, CarrierError
from sami.database.engine import Database
from sami.domain.delivery.answers import why_not

log = logs.logger(__name__)


def finish_ended_calls(database: Database, carrier: Carrier, settings: CallSettings, now: datetime) -> None:
    with database.read() as db:
        suspects = ended_calls(db, settings, now)
    _finish(suspects, database, carrier, settings, now)


def finish_silent_calls(database: Database, carrier: Carrier, settings: CallSettings, now: datetime) -> None:
    with database.read() as db:
        suspects = silent_calls(db, settings, now)
    _finish(suspects, database, carrier, settings, now)


def _finish(
    suspects: Iterable[UnheardCall], database: Database, carrier: Carrier, settings: CallSettings, now: datetime
) -> None:
    for suspect in suspects:
        ended_at = suspect.ended_at or _ended_at(carrier, suspect, now)
        if ended_at is None:
            continue
        leg_ended_at = _leg_ended_at(carrier, suspect)
        log.info("A call ended unheard.", call_sid=suspect.sid)
        with database.begin() as db:
            finish_unheard(db, suspect.sid, ended_at=ended_at, leg_ended_at=leg_ended_at, settings=settings, now=now)


def look_after_waiting(database: Database, settings: CallSettings, now: datetime) -> None:
    """Callers in music of the admin's own, which says nothing until it ends."""
    with database.read() as db:
        sids = neglected(db, settings, now)
    for sid in sids:
        with database.begin() as db:
            look_after(db, sid, settings, now)


def free_unheard_talkers(database: Database, carrier: Carrier, now: datetime) -> None:
    with database.read() as db:
        believed = talkers(db, now)
    for talker in believed:
        if _is_over(carrier, talker):
            log.info("An agent's talk ended unheard.", call_sid=talker.call)
            with database.begin() as db:
                free_talker(db, talker, now)


def _ended_at(carrier: Carrier, suspect: UnheardCall, now: datetime) -> datetime | None:
    """None while it goes on, or while Twilio cannot say and the longest call could still last."""
    asked, news = _ask(carrier, suspect.sid)
    if asked and (news is None or news.is_over):
        return now if news is None else news.ended_at or now
    return now if not asked and suspect.certainly_over else None


def _leg_ended_at(carrier: Carrier, suspect: UnheardCall) -> datetime | None:
    if suspect.leg_sid is None:
        return None
    _, news = _ask(carrier, suspect.leg_sid)
    return None if news is None else news.ended_at


def _is_over(carrier: Carrier, talker: Talker) -> bool:
    asked, news = _ask(carrier, talker.asks)
    return asked and (news is None or news.is_over)


def _ask(carrier: Carrier, sid: str) -> tuple[bool, CallNews | None]:
    """Whether Twilio answered, and what; no news of a call means that it knows none."""
    if not carrier.is_configured:
        return False, None
    try:
        return True, carrier.call_news(sid)
    except CarrierError as error:
        log.info("Twilio cannot say what became of a call.", call_sid=sid, why=why_not(error.answer))
        return False, None
