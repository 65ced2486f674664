"""One text on its way through, and what agents' and customers' texts have in common."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami import logs
from sami.domain.delivery.carrier_words import MessageStatus, OptOutType
from sami.domain.language.phone import E164, last_four
from sami.domain.messages.quotations import own_words
from sami.domain.messages.staff_keywords import Consent
from sami.domain.messages.wording.customer_texts import sender_name
from sami.domain.messages.wording.staff import last_answer
from sami.settings.sections import LimitsSettings
from sami.store.facts import Directory
from sami.store.senders import replies_overall_since, replies_to_prefix_since
from sami.store.texts import insert_texts, replies_since

COUNTED_WITHIN = timedelta(minutes=10)
NOBODYS_PHONE = E164("+0000000")  # Who withholds their number, or is a short code; no country begins with 0.

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class InboundText:
    """`sender` is None where it is withheld or no phone; `opt_out_type` is how Advanced Opt-Out read the words.

    `media` are the carrier's links to what was attached. `written_as` is the sender as the carrier writes it.
    """

    sid: str
    sender: E164 | None
    line: E164
    body: str
    opt_out_type: OptOutType | None = None
    media: tuple[str, ...] = ()
    written_as: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A text with all that is known as it arrives. `consent`: it is one of the carrier's words."""

    text: InboundText
    consent: Consent | None
    directory: Directory
    now: datetime

    @property
    def phone(self) -> E164:
        return self.text.sender or NOBODYS_PHONE

    @property
    def words(self) -> str:
        """What its sender wrote: without a reaction's or an answer's quotation of us."""
        return own_words(self.text.body)

    @property
    def sent_by(self) -> str:
        """Who wrote, where it is nobody's phone: as the carrier names them."""
        return sender_name(self.text.written_as)

    @property
    def source(self) -> str:
        """How the ledger and timelines name this text."""
        return f"text {self.text.sid}"

    @property
    def counted_since(self) -> datetime:
        """The instant from which texts count against the caps of one sender (S4)."""
        return self.now - COUNTED_WITHIN


def keep(
    db: Connection,
    message: Message,
    *,
    lead_id: int | None = None,
    agent_id: int | None = None,
    classify_at: datetime | None = None,
) -> None:
    row = {
        "direction": "in",
        "phone": message.phone,
        "line": message.text.line,
        "body": message.text.body,
        "sid": message.text.sid,
        "status": MessageStatus.RECEIVED,
        "lead_id": lead_id,
        "agent_id": agent_id,
        "at": message.now,
        "media": list(message.text.media),
        "classify_at": classify_at,
    }
    insert_texts(db, [row])


def answered(
    db: Connection,
    message: Message,
    reply: str,
    limits: LimitsSettings,
    *,
    lead_id: int | None = None,
    agent_id: int | None = None,
) -> str | None:
    """The reply as it is given; None past the cap (S4), where what was asked is done all the same.

    A reply travels in the answer to its question, so the carrier never tells us its SID.
    """
    if agent_id is not None:
        reply, is_too_much = _to_agent(db, message, reply, limits)
    else:
        is_too_much = _is_too_much(db, message, limits)
    if is_too_much:
        _log.warning("A reply was withheld: too many in ten minutes.", phone=last_four(message.phone))
        return None
    row = {
        "direction": "out",
        "phone": message.phone,
        "line": message.text.line,
        "body": reply,
        "dedupe_key": f"reply/{message.text.sid}",
        "status": MessageStatus.SENT,
        "lead_id": lead_id,
        "agent_id": agent_id,
        "at": message.now,
        "is_reply": True,
    }
    insert_texts(db, [row])
    return reply


def _to_agent(db: Connection, message: Message, reply: str, limits: LimitsSettings) -> tuple[str, bool]:
    """Known staff have a cap of their own, and its last answer says so."""
    given = replies_since(db, phone=message.phone, since=message.counted_since)
    is_last = given + 1 == limits.replies_per_agent
    return f"{reply} {last_answer()}" if is_last else reply, given >= limits.replies_per_agent


def _is_too_much(db: Connection, message: Message, limits: LimitsSettings) -> bool:
    phone, since = message.phone, message.counted_since
    return (
        replies_since(db, phone=phone, since=since) >= limits.replies_per_sender
        or replies_to_prefix_since(db, phone=phone, since=since) >= limits.replies_per_prefix
        or replies_overall_since(db, since=since) >= limits.replies_overall
    )
