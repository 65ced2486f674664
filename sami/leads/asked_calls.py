"""An agent asks to call a lead: their own phone rings, and the lead's when they press 1.

They ask to be rung, so whatever their hours and switches say; what the lead permits holds as for any call (R12).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.consent.caps import spend
from sami.consent.permissions import barred_until, permission
from sami.domain.consent.caps import Spent
from sami.domain.consent.permission import NEVER, Barred, Channel, ContactHours, NotBefore
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import PlaceCall
from sami.leads.recipients import named
from sami.settings.sections import LimitsSettings
from sami.store.facts import Directory
from sami.store.leads import lock_lead
from sami.store.outbound_calls import count_placed, is_being_called, is_on_the_phone
from sami.store.senders import last_line_of

A_DAY = timedelta(days=1)

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class AskedCall:
    """`key` tells this wish from every other; `of_call`: the call that is called back. Who asks has locked both rows.

    `line`: from which it is called, where that has a bot; else from the one that the lead knows.
    """

    agent: Row[Any]
    lead: Row[Any]
    key: str
    line: str | None = None
    of_call: str | None = None


def place_asked_call(
    db: Connection,
    asked: AskedCall,
    directory: Directory,
    *,
    limits: LimitsSettings,
    hours: ContactHours,
    now: datetime,
) -> str | None:
    """Why nobody is called, as people read it; None where the agent's phone rings now."""
    agent, lead = asked.agent, asked.lead
    if lead.phone is None:
        return f"{named(lead).called} has no phone"
    line = _line(db, asked, directory)
    if line is None:
        return "there is no line of ours with a bot to call from"
    lock_lead(db, lead.id)  # Who places a call holds the lead.
    why = (
        _busy(db, lead, limits, now)
        or _forbidden(db, lead, hours, Clock(now, directory.schedule_of(agent.key).time_zone))
        or _over_a_cap(db, lead, line, limits, now)
    )
    if why is not None:
        return why
    wish = PlaceCall(
        lead.id, E164(lead.phone), line, asked.key, agent_first=True, asked_by=agent.id, of_call=asked.of_call
    )
    apply(db, [wish], now)
    _log.info("An agent asked to call a lead.", agent=agent.key, lead_id=lead.id)
    return None


def doing(agent: Row[Any], now: datetime) -> str | None:
    """What keeps the agent's phone from ringing at once."""
    if agent.reserved_until is None or agent.reserved_until <= now:
        return None
    return "on a call" if agent.bridged else "being offered a call"


def _line(db: Connection, asked: AskedCall, directory: Directory) -> E164 | None:
    """That of the conversation, so that it stays one."""
    lead = asked.lead
    lines = asked.line, last_line_of(db, lead_id=lead.id, phone=lead.phone), directory.public_line
    return next((E164(line) for line in lines if line is not None and directory.bot_of(line) is not None), None)


def _busy(db: Connection, lead: Row[Any], limits: LimitsSettings, now: datetime) -> str | None:
    who = named(lead).called
    if is_on_the_phone(db, lead_id=lead.id, since=now - timedelta(seconds=limits.call_time_limit_s)):
        return f"{who} is on the phone with us"
    if is_being_called(db, lead.phone):
        return f"a call to {who} is under way already, or waits for whoever is free"
    return None


def _forbidden(db: Connection, lead: Row[Any], hours: ContactHours, clock: Clock) -> str | None:
    """`clock` is that of the agent, who reads it."""
    who, phone, now = named(lead).called, E164(lead.phone), clock.now
    match permission(db, Channel.CALL, phone=phone, lead_id=lead.id, now=now, hours=hours):
        case NotBefore(at):
            return f"it is outside the hours in which {who} may be called. They may be from {clock.say(at)} on"
        case Barred(why):
            until = barred_until(db, Channel.CALL, lead, phone)
            if until is not None and now < until < NEVER:
                return f"{who} is not to be contacted {clock.until(until)}"
            return f"{who} {_REFUSED.get(why, why)}"
        case _:
            return None


_REFUSED = {
    "opted out": "asked not to be contacted",
    "bad number": "has a number that does not work",
    "not to be contacted": "is not to be contacted",
    "no hour is permitted in every zone this phone may live in": "may live where no hour is permitted",
}


def _over_a_cap(db: Connection, lead: Row[Any], line: E164, limits: LimitsSettings, now: datetime) -> str | None:
    if count_placed(db, since=now - A_DAY, phone=lead.phone) >= limits.bot_calls_per_lead_per_day:
        return f"{named(lead).called} was called as often within a day as may be"
    over = spend(db, Spent.CALLS, phone=E164(lead.phone), line=line, limits=limits, now=now)
    return None if over is None else over.why
