"""Tables of access: who may ask the API for what, and batches of leads that came or moved together."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, Row, Select, UniqueConstraint, bindparam, false, select, update
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import insert_on, one_of, table_of
from sami.store.people import agents


class ApiKeyRow(SQLModel, table=True):
    """A bearer key of the API. The key itself is shown once; kept is its SHA-256 (S16). `agent_id`: whose it is."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("hash"))

    id: int | None = Field(default=None, primary_key=True)
    name: str
    hash: str
    scopes: list[str] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    agent_id: int | None = Field(default=None, foreign_key="agent.id")


class LeadBatchRow(SQLModel, table=True):
    """Leads imported from one file, or given to other owners in one go; undone at most once.

    A reassignment is written as a plan first and carried out in parts: until `finished_at` it can be carried on. So can
    an import, by which `digest` knows its file and the way that was read.
    """

    __tablename__ = "lead_batch"
    __table_args__ = (UniqueConstraint("ref"), one_of("kind", ("import", "reassignment", "absence")))

    id: int | None = Field(default=None, primary_key=True)
    ref: str
    kind: str
    title: str
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    reason: str | None = None
    notify: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str | None = None
    digest: str | None = None


class LeadBatchEntryRow(SQLModel, table=True):
    """What one batch did to one lead: `before` is what it was, None where the batch made it, `after` what it then was.

    A lead that is to move is planned with the owner it goes to (`to_id`), then done; what was left alone says why in
    `note`.
    """

    __tablename__ = "lead_batch_entry"
    __table_args__ = (
        one_of("state", ("planned", "done", "left", "undone")),
        UniqueConstraint("batch", "row"),
        Index("ix_lead_batch_entry_batch", "batch", "state", "id"),
        Index("ix_lead_batch_entry_lead_id", "lead_id", "batch"),
    )

    id: int | None = Field(default=None, primary_key=True)
    batch: str
    lead_id: int = Field(foreign_key="lead.id")
    row: int | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
    to_id: int | None = Field(default=None, foreign_key="agent.id")
    state: str = Field(default="done", sa_column_kwargs={"server_default": "done"})
    note: str | None = None


api_keys = table_of(ApiKeyRow)
lead_batches = table_of(LeadBatchRow)
lead_batch_entries = table_of(LeadBatchEntryRow)


_KEYS: Select[Any] = select(api_keys, agents.c.key.label("agent")).outerjoin(agents, agents.c.id == api_keys.c.agent_id)
_BY_HASH = Prepared(_KEYS.where(api_keys.c.hash == bindparam("of_hash"), api_keys.c.revoked_at.is_(None)))


def insert_api_key(db: Connection, **values: Any) -> bool:
    """False where a key of this name exists, revoked or not."""
    rows = insert_on(db.dialect.name, api_keys).values(**values).on_conflict_do_nothing(index_elements=["name"])
    return db.execute(rows.returning(api_keys.c.id)).first() is not None


def find_api_key(db: Connection, key_hash: str) -> Row[Any] | None:
    """The key of this hash, unless it was revoked. Looking a hash up tells nobody how near a guess came."""
    return _BY_HASH.first(db, {"of_hash": key_hash})


def every_api_key(db: Connection) -> list[Row[Any]]:
    """With `agent`, the key of whom each belongs to."""
    return list(db.execute(_KEYS.order_by(api_keys.c.name)))


def revoke_api_key(db: Connection, *, name: str, at: datetime) -> bool:
    """False where no key of this name is in use."""
    used = api_keys.c.name == name, api_keys.c.revoked_at.is_(None)
    return db.execute(update(api_keys).where(*used).values(revoked_at=at).returning(api_keys.c.id)).first() is not None


def note_api_key_used(db: Connection, key_id: int, *, at: datetime) -> None:
    db.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=at))
