"""An agent answers a lead by text: the words go out from the line that the lead knows, and the lead sees our number.

It is a person who writes, so no quiet hours hold it back; but never after the lead asked to stop (R12).
"""

from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.domain.consent.permission import NEVER, Channel
from sami.domain.language.actor import person
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164, is_landline
from sami.domain.messages.reply_through import ReplyTo
from sami.domain.messages.wording import customer_texts
from sami.domain.outcomes.effects import PauseCadences, SendText, WriteTimeline
from sami.leads.clocks import note_response
from sami.leads.recipients import is_theirs, named
from sami.store.leads import find_lead
from sami.store.senders import last_line_of, texts_from
from sami.store.texts import barred_until, consent_of, is_bad_number, takes_no_texts
from sami.texts.message import Message

ANSWERS_MAX = 30  # Of one agent in ten minutes: more is no conversation any more (S4).

_log = logs.logger(__name__)


def answer_lead(db: Connection, message: Message, agent: Row[Any], meant: ReplyTo) -> str:
    """What the agent is told of it. `lock_ownership` was taken before the agent's row was."""
    lead = find_lead(db, meant.lead)
    refused = _refused(db, message, agent, meant, lead)
    if refused is not None or lead is None:
        return refused or customer_texts.no_such_lead(meant.lead)
    line = line_for(db, message, lead)
    if line is None:
        return customer_texts.not_reachable(named(lead).called, "has no line of ours to be texted from")
    text = SendText(
        to=E164(lead.phone),
        line=line,
        body=meant.words,
        dedupe_key=f"answer/{message.text.sid}",
        lead_id=lead.id,
        agent_id=agent.id,
    )
    told = WriteTimeline(lead.id, "text", f"{agent.name}: {meant.words}")
    paused = PauseCadences(lead.id, None, f"{agent.name} wrote to them", person(agent.key))
    apply(db, [text, told, paused], message.now)
    note_response(db, lead_id=lead.id, at=message.now, how=f"{agent.name} answered by text")
    _log.info("An agent answered a lead.", agent=agent.key, lead_id=lead.id)
    return customer_texts.sent_to(named(lead).called)


def _refused(db: Connection, message: Message, agent: Row[Any], meant: ReplyTo, lead: Row[Any] | None) -> str | None:
    if lead is None:
        return customer_texts.no_such_lead(meant.lead)
    if not is_theirs(lead, agent, message.directory):
        return customer_texts.not_yours(lead.id)
    if not meant.words:
        return customer_texts.no_words(lead.id)
    why = _unreachable(db, message, lead, Clock(message.now, message.directory.schedule_of(agent.key).time_zone))
    if why is not None:
        return customer_texts.not_reachable(named(lead).called, why)
    if texts_from(db, phone=message.phone, since=message.counted_since) > ANSWERS_MAX:
        return customer_texts.too_many()
    return None


def _unreachable(db: Connection, message: Message, lead: Row[Any], clock: Clock) -> str | None:
    """Read after the lead's name. That nobody is to be contacted by us ourselves does not bind a person."""
    if lead.phone is None:
        return "has no phone"
    if consent_of(db, lead.phone) == "opted_out":
        return "asked to stop, and may be texted again only after they text START"
    barred = barred_until(db, phone=lead.phone, channel=Channel.TEXT)
    if barred is not None and barred > message.now:
        return f"is on the do-not-text list {'for good' if barred == NEVER else clock.until(barred)}"
    if is_bad_number(db, lead.phone) or takes_no_texts(db, lead.phone):
        return "has a number that takes no texts"
    return "has a landline, which takes no texts" if is_landline(lead.phone) else None


def line_for(db: Connection, message: Message, lead: Row[Any]) -> E164 | None:
    """The line on which the lead last texted or called, so that the conversation stays one."""
    known = last_line_of(db, lead_id=lead.id, phone=lead.phone)
    return E164(known) if known is not None and known in message.directory.lines else message.directory.public_line
