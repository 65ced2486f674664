"""Clocks of first responses that ran out are said to have, once each."""

from datetime import datetime

from sami.database.engine import Database
from sami.leads.breaches import breach
from sami.store.clocks import overdue_leads

BREACHES_AT_ONCE = 200


def notice_breaches(database: Database, now: datetime) -> None:
    with database.read() as db:
        overdue = overdue_leads(db, at=now, limit=BREACHES_AT_ONCE)
    for lead_id in overdue:
        with database.begin() as db:
            breach(db, lead_id, now)
