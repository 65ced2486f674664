"""An agent texts: their words are obeyed on staff lines, a lead is answered from any; shortly, and not too often."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.apply import apply
from sami.domain.consent.permission import ContactHours
from sami.domain.messages.reply_through import ReplyTo, read_reply_through, staff_word_in
from sami.domain.messages.staff_keywords import CallLead, Consent, OptOut, Unknown, read_text
from sami.domain.messages.wording import customer_texts
from sami.domain.messages.wording.staff import agent_opted_out, not_staff_line
from sami.domain.outcomes.effects import SendText
from sami.settings.sections import LimitsSettings
from sami.store.facts import read_roster
from sami.store.texts import consent_of
from sami.texts import commands
from sami.texts.answering import answer_lead
from sami.texts.calling_leads import call_lead
from sami.texts.message import Message, answered, keep

_log = logs.logger(__name__)


def hear_agent(
    db: Connection, message: Message, agent: Row[Any], limits: LimitsSettings, hours: ContactHours
) -> str | None:
    """The reply; None after STOP and past the cap, where what was asked is done all the same."""
    meant = reply_through_of(message)
    keep(db, message, agent_id=agent.id)
    if message.consent is not None:
        if isinstance(message.consent, OptOut) and commands.stop(db, agent=agent, now=message.now):
            apply(db, _opt_out_notices(db, message, agent), message.now)
        return None  # The carrier answers its own words.
    reply = _obeyed(db, message, agent, limits, hours) if meant is None else _answered(db, message, agent, meant)
    if consent_of(db, message.phone) == "opted_out":
        return None
    return answered(db, message, reply, limits, agent_id=agent.id)


def _answered(db: Connection, message: Message, agent: Row[Any], meant: ReplyTo) -> str:
    zone = message.directory.schedule_of(agent.key).time_zone
    instead = staff_word_in(meant, message.directory.organisation.synonyms, zone, message.now)
    if instead is not None:
        return customer_texts.probably_a_staff_word(meant.lead, meant.words, instead)
    return answer_lead(db, message, agent, meant)


def is_staff_line(message: Message) -> bool:
    line = message.directory.lines.get(message.text.line)
    return line is not None and line.staff


def reply_through_of(message: Message) -> ReplyTo | None:
    """The lead this text would answer if an agent wrote it. A number to which an admin gave a meaning keeps it."""
    found = None if message.consent is not None else read_reply_through(message.words)
    if found is None or not is_staff_line(message):
        return found
    command = read_text(message.words, message.directory.organisation.synonyms)
    return found if isinstance(command, Unknown) else None


def _obeyed(db: Connection, message: Message, agent: Row[Any], limits: LimitsSettings, hours: ContactHours) -> str:
    if not is_staff_line(message):
        lines = message.directory.lines.values()
        return not_staff_line(next((line.phone for line in lines if line.staff), None))
    command = read_text(message.words, message.directory.organisation.synonyms)
    assert not isinstance(command, Consent), "the carrier's words are read before"
    if isinstance(command, CallLead):
        return call_lead(db, message, agent, command.number, limits=limits, hours=hours)
    return commands.obey(db, agent=agent, command=command, directory=message.directory, now=message.now)


def _opt_out_notices(db: Connection, message: Message, agent: Row[Any]) -> Iterator[SendText]:
    """STOP blocks whatever we could tell the agent, so the admins are told."""
    for admin in message.directory.admins_among(read_roster(db, message.directory, message.now)):
        if admin.id != agent.id:
            yield SendText(
                to=admin.phone,
                line=message.text.line,
                body=agent_opted_out(agent.name),
                dedupe_key=f"stop/{message.text.sid}/{admin.key}",
                agent_id=admin.id,
            )
