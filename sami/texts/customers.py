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
from sami.domain.messages.staff_keywords import (
    Help,
    OptIn,
    OptOut,
)
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
from sami.texts.heard import Heard, answered, keep

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


def hear_customer(db: Connection, heard: Heard, limits: LimitsSettings, *, classify: bool = False) -> str | None:
    """The answer; None is silence. `classify`: a classifier is to be asked about what is left to a person."""
    roster = read_roster(db, heard.directory, heard.now)
    known = None if heard.text.sender is None else find_lead_by_phone(db, heard.text.sender)
    zone = zones_of(db, known, heard.text.sender, heard.now)[0]
    reading = None if heard.consent is not None else read_reply(heard.text.body, zone, heard.now)
    lead = _lead_of(db, heard, reading, roster, is_known=known is not None)
    is_for_a_person = lead is not None and heard.consent is None and (reading is None or reading.asks in OUTCOMES)
    keep(db, heard, lead_id=lead.id if lead else None, classify_at=heard.now if classify and is_for_a_person else None)
    read = _obeyed(db, heard, Read(lead, reading, zone))
    if lead is not None:
        _write_down(db, heard, read, lead)
    is_news = _is_news(db, heard, read)
    forwarded = tuple(_forwarded(db, heard, read, roster)) if is_news else ()
    apply(db, forwarded, heard.now)
    _keep_suggestions(db, heard, read, forwarded)
    if lead is not None and lead.is_new:
        told = {text.agent_id for text in forwarded}
        agents = {agent.key for agent in roster if agent.id in told}
        withhold_notices(db, lead_id=lead.id, agents=agents, why="the text itself was handed on")
    if lead is not None and is_news and not _says_stop(heard, read):
        _set_workflows_going(db, heard, lead, roster)
    asks = None if read.asks is None else read.asks.value
    _log.info("A customer's text was kept.", lead_id=lead.id if lead else None, forwarded=len(forwarded), asks=asks)
    return _answer(db, heard, read, limits)


def _lead_of(
    db: Connection, heard: Heard, reading: Reading | None, roster: tuple[AgentFacts, ...], *, is_known: bool
) -> LeadFacts | None:
    """The same door as a call's; but a wish to stop is no reason to get to know a stranger."""
    phone = heard.text.sender
    only_consent = heard.consent is not None or (reading is not None and reading.asks is Asks.OPT_OUT)
    if phone is None or (only_consent and not is_known):
        return None
    return recognise_caller(db, phone=phone, source="text", directory=heard.directory, roster=roster, now=heard.now)


def _obeyed(db: Connection, heard: Heard, read: Read) -> Read:
    """Consent at once, a call at once; everything else is for a person."""
    phone, words = heard.text.sender, heard.text.body
    if phone is None:
        return read
    if isinstance(heard.consent, OptOut) or read.asks is Asks.OPT_OUT:
        stopped = ledger.withdraw(db, phone=phone, source=heard.source, now=heard.now, words=words)
        return Read(read.lead, read.reading, read.zone, stopped=stopped)
    if isinstance(heard.consent, OptIn):
        ledger.give(db, phone=phone, source=heard.source, now=heard.now, words=words)
    elif read.asks in _BARS:
        channels = (_BARS[read.asks],)
        ledger.bar(db, phone=phone, channels=channels, until=None, source=heard.source, now=heard.now, words=words)
    elif read.asks is Asks.CALL_ME and read.lead is not None:
        return Read(read.lead, read.reading, read.zone, calling=call_now(db, heard, read.lead.id))
    return read


def _keep_suggestions(db: Connection, heard: Heard, read: Read, forwarded: Iterable[SendText]) -> None:
    """Whoever is told what it looks like may accept it by OK."""
    outcome = None if read.asks is None else OUTCOMES.get(read.asks)
    if outcome is None or read.lead is None or read.reading is None:
        return
    told = {"lead_id": read.lead.id, "outcome": outcome.value, "later_at": read.reading.at, "text_sid": heard.text.sid}
    for text in forwarded:
        insert_suggestion(db, **told, agent_id=text.agent_id, at=heard.now)


def _says_stop(heard: Heard, read: Read) -> bool:
    return isinstance(heard.consent, OptOut) or read.asks is Asks.OPT_OUT


def _write_down(db: Connection, heard: Heard, read: Read, lead: LeadFacts) -> None:
    """On the timeline; their cadences wait for a person, and from their first text on we are in touch."""
    effects: list[Effect] = [
        WriteTimeline(lead.id, "text", customer_texts.said_with(heard.text.body, heard.text.media))
    ]
    row = find_lead(db, lead.id)
    outcome = None if read.asks is None else OUTCOMES.get(read.asks)
    if outcome is not None and read.reading is not None:
        clock = heard.directory.clock(heard.now)
        told = customer_texts.looked_like(outcome, read.reading.at, clock, read.zone)
        effects.append(WriteTimeline(lead.id, "suggestion", told))
    if not _says_stop(heard, read) and not isinstance(heard.consent, Help):
        effects.append(PauseCadences(lead.id, None, REPLIED, system(heard.source)))
        if row is not None and row.connected_at is None:
            lock_ownership(db)  # Before the lead's row, as everywhere.
            update_lead(db, lead.id, connected_at=heard.now)
            effects.append(WriteTimeline(lead.id, "connected", "In touch: their first text."))
    apply(db, effects, heard.now)


def _is_news(db: Connection, heard: Heard, read: Read) -> bool:
    """Whether somebody must read it. A lead's YES may be an answer and their STOP concerns the owner; HELP does not."""
    is_consent = heard.consent is not None or read.asks is Asks.OPT_OUT
    if isinstance(heard.consent, Help) or (is_consent and read.lead is None):
        return False
    return texts_from(db, phone=heard.phone, since=heard.counted_since) <= FORWARDED_MAX


def _forwarded(db: Connection, heard: Heard, read: Read, roster: tuple[AgentFacts, ...]) -> Iterator[SendText]:
    """To the owner; to the admins where there is none, or where no text reaches them."""
    lead, key = read.lead, f"forward/{heard.text.sid}"
    lead_id = lead.id if lead else None
    owner = next((agent for agent in roster if lead is not None and agent.key == lead.owner and agent.active), None)
    if owner is not None and consent_of(db, owner.phone) != "opted_out":
        words = _words(db, heard, read, owner)
        yield SendText(owner.phone, heard.text.line, words, key, lead_id=lead_id, agent_id=owner.id)
        return
    for admin in heard.directory.admins_among(roster):
        words = _words(db, heard, read, admin)
        yield SendText(admin.phone, heard.text.line, words, f"{key}/{admin.key}", lead_id=lead_id, agent_id=admin.id)


def _words(db: Connection, heard: Heard, read: Read, reader: AgentFacts) -> str:
    lead, clock = read.lead, Clock(heard.now, heard.directory.schedule_of(reader.key).time_zone)
    known = heard.sent_by if heard.text.sender is None else caller_name(lead.name if lead else "", heard.text.sender)
    who = f"a new lead, {heard.phone}" if lead is not None and lead.is_new else known
    note = customer_texts.note_on(read.reading, clock, read.zone, calling=read.calling)
    if isinstance(heard.consent, OptOut):
        note = customer_texts.STOPPED
    if lead is not None:
        note = "\n".join(line for line in (note, customer_texts.paused(paused_by_reply(db, lead.id), lead.id)) if line)
    may_answer = lead is not None and consent_of(db, heard.phone) != "opted_out"
    return customer_texts.forwarded(
        who,
        heard.text.body,
        len(heard.text.media),
        lead.id if lead is not None and may_answer else None,
        note,
        suggests=read.asks in OUTCOMES,
    )


def _set_workflows_going(db: Connection, heard: Heard, lead: LeadFacts, roster: tuple[AgentFacts, ...]) -> None:
    run_workflows(
        db,
        trigger=Trigger.TEXT_RECEIVED,
        lead_id=lead.id,
        directory=heard.directory,
        now=heard.now,
        roster=roster,
        line=heard.text.line,
    )


def _answer(db: Connection, heard: Heard, read: Read, limits: LimitsSettings) -> str | None:
    """One confirmation of a wish to stop, and never another word until START; the carrier answers its own words."""
    lead_id = None if read.lead is None else read.lead.id
    if read.stopped and heard.consent is None:
        confirmed = customer_texts.opt_out_confirmed(heard.directory.organisation.name)
        return answered(db, heard, confirmed, limits, lead_id=lead_id)
    if read.calling:
        return answered(db, heard, customer_texts.calling_now(), limits, lead_id=lead_id)
    return None
