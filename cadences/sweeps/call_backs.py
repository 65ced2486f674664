"""Calls back go on where an agent is free, oldest first; calls to leads whose end was never heard are finished."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami import logs
from sami.calls.call_backs import go_on, may_be_due
from sami.calls.legs import LegReport
from sami.calls.outbound import report_outbound
from sami.calls.transaction import CallSettings
from sami.carriers.twilio import Carrier, CarrierError
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.domain.agents.gates import RingRequest, assess
from sami.domain.delivery.answers import why_not
from sami.domain.delivery.carrier_words import CallStatus
from sami.store.facts import read_directory, read_roster
from sami.store.outbound_calls import due_call_backs, unheard_placed_calls

log = logs.logger(__name__)

AT_ONCE = 200
UNHEARD_AFTER = timedelta(minutes=2)


def place_call_backs(database: Database, settings: CallSettings, now: datetime) -> None:
    with database.read() as db:
        rows = due_call_backs(db, now=now, limit=AT_ONCE)
        free = bool(rows) and _is_anybody_free(db, now)
        refs = [row.ref for row in rows if may_be_due(db, row, now, anybody_free=free)]
    for ref in refs:
        try:
            with database.begin() as db:
                go_on(db, ref, settings, now)
        except DatabaseAway:
            raise
        except Exception:
            log.exception("A call back could not go on; the others do.", placed=ref)


def _is_anybody_free(db: Connection, now: datetime) -> bool:
    return any(not assess(agent, RingRequest(now)) for agent in read_roster(db, read_directory(db), now))


def finish_unheard_placed(database: Database, carrier: Carrier, settings: CallSettings, now: datetime) -> None:
    """Twilio is asked; where it cannot say, the phone is not called for anything else yet."""
    with database.read() as db:
        rows = unheard_placed_calls(db, before=now - UNHEARD_AFTER, limit=AT_ONCE)
    for row in rows if carrier.is_configured else ():
        try:
            news = carrier.call_news(row.call)
        except CarrierError as error:
            log.info("Twilio cannot say what became of a call.", call_sid=row.call, why=why_not(error.answer))
            continue
        if news is None or news.is_over:
            log.info("A call to a lead ended unheard.", call_sid=row.call)
            report = LegReport(CallStatus.FAILED if news is None else news.status, now, leg_sid=row.call)
            with database.begin() as db:
                report_outbound(db, row.ref, report, None, settings, now)
