"""A customer asks to be called: the bot calls them at once, where we may and where it cannot be abused (S3)."""

from datetime import timedelta

from sqlalchemy import Connection

from sami.apply import apply
from sami.consent.permissions import permission
from sami.domain.consent.permission import BY_DEFAULT, Channel, Permitted
from sami.domain.outcomes.effects import PlaceCall
from sami.store.leads import lock_lead, lock_ownership
from sami.store.senders import calls_asked_since, is_call_placed
from sami.store.texts import consent_of
from sami.texts.message import Message

CALLS_MAX, CALLS_WITHIN = 3, timedelta(hours=1)


def call_now(db: Connection, message: Message, lead_id: int) -> bool:
    """False where nobody is called: they opted out, are abroad or a premium number, asked too often, or are called."""
    phone, line = message.text.sender, message.text.line
    if phone is None or line not in message.directory.lines:
        return False
    if consent_of(db, phone) == "opted_out":
        return False  # Neither the call nor a word about it: a person reads this, and START undoes it.
    lock_ownership(db)  # Before the lead's row, as everywhere; who places a call holds the lead.
    lock_lead(db, lead_id)
    if calls_asked_since(db, phone=phone, since=message.now - CALLS_WITHIN) >= CALLS_MAX:
        return False
    at_any_hour = BY_DEFAULT  # They ask for it this very moment.
    may = permission(
        db, Channel.CALL, phone=phone, lead_id=lead_id, now=message.now, hours=at_any_hour, asked_at=message.now
    )
    if not isinstance(may, Permitted):
        return False
    key = f"call_me/{message.text.sid}"
    apply(db, [PlaceCall(lead_id, phone, line, key, asked_at=message.now, asked_by_text=True)], message.now)
    return is_call_placed(db, key)
