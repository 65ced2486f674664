"""Who speaks in this text? A line of ours, an agent, or a customer; the carrier's words are consent for each."""

from datetime import datetime

from sqlalchemy import Connection

from sami import consents
from sami.domain.texting import Attempt, Consent, Help, OptIn, OptOut, Result, Take, read_consent, read_text
from sami.settings_sections import LimitsSettings
from sami.store.calls import lock_call_by_id
from sami.store.facts import read_directory
from sami.store.leads import lock_ownership
from sami.store.senders import lock_sender
from sami.texts.customers import hear_customer
from sami.texts.heard import Heard, InboundText, keep
from sami.texts.staff import hear_agent, is_staff_line, reply_through_of

_OPT_OUT_TYPES: dict[str, Consent] = {"STOP": OptOut("STOP"), "START": OptIn("START"), "HELP": Help("HELP")}


def receive_text(
    db: Connection, text: InboundText, limits: LimitsSettings, now: datetime, *, classify: bool = False
) -> str | None:
    """Keep the text and do what it asks. The reply; None is silence. `classify`: a classifier is to read it later."""
    consent = _OPT_OUT_TYPES.get(text.opt_out_type or "") or read_consent(text.body)
    heard = Heard(text, consent, read_directory(db), now)
    if heard.phone in heard.directory.lines:
        keep(db, heard)  # A line of ours answering another would never end (S4).
        return None
    _lock_what_it_changes(db, heard)
    # The agent first: two texts of one phone wait for each other here, and for nothing else.
    agent = None if text.sender is None else lock_sender(db, text.sender)
    if agent is None:
        return hear_customer(db, heard, limits, classify=classify)
    _record_consent(db, heard)
    return hear_agent(db, heard, agent, limits)


def _lock_what_it_changes(db: Connection, heard: Heard) -> None:
    """Before the agent: calls pass over one who is locked, and this may have to wait."""
    if isinstance(heard.consent, OptOut) or reply_through_of(heard) is not None:
        lock_ownership(db)
    if heard.consent is not None or not is_staff_line(heard):
        return
    command = read_text(heard.text.body, heard.directory.organisation.synonyms)
    if isinstance(command, Result) or (isinstance(command, Attempt) and command.of == "C"):
        lock_call_by_id(db, command.number)
    if isinstance(command, Result | Take | Attempt):
        lock_ownership(db)


def _record_consent(db: Connection, heard: Heard) -> None:
    match heard.consent:
        case OptOut():
            consents.withdraw(db, phone=heard.phone, source=heard.source, now=heard.now, words=heard.text.body)
        case OptIn():
            consents.give(db, phone=heard.phone, source=heard.source, now=heard.now, words=heard.text.body)
