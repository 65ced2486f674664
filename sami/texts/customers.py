"""A customer texts: it is kept with their lead, read, and handed on to a person; a wish to stop or be called is obeyed.

Nobody is answered by us but who asked for something that we did at once: to stop, or to be called.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from sami import logs
from sami.actions.workflows import run_workflows, withhold_notices
from sami.apply import apply
from sami.consent import ledger
from sami.consent.permissions import zones_of
from sami.domain.agents.gates import AgentFacts
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import system
from sami.domain.language.local_time import Clock
from sami.domain.leads.enrolments import REPLIED
from sami.domain.messages.customer_readings import Asks, Reading, read_reply
from sami.domain.messages.staff_keywords import Help, OptIn, OptOut
from sami.domain.messages.wording import customer_texts
from sami.domain.messages.wording.customer_texts import OUTCOMES
from sami.domain.organisation.document import Trigger
from sami.domain.organisation.sentences import caller_name
from sami.domain.outcomes.effects import Effect, PauseCadences, SendText, WriteTimeline
from sami.leads.intake import LeadFacts, recognise_caller
from sami.leads.resuming import paused_by_reply
from sami.settings.sections import LimitsSettings
from sami.store.facts import read_roster
from sami.store.leads import find_lead, find_lead_by_phone, lock_ownership, update_lead
from sami.store.senders import texts_from
from sami.store.suggestions import insert_suggestion
from sami.store.texts import consent_of
from sami.texts.call_me import call_now
from sami.texts.message import Message, answered, keep

FORWARDED_MAX = 20  # Of one sender in ten minutes; more are kept, but cost nobody a text (S4).
_BARS = {Asks.NO_TEXTS: Channel.TEXT, Asks.NO_CALLS: Channel.CALL}

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """A customer's text as it was understood. `zone` is where they live; `calling`: we place the call they asked for.

    `stopped`: it was this very text that withdrew their consent.
    """

    lead: LeadFacts | None
    reading: Reading | None
    zone: str
    calling: bool = False
    stopped: bool = False

    @property
    def asks(self) -> Asks | None:
        return None if self.reading is None else self.reading.asks


def hear_customer(db: Connection, message: Message, limits: LimitsSettings, *, classify: bool = False) -> str | None:
    """The answer; None is silence. `classify`: a classifier is to be asked about what is left to a person."""
    roster = read_roster(db, message.directory, message.now)
    known = None if message.text.sender is None else find_lead_by_phone(db, message.text.sender)
    zone = zones_of(db, known, message.text.sender, message.now)[0]
    reading = None if message.consent is not None else read_reply(message.text.body, zone, message.now)
    lead = _lead_of(db, message, reading, roster, is_known=known is not None)
    is_for_a_person = lead is not None and message.consent is None and (reading is None or reading.asks in OUTCOMES)
    keep(
        db,
        message,
        lead_id=lead.id if lead else None,
        classify_at=message.now if classify and is_for_a_person else None,
    )
    read = _obeyed(db, message, Read(lead, reading, zone))
    if lead is not None:
        _write_down(db, message, read, lead)
    is_news = _is_news(db, message, read)
    forwarded = tuple(_forwarded(db, message, read, roster)) if is_news else ()
    apply(db, forwarded, message.now)
    _keep_suggestions(db, message, read, forwarded)
    if lead is not None and lead.is_new:
        told = {text.agent_id for text in forwarded}
        agents = {agent.key for agent in roster if agent.id in told}
        withhold_notices(db, lead_id=lead.id, agents=agents, why="the text itself was handed on")
    if lead is not None and is_news and not _says_stop(message, read):
        _set_workflows_going(db, message, lead, roster)
    asks = None if read.asks is None else read.asks.value
    _log.info("A customer's text was kept.", lead_id=lead.id if lead else None, forwarded=len(forwarded), asks=asks)
    return _answer(db, message, read, limits)


def _lead_of(
    db: Connection, message: Message, reading: Reading | None, roster: tuple[AgentFacts, ...], *, is_known: bool
) -> LeadFacts | None:
    """The same door as a call's; but a wish to stop is no reason to get to know a stranger."""
    phone = message.text.sender
    only_consent = message.consent is not None or (reading is not None and reading.asks is Asks.OPT_OUT)
    if phone is None or (only_consent and not is_known):
        return None
    return recognise_caller(db, phone=phone, source="text", directory=message.directory, roster=roster, now=message.now)


def _obeyed(db: Connection, message: Message, read: Read) -> Read:
    """Consent at once, a call at once; everything else is for a person."""
    phone, words = message.text.sender, message.text.body
    if phone is None:
        return read
    if isinstance(message.consent, OptOut) or read.asks is Asks.OPT_OUT:
        stopped = ledger.withdraw(db, phone=phone, source=message.source, now=message.now, words=words)
        return Read(read.lead, read.reading, read.zone, stopped=stopped)
    if isinstance(message.consent, OptIn):
        ledger.give(db, phone=phone, source=message.source, now=message.now, words=words)
    elif read.asks in _BARS:
        channels = (_BARS[read.asks],)
        ledger.bar(db, phone=phone, channels=channels, until=None, source=message.source, now=message.now, words=words)
    elif read.asks is Asks.CALL_ME and read.lead is not None:
        return Read(read.lead, read.reading, read.zone, calling=call_now(db, message, read.lead.id))
    return read


def _keep_suggestions(db: Connection, message: Message, read: Read, forwarded: Iterable[SendText]) -> None:
    """Whoever is told what it looks like may accept it by OK."""
    outcome = None if read.asks is None else OUTCOMES.get(read.asks)
    if outcome is None or read.lead is None or read.reading is None:
        return
    told = {
        "lead_id": read.lead.id,
        "outcome": outcome.value,
        "later_at": read.reading.at,
        "text_sid": message.text.sid,
    }
    for text in forwarded:
        insert_suggestion(db, **told, agent_id=text.agent_id, at=message.now)


def _says_stop(message: Message, read: Read) -> bool:
    return isinstance(message.consent, OptOut) or read.asks is Asks.OPT_OUT


def _write_down(db: Connection, message: Message, read: Read, lead: LeadFacts) -> None:
    """On the timeline; their cadences wait for a person, and from their first text on we are in touch."""
    effects: list[Effect] = [
        WriteTimeline(lead.id, "text", customer_texts.said_with(message.text.body, message.text.media))
    ]
    row = find_lead(db, lead.id)
    outcome = None if read.asks is None else OUTCOMES.get(read.asks)
    if outcome is not None and read.reading is not None:
        clock = message.directory.clock(message.now)
        told = customer_texts.looked_like(outcome, read.reading.at, clock, read.zone)
        effects.append(WriteTimeline(lead.id, "suggestion", told))
    if not _says_stop(message, read) and not isinstance(message.consent, Help):
        effects.append(PauseCadences(lead.id, None, REPLIED, system(message.source)))
        if row is not None and row.connected_at is None:
            lock_ownership(db)  # Before the lead's row, as everywhere.
            update_lead(db, lead.id, connected_at=message.now)
            effects.append(WriteTimeline(lead.id, "connected", "In touch: their first text."))
    apply(db, effects, message.now)


def _is_news(db: Connection, message: Message, read: Read) -> bool:
    """Whether somebody must read it. A lead's YES may be an answer and their STOP concerns the owner; HELP does not."""
    is_consent = message.consent is not None or read.asks is Asks.OPT_OUT
    if isinstance(message.consent, Help) or (is_consent and read.lead is None):
        return False
    return texts_from(db, phone=message.phone, since=message.counted_since) <= FORWARDED_MAX


def _forwarded(db: Connection, message: Message, read: Read, roster: tuple[AgentFacts, ...]) -> Iterator[SendText]:
    """Notifies the owner; the admins where there is none, or where no text reaches the owner."""
    lead, key = read.lead, f"forward/{message.text.sid}"
    lead_id = lead.id if lead else None
    owner = next((agent for agent in roster if lead is not None and agent.key == lead.owner and agent.active), None)
    if owner is not None and consent_of(db, owner.phone) != "opted_out":
        words = _words(db, message, read, owner)
        yield SendText(owner.phone, message.text.line, words, key, lead_id=lead_id, agent_id=owner.id)
        return
    for admin in message.directory.admins_among(roster):
        words = _words(db, message, read, admin)
        yield SendText(admin.phone, message.text.line, words, f"{key}/{admin.key}", lead_id=lead_id, agent_id=admin.id)


def _words(db: Connection, message: Message, read: Read, reader: AgentFacts) -> str:
    lead, clock = read.lead, Clock(message.now, message.directory.schedule_of(reader.key).time_zone)
    known = (
        message.sent_by if message.text.sender is None else caller_name(lead.name if lead else "", message.text.sender)
    )
    who = f"a new lead, {message.phone}" if lead is not None and lead.is_new else known
    note = customer_texts.note_on(read.reading, clock, read.zone, calling=read.calling)
    if isinstance(message.consent, OptOut):
        note = customer_texts.STOPPED
    if lead is not None:
        note = "\n".join(line for line in (note, customer_texts.paused(paused_by_reply(db, lead.id), lead.id)) if line)
    may_answer = lead is not None and consent_of(db, message.phone) != "opted_out"
    return customer_texts.forwarded(
        who,
        message.text.body,
        len(message.text.media),
        lead.id if lead is not None and may_answer else None,
        note,
        suggests=read.asks in OUTCOMES,
    )


def _set_workflows_going(db: Connection, message: Message, lead: LeadFacts, roster: tuple[AgentFacts, ...]) -> None:
    run_workflows(
        db,
        trigger=Trigger.TEXT_RECEIVED,
        lead_id=lead.id,
        directory=message.directory,
        now=message.now,
        roster=roster,
        line=message.text.line,
    )


def _answer(db: Connection, message: Message, read: Read, limits: LimitsSettings) -> str | None:
    """One confirmation of a wish to stop, and never another word until START; the carrier answers its own words."""
    lead_id = None if read.lead is None else read.lead.id
    if read.stopped and message.consent is None:
        confirmed = customer_texts.opt_out_confirmed(message.directory.organisation.name)
        return answered(db, message, confirmed, limits, lead_id=lead_id)
    if read.calling:
        return answered(db, message, customer_texts.calling_now(), limits, lead_id=lead_id)
    return None
