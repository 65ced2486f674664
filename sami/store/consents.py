"""What phones permit, and the ledger of how that came about: read, changed, and told as proof."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from sami.database.tables import insert_on
from sami.store.texts import consent_changes, consents, do_not_contact


def find_consent(db: Connection, phone: str) -> Row[Any] | None:
    """What the phone said last, where, and when."""
    return db.execute(select(consents).where(consents.c.phone == phone)).first()


def bars_of(db: Connection, phone: str) -> list[Row[Any]]:
    """The channels that may not be used, also those whose date is over."""
    return list(db.execute(select(do_not_contact).where(do_not_contact.c.phone == phone).order_by("channel")))


def bar_channel(db: Connection, *, phone: str, channel: str, until: datetime | None, source: str, at: datetime) -> None:
    """`until` None: for good. What was said before of this channel is replaced."""
    values = {"until": until, "source": source, "at": at}
    barred = insert_on(db.dialect.name, do_not_contact).values(phone=phone, channel=channel, **values)
    db.execute(barred.on_conflict_do_update(index_elements=["phone", "channel"], set_=values))


def free_channel(db: Connection, *, phone: str, channel: str) -> bool:
    """False where it was not barred."""
    freed = delete(do_not_contact).where(do_not_contact.c.phone == phone, do_not_contact.c.channel == channel)
    return db.execute(freed.returning(do_not_contact.c.phone)).first() is not None


def record_change(
    db: Connection,
    *,
    phone: str,
    state: str,
    source: str,
    at: datetime,
    channel: str | None = None,
    until: datetime | None = None,
    words: str | None = None,
) -> None:
    """One more line of the ledger. `channel` None: every one."""
    values = {"state": state, "source": source, "at": at, "channel": channel, "until": until, "words": words}
    db.execute(insert(consent_changes).values(phone=phone, **values))


def changes_of(db: Connection, phone: str) -> list[Row[Any]]:
    """The first one first."""
    mine = select(consent_changes).where(consent_changes.c.phone == phone)
    return list(db.execute(mine.order_by(consent_changes.c.id)))


def each_change(db: Connection, *, phone: str | None, part: int) -> Iterator[Row[Any]]:
    """The whole ledger, or that of one phone, in order; read part by part, however long it is."""
    after = 0
    while True:
        found = select(consent_changes).where(consent_changes.c.id > after)
        if phone is not None:
            found = found.where(consent_changes.c.phone == phone)
        rows = list(db.execute(found.order_by(consent_changes.c.id).limit(part)))
        yield from rows
        if len(rows) < part:
            return
        after = rows[-1].id
