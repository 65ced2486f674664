"""An agent texts CALL L12: their own phone rings, and the lead's when they press 1, from the line that the lead knows.

They ask to be rung, so whatever their hours and switches say; what the lead permits holds as for any call (R12).
"""

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
from sami.domain.messages.wording import customer_texts
from sami.domain.outcomes.effects import PlaceCall
from sami.leads.recipients import is_theirs, named
from sami.settings.sections import LimitsSettings
from sami.store.leads import find_lead, lock_lead
from sami.store.outbound_calls import count_placed, is_being_called, is_on_the_phone
from sami.texts.answering import line_for
from sami.texts.message import Message

A_DAY = timedelta(days=1)

_log = logs.logger(__name__)


def call_lead(
    db: Connection, message: Message, agent: Row[Any], number: int, *, limits: LimitsSettings, hours: ContactHours
) -> str:
    """What the agent is told. `lock_ownership` was taken before the agent's row was."""
    lead = find_lead(db, number)
    if lead is None or not is_theirs(lead, agent, message.directory):
        return customer_texts.no_lead_of_yours(number)
    who = named(lead).called
    if lead.phone is None:
        return customer_texts.not_called(f"{who} has no phone")
    line = line_for(db, message, lead)
    if line is None or message.directory.bot_of(line) is None:
        line = message.directory.public_line
    if line is None or message.directory.bot_of(line) is None:
        return customer_texts.not_called("there is no line of ours with a bot to call from")
    lock_lead(db, lead.id)  # Who places a call holds the lead.
    why = (
        _busy(db, message, agent, lead, limits)
        or _forbidden(db, message, agent, lead, hours)
        or _over_a_cap(db, lead, line, limits, message.now)
    )
    if why is not None:
        return customer_texts.not_called(why)
    key = f"asked_call/{message.text.sid}"
    apply(db, [PlaceCall(lead.id, E164(lead.phone), line, key, agent_first=True, asked_by=agent.id)], message.now)
    _log.info("An agent asked to call a lead.", agent=agent.key, lead_id=lead.id)
    return customer_texts.ringing_you(who)


def _busy(db: Connection, message: Message, agent: Row[Any], lead: Row[Any], limits: LimitsSettings) -> str | None:
    who = named(lead).called
    if agent.reserved_until is not None and agent.reserved_until > message.now:
        doing = "on a call" if agent.bridged else "being offered a call"
        return f"you are {doing}. Text CALL L{lead.id} again when it is over"
    if is_on_the_phone(db, lead_id=lead.id, since=message.now - timedelta(seconds=limits.call_time_limit_s)):
        return f"{who} is on the phone with us"
    if is_being_called(db, lead.phone):
        return f"a call to {who} is under way already, or waits for whoever is free"
    return None


def _forbidden(db: Connection, message: Message, agent: Row[Any], lead: Row[Any], hours: ContactHours) -> str | None:
    who, phone = named(lead).called, E164(lead.phone)
    clock = Clock(message.now, message.directory.schedule_of(agent.key).time_zone)
    match permission(db, Channel.CALL, phone=phone, lead_id=lead.id, now=message.now, hours=hours):
        case NotBefore(at):
            return f"it is outside the hours in which {who} may be called. They may be from {clock.say(at)} on"
        case Barred(why):
            until = barred_until(db, Channel.CALL, lead, phone)
            if until is not None and message.now < until < NEVER:
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
