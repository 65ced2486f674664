"""Tables of the audit: entries that are added and never changed, and where the last of them ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Index, Row, Text, insert, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import one_of, table_of
from sami.domain.audit.entry import Door, Entry, Said, SealedEntry, Verb
from sami.domain.audit.tampering import End, Page
from sami.domain.language.actor import Actor, ActorKind, read_actor

AT_ONCE = 1_000


class AuditRow(SQLModel, table=True):
    """One change. `before` and `after` are JSON as text, because the seal is over the text."""

    __tablename__ = "audit"
    __table_args__ = (
        one_of("door", Door),
        Index("ix_audit_at", "at"),
        Index("ix_audit_actor_key", "actor_key", "number"),
    )

    number: int | None = Field(default=None, primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    actor_kind: str
    actor_key: str
    door: str
    place: str
    verb: str
    thing: str
    key: str
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)
    why: str
    salt: str | None = None
    digest: str
    seal: str


class AuditEndRow(SQLModel, table=True):
    """One row: how many entries there are and the seal of the last, so that a cut end shows."""

    __tablename__ = "audit_end"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: int | None = Field(default=None, primary_key=True)
    number: int
    seal: str | None = None


audit = table_of(AuditRow)
audit_end = table_of(AuditEndRow)


def lock_end(db: Connection) -> End:
    """Until the transaction ends nobody else adds an entry."""
    found = db.execute(select(audit_end).with_for_update()).one()
    return End(found.number, found.seal)


def insert_entries(db: Connection, entries: list[SealedEntry]) -> None:
    """After `lock_end`, and numbered from there on."""
    db.execute(insert(audit), [_columns(entry) for entry in entries])
    db.execute(update(audit_end).values(number=entries[-1].number, seal=entries[-1].seal))


def entries_of(
    db: Connection, *, by: str | None, since: datetime | None, until: datetime | None, before: int | None, limit: int
) -> list[SealedEntry]:
    """Newest first. `by` is the key of somebody, whatever they are, or how rows write them: `api/crm`."""
    wanted = [] if before is None else [audit.c.number < before]
    if by is not None:
        wanted += _of_actor(read_actor(by))
    if since is not None:
        wanted.append(audit.c.at >= since)
    if until is not None:
        wanted.append(audit.c.at < until)
    return list(map(_sealed, db.execute(select(audit).where(*wanted).order_by(audit.c.number.desc()).limit(limit))))


def every_page(db: Connection) -> Iterator[Page]:
    """All entries, the oldest first. Each page is read by one statement together with the end as it then stands.

    Raises ValueError for what we never write: a word, an instant, no end at all.
    """
    last = 0
    while True:
        joined = audit_end.outerjoin(audit, audit.c.number > last)
        page = select(audit_end.c.number.label("ends_at"), audit_end.c.seal.label("end_seal"), audit)
        rows = db.execute(page.select_from(joined).order_by(audit.c.number).limit(AT_ONCE)).all()
        if not rows:
            raise ValueError("where it ends is no longer kept")
        entries = [_sealed(row) for row in rows if row.number is not None]
        yield Page(entries, End(rows[0].ends_at, rows[0].end_seal))
        if len(entries) < AT_ONCE:
            return
        last = entries[-1].number


def _of_actor(actor: Actor) -> Iterable[Any]:
    yield audit.c.actor_key == actor.key
    if actor.kind is not ActorKind.PERSON:
        yield audit.c.actor_kind == actor.kind.value


def _columns(sealed: SealedEntry) -> dict[str, Any]:
    entry = sealed.entry
    return {
        "number": sealed.number,
        "at": entry.at,
        "actor_kind": entry.by.kind.value,
        "actor_key": entry.by.key,
        "door": entry.door.value,
        "place": entry.said.place,
        "verb": entry.verb.value,
        "thing": entry.thing,
        "key": entry.said.key,
        "before": entry.said.before,
        "after": entry.said.after,
        "why": entry.said.why,
        "salt": sealed.salt,
        "digest": sealed.digest,
        "seal": sealed.seal,
    }


def _sealed(row: Row[Any]) -> SealedEntry:
    by = Actor(ActorKind(row.actor_kind), row.actor_key)
    said = Said(row.place, row.key, row.before, row.after, row.why)
    entry = Entry(row.at, by, Door(row.door), Verb(row.verb), row.thing, said)
    return SealedEntry(row.number, entry, row.salt, row.digest, row.seal)
