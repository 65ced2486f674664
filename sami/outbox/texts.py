"""Texts leave: asked again whether they may, sent, and only then written down as sent."""

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from sami.carriers.twilio import CLOCKS_DIFFER, Carrier
from sami.consent.bad_numbers import learn_bad_number
from sami.consent.caps import spend
from sami.consent.ledger import withdraw
from sami.consent.permissions import contact_hours, permission
from sami.domain.consent.caps import Spent
from sami.domain.consent.permission import Barred, Channel, ContactFacts, NotBefore, Permission, Permitted, may_text
from sami.domain.delivery.answers import Accepted, Answer
from sami.domain.delivery.carrier_codes import Meaning
from sami.domain.delivery.retry import DeliveryDecision, GivenUp, Sent
from sami.domain.outcomes.effects import SendText
from sami.outbox.items import Cancelled, Delivery, Item, PutOff, Ready
from sami.outbox.notices import hold_notice
from sami.outbox.pace import wait_for_turn
from sami.settings.sections import CadencesSettings, LimitsSettings
from sami.store import texts
from sami.store.deliveries import known_text_sids
from sami.store.leads import insert_timeline_entry

_TEXT = TypeAdapter(SendText)
STATUS_PATH = "/webhooks/sms/status"


def text_of(item: Item) -> SendText:
    return _TEXT.validate_python(item.effect)


def prepare_text(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    """The world may have changed since the text was written: consent and the hour are read now (R12)."""
    text = text_of(item)
    match _permission(db, item, text, delivery.settings.cadences, now):
        case Barred(why):
            return Cancelled(why)
        case NotBefore(at):
            return PutOff(at, "quiet hours")
        case Permitted():
            turn_at = None if text.enrolment is None else wait_for_turn(db, item, text, delivery.settings.cadences, now)
            if turn_at is not None:
                return PutOff(turn_at, "too many texts of cadences at once")
            held = hold_notice(db, item, text, now) or _hold_spending(db, item, text, delivery.settings.limits, now)
            if held is not None:
                return held
            status_callback = delivery.settings.public_url + STATUS_PATH

    def send(carrier: Carrier) -> Accepted:
        return carrier.send_text(to=text.to, from_=text.line, body=text.body, status_callback=status_callback)

    return send


def _hold_spending(
    db: Connection, item: Item, text: SendText, limits: LimitsSettings, now: datetime
) -> Cancelled | PutOff | None:
    """An answer that comes late is none; what a cadence says waits. What was tried before is counted already."""
    if not text.for_lead or item.tries > 1:
        return None
    over = spend(db, Spent.TEXTS, phone=text.to, line=text.line, limits=limits, now=now)
    if over is None:
        return None
    return Cancelled(over.why) if text.enrolment is None else PutOff(over.until, over.why)


def after_text(db: Connection, item: Item, answer: Answer | None, decision: DeliveryDecision, now: datetime) -> None:
    text = text_of(item)
    match decision:
        case Sent() if isinstance(answer, Accepted):
            write_sent_text(db, item, answer, now)
        case GivenUp(meaning=Meaning.OPTED_OUT, code=code):
            withdraw(db, phone=text.to, source=f"carrier {code}", now=now)
        case GivenUp(meaning=Meaning.BAD_NUMBER, code=int(code)):
            learn_bad_number(db, text.to, code, now)
        case GivenUp(meaning=Meaning.NO_TEXTS, code=int(code)):
            texts.mark_bad_number(db, phone=text.to, error_code=code, at=now)


def write_sent_text(db: Connection, item: Item, accepted: Accepted, at: datetime) -> None:
    text = text_of(item)
    row = {
        "direction": "out",
        "phone": text.to,
        "line": text.line,
        "body": text.body,
        "sid": accepted.sid,
        "dedupe_key": text.dedupe_key,
        "status": accepted.status,
        "call": text.call,
        "lead_id": text.lead_id,
        "agent_id": text.agent_id,
        "at": at,
    }
    texts.insert_texts(db, [row])
    if text.for_lead and text.lead_id is not None:
        insert_timeline_entry(
            db, lead_id=text.lead_id, at=at, kind="text", text=f"To them: {text.body}", call=text.call
        )


def _permission(db: Connection, item: Item, text: SendText, settings: CadencesSettings, now: datetime) -> Permission:
    if not text.for_lead:
        return may_text(ContactFacts(texts.consent_of(db, text.to) == "opted_out"), now)
    return permission(
        db,
        Channel.TEXT,
        phone=text.to,
        lead_id=text.lead_id,
        now=now,
        asked_at=text.asked_at,
        enrolment=text.enrolment,
        wanted_at=item.created_at,
        hours=contact_hours(settings),
    )


def find_text(delivery: Delivery, item: Item) -> Accepted | None:
    text = text_of(item)
    since = item.created_at
    with delivery.database.read() as db:
        known = known_text_sids(db, phone=text.to, line=text.line, since=since - CLOCKS_DIFFER)
    return delivery.carrier.find_text(to=text.to, from_=text.line, body=text.body, since=since, known=known)
