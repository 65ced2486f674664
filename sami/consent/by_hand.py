"""A phone is barred or freed because one of ours says so, not whoever has it: the ledger and the audit both say who."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from sami.audit.recording import record
from sami.consent import ledger
from sami.domain.audit.entry import Verb
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import Actor
from sami.domain.language.phone import E164
from sami.store.leads import lock_ownership


def bar_by_hand(
    db: Connection,
    phone: E164,
    channels: Sequence[Channel],
    *,
    until: datetime | None,
    source: str,
    why: str,
    by: Actor,
    now: datetime,
) -> None:
    lock_ownership(db)
    ledger.bar(db, phone=phone, channels=channels, until=until, source=source, now=now, words=why)
    after = {"barred": [channel.value for channel in channels], "until": until}
    record(db, Verb.CHANGED, "consent", phone, after=after, by=by, now=now, why=why)


def free_by_hand(
    db: Connection, phone: E164, channels: Sequence[Channel], *, source: str, why: str, by: Actor, now: datetime
) -> bool:
    """False where none of them was barred."""
    lock_ownership(db)
    freed = ledger.free(db, phone=phone, channels=channels, source=source, now=now, words=why)
    if freed:
        before = {"barred": [channel.value for channel in channels]}
        record(db, Verb.CHANGED, "consent", phone, before=before, by=by, now=now, why=why)
    return freed
