"""Every night our numbers are compared with what we wrote; whoever may change that hears of a difference once."""

from datetime import datetime, timedelta

from sami import logs
from sami.carriers.twilio import Carrier, CarrierError
from sami.database.engine import Database
from sami.domain.delivery.answers import why_not
from sami.domain.language.hours import next_time_of_day
from sami.lines.connecting import read_standings
from sami.notices.admins import tell_admins
from sami.store.facts import read_directory
from sami.store.lines import claim_check, keep_check, line_check, plan_first_check

AT_HOUR = 3
AGAIN_AFTER = timedelta(hours=1)
NAMED_MAX = 3

_log = logs.logger(__name__)


def compare_nightly(database: Database, carrier: Carrier, public_url: str, now: datetime) -> None:
    """Nothing is written to Twilio: a difference may be meant, and only `sami lines connect` decides that."""
    if not (carrier.is_configured and public_url and _is_claimed(database, now)):
        return
    try:
        standings = read_standings(database, carrier, public_url)
    except CarrierError as error:
        _log.warning("Our numbers could not be compared; it is tried again in an hour.", detail=why_not(error.answer))
        return
    found = [str(standing) for standing in standings if standing.drifted]
    with database.begin() as db:
        directory = read_directory(db)
        before = line_check(db)
        next_at = next_time_of_day(directory.organisation.time_zone, AT_HOUR, 0, now)
        keep_check(db, found=found, checked_at=now, next_at=next_at)
        if found and (before is None or found != before.found):
            more = f" And {len(found) - NAMED_MAX} more." if len(found) > NAMED_MAX else ""
            body = f"{' '.join(found[:NAMED_MAX])}{more} If you did not mean that: sami lines connect"
            tell_admins(db, body, f"lines/{now.isoformat()}", directory=directory, now=now)


def _is_claimed(database: Database, now: datetime) -> bool:
    with database.read() as db:
        known, zone = line_check(db), read_directory(db).organisation.time_zone
    if known is not None and known.next_at > now:
        return False
    with database.begin() as db:
        if known is None:
            plan_first_check(db, next_at=next_time_of_day(zone, AT_HOUR, 0, now))
            return False
        return claim_check(db, at=now, until=now + AGAIN_AFTER)
