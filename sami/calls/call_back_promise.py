"""What may be promised to this caller: the same permission is asked that decides it later (R23)."""

from datetime import datetime

from sqlalchemy import Connection

from sami.calls.ringing import pool_of_call
from sami.calls.transaction import LiveCall
from sami.consent.permissions import contact_facts
from sami.domain.calls.call_back_promise import promised_time, staffed_at
from sami.domain.consent.permission import ANSWER_WITHIN, Barred, Channel, ContactFacts, may_contact, next_permitted
from sami.domain.organisation.document import Pattern
from sami.domain.organisation.sentences import speaks_spanish
from sami.domain.outcomes.outcome_actions import CALLED_BACK_WITHIN
from sami.store.facts import read_roster
from sami.store.leads import find_lead


def may_call(db: Connection, call: LiveCall, now: datetime) -> bool:
    """Whether an outbound call is welcome at this phone, which it is not where it is hidden or wants texts only."""
    return _welcome(db, call, now) is not None


def call_back_at(db: Connection, call: LiveCall, now: datetime) -> datetime | None:
    """The first instant at which somebody of ours could call them back; None where none could within a day."""
    facts = _welcome(db, call, now)
    if facts is None or call.bot is None:
        return None
    roster = call.roster or read_roster(db, call.directory, now, caller=call.caller)
    asked = {*pool_of_call(db, call, call.bot, roster), *([call.owner] if call.owner else [])}
    at = now if call.bot.behaviour == "number" else staffed_at((a for a in roster if a.key in asked), now)
    if at is not None and at - now > ANSWER_WITHIN:
        at = next_permitted(facts.zones, at, call.settings.contact_hours)
    return at if at is not None and at - now < CALLED_BACK_WITHIN else None


def _welcome(db: Connection, call: LiveCall, now: datetime) -> ContactFacts | None:
    """What this phone permits, where it permits a call at all."""
    if call.lead_id is None or call.caller is None:
        return None
    lead, hours = find_lead(db, call.lead_id), call.settings.contact_hours
    facts = contact_facts(db, Channel.CALL, call.caller, lead, now=now, hours=hours, asked_at=now)
    return None if isinstance(may_contact(facts, now), Barred) else facts


def back_when(db: Connection, call: LiveCall, now: datetime) -> str:
    """In words, when the first of those whom this call may ring is there again; empty where one was rung or is there,
    or nothing is known.
    """
    if call.bot is None or call.progress.rung:
        return ""
    roster = call.roster or read_roster(db, call.directory, now, caller=call.caller)
    pool = () if call.bot.pattern is Pattern.ASSIGNED_ONLY else pool_of_call(db, call, call.bot, roster)
    owner = None if call.bot.pattern is Pattern.SIMULTANEOUS_GROUP else call.owner
    skill = call.progress.skill
    able = [a for a in roster if (a.key in pool or a.key == owner) and (skill is None or skill in a.skills)]
    at = staffed_at(able, now)
    if at is None or at <= now:
        return ""
    return promised_time(at, now, call.directory.organisation.time_zone, spanish=speaks_spanish(call.bot))
