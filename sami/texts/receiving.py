"""Who speaks in this text? A line of ours, an agent, or a customer; the carrier's words are consent for each."""

from datetime import datetime

from sqlalchemy import Connection

from sami.consent import ledger
from sami.domain.consent.permission import BY_DEFAULT, ContactHours
from sami.domain.delivery.carrier_words import OptOutType
from sami.domain.language.hours import to_local
from sami.domain.messages.staff_keywords import (
    Accept,
    Attempt,
    CallLead,
    Consent,
    Help,
    OptIn,
    OptOut,
    Result,
    Resume,
    Take,
    read_consent,
    read_text,
)
from sami.domain.organisation.blocked_callers import find_block
from sami.settings.sections import LimitsSettings
from sami.store.calls import lock_call_by_id
from sami.store.facts import read_directory
from sami.store.leads import lock_ownership
from sami.store.senders import lock_sender
from sami.texts.customers import hear_customer
from sami.texts.message import InboundText, Message, keep
from sami.texts.staff import hear_agent, is_staff_line, reply_through_of

_OPT_OUT_TYPES: dict[OptOutType | None, Consent] = {
    OptOutType.STOP: OptOut("STOP"),
    OptOutType.START: OptIn("START"),
    OptOutType.HELP: Help("HELP"),
}


def receive_text(
    db: Connection,
    text: InboundText,
    limits: LimitsSettings,
    now: datetime,
    *,
    classify: bool = False,
    hours: ContactHours = BY_DEFAULT,
) -> str | None:
    """Keep the text and do what it asks. The reply; None is silence. `classify`: a classifier is to read it later.

    `hours`: when leads may be called.
    """
    consent = _OPT_OUT_TYPES.get(text.opt_out_type) or read_consent(text.body)
    heard = Message(text, consent, read_directory(db), now)
    if heard.phone in heard.directory.lines:
        keep(db, heard)  # A line of ours answering another would never end (S4).
        return None
    _lock_what_it_changes(db, heard)
    # The agent first: two texts of one phone wait for each other here, and for nothing else.
    agent = None if text.sender is None else lock_sender(db, text.sender)
    if agent is None and heard.consent is None and _is_blocked(heard):
        keep(db, heard)  # Shown to whoever looks; nobody is told of it, and no lead is made.
        return None
    if agent is None:
        return hear_customer(db, heard, limits, classify=classify)
    if heard.text.body.strip() and not heard.words:
        keep(db, heard, agent_id=agent.id)  # A thumb for a text of ours is no question.
        return None
    _record_consent(db, heard)
    return hear_agent(db, heard, agent, limits, hours)


def _is_blocked(message: Message) -> bool:
    """The carrier's words are obeyed from anybody: who is kept out may still ask to be left alone."""
    today = to_local(message.now, message.directory.organisation.time_zone).date()
    sender = message.text.sender
    return (
        sender is not None and find_block(message.directory.file.blocked, sender, message.text.line, today) is not None
    )


def _lock_what_it_changes(db: Connection, message: Message) -> None:
    """Locked before the agent: calls pass over an agent who is locked, and this may have to wait."""
    if isinstance(message.consent, OptOut) or reply_through_of(message) is not None:
        lock_ownership(db)
    if message.consent is not None or not is_staff_line(message):
        return
    command = read_text(message.words, message.directory.organisation.synonyms)
    if isinstance(command, Result) or (isinstance(command, Attempt) and command.of == "C"):
        lock_call_by_id(db, command.number)
    if isinstance(command, Result | Take | Attempt | Accept | Resume | CallLead):
        lock_ownership(db)


def _record_consent(db: Connection, message: Message) -> None:
    match message.consent:
        case OptOut():
            ledger.withdraw(db, phone=message.phone, source=message.source, now=message.now, words=message.text.body)
        case OptIn():
            ledger.give(db, phone=message.phone, source=message.source, now=message.now, words=message.text.body)
