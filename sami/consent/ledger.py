"""A phone says whether and how it may be contacted: recorded with its source and words, and obeyed at once (R12)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from sami.apply import apply
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import system
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import CancelCadences, EndWork, OptOut, WriteTimeline
from sami.store.consents import bar_channel, free_channel, record_change
from sami.store.facts import read_directory
from sami.store.leads import find_lead_by_phone
from sami.store.texts import consent_of, record_consent

BARRED, FREED = "do_not_contact", "lifted"
"""How the ledger names changes of single channels, beside `opted_out` and `opted_in`."""


def withdraw(db: Connection, *, phone: E164, source: str, now: datetime, words: str | None = None) -> bool:
    """On every channel, until they say otherwise; their cadences end. False where it was withdrawn before.

    Before an agent's row is locked `lock_ownership` must be taken, as everywhere: the phone may be a lead's too.
    """
    if consent_of(db, phone) == "opted_out":
        return False
    apply(db, [OptOut(phone, source, words)], now)
    lead = find_lead_by_phone(db, phone)
    if lead is not None:
        told = WriteTimeline(lead.id, "consent", f"Opted out of every channel, by {source}")
        ended = EndWork(lead.id, "opt_out", system(source))
        apply(db, [told, CancelCadences(lead.id, "opted out", system(source)), ended], now)
    return True


def give(db: Connection, *, phone: E164, source: str, now: datetime, words: str | None = None) -> None:
    """They may be contacted again, on the channels that nobody has barred for them."""
    was_out = consent_of(db, phone) == "opted_out"
    record_consent(db, phone=phone, state="opted_in", source=source, at=now, words=words)
    lead = find_lead_by_phone(db, phone) if was_out else None
    if lead is not None:
        apply(db, [WriteTimeline(lead.id, "consent", f"May be contacted again, by {source}")], now)


def bar(
    db: Connection,
    *,
    phone: E164,
    channels: Iterable[Channel],
    until: datetime | None,
    source: str,
    now: datetime,
    words: str | None = None,
) -> None:
    """These channels may not be used until then; None: for good. START does not lift it, `free` does."""
    for channel in channels:
        bar_channel(db, phone=phone, channel=channel, until=until, source=source, at=now)
        record_change(db, phone=phone, state=BARRED, source=source, at=now, channel=channel, until=until, words=words)
        end = "for good" if until is None else f"until {read_directory(db).clock(now).note(until)}"
        _tell(db, phone, f"No {channel}s {end}, by {source}", now)
        lead = find_lead_by_phone(db, phone) if channel is Channel.CALL and until is None else None
        if lead is not None:
            apply(db, [EndWork(lead.id, "do_not_contact", system(source))], now)


def free(
    db: Connection, *, phone: E164, channels: Iterable[Channel], source: str, now: datetime, words: str | None = None
) -> bool:
    """False where none of them was barred."""
    freed = [channel for channel in channels if free_channel(db, phone=phone, channel=channel)]
    for channel in freed:
        record_change(db, phone=phone, state=FREED, source=source, at=now, channel=channel, words=words)
        _tell(db, phone, f"May have {channel}s again, by {source}", now)
    return bool(freed)


def _tell(db: Connection, phone: E164, text: str, now: datetime) -> None:
    lead = find_lead_by_phone(db, phone)
    if lead is not None:
        apply(db, [WriteTimeline(lead.id, "consent", text)], now)
