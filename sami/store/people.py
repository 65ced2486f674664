"""Tables of the organisation and its agents."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Row,
    String,
    UniqueConstraint,
    bindparam,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy import cast as cast_to
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import e164, one_of, table_of
from sami.domain.language.actor import Actor
from sami.domain.organisation.document import Role
from sami.store.actors import actor_columns


class OrganisationVersionRow(SQLModel, table=True):
    """The organisation as published at an instant, never changed afterwards.

    The newest version is in force; a call keeps the version it began with (R16). `from_file`: an admin's whole file
    made it, and no change of one thing.
    """

    __tablename__ = "organisation_version"

    version: int | None = Field(default=None, primary_key=True)
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    note: str = ""
    document: dict[str, Any] = Field(sa_type=Json)
    from_file: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class AgentRow(SQLModel, table=True):
    """An agent as somebody who can own, ring and switch. Hours and skills stand in the published document."""

    __tablename__ = "agent"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("phone"),
        e164("phone"),
        one_of("role", Role),
        CheckConstraint("misses >= 0", name="misses_not_negative"),
        CheckConstraint("calls_on = false OR calls_off_until IS NULL", name="off_until_only_when_off"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    name: str
    phone: str
    email: str | None = None
    role: str = "agent"
    active: bool = True
    verified: bool = False
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    calls_on: bool = True
    calls_off_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leads_on: bool = True
    leads_off_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resting_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resting_why: str | None = None
    misses: int = 0
    opted_out: bool = False

    reserved_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reserved_call: str | None = None
    bridged: bool = False
    idle_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


organisation_versions = table_of(OrganisationVersionRow)
agents = table_of(AgentRow)


def lock_publishing(db: Connection) -> None:
    """Until the transaction ends nobody else publishes: two merges onto one version would lose one of them.

    SQLite has one writer anyway. On PostgreSQL readers, and calls that refer to a version, do not wait.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("LOCK TABLE organisation_version IN SHARE ROW EXCLUSIVE MODE"))


def newest_document(db: Connection) -> tuple[int, dict[str, Any]] | None:
    """The version in force and its document; None before the first was published."""
    versions = organisation_versions.c
    found = db.execute(select(versions.version, versions.document).order_by(versions.version.desc()).limit(1)).first()
    return None if found is None else (found.version, found.document)


def last_document_from_a_file(db: Connection) -> dict[str, Any]:
    """The document as the last file left it; what differs today was changed elsewhere. Empty where none was applied."""
    versions = organisation_versions.c
    applied = select(versions.document).where(versions.from_file.is_(True)).order_by(versions.version.desc()).limit(1)
    found: dict[str, Any] | None = db.execute(applied).scalar()
    return found or {}


def publish_document(
    db: Connection, *, document: dict[str, Any], note: str, by: Actor, now: datetime, from_file: bool
) -> int:
    """A new version, in force from the commit on."""
    values = {
        "document": document,
        "note": note,
        **actor_columns(by, "published_by"),
        "published_at": now,
        "from_file": from_file,
    }
    statement = insert(organisation_versions).values(values).returning(organisation_versions.c.version)
    return cast(int, db.execute(statement).scalar_one())


@dataclass(frozen=True, slots=True)
class StoredAgent:
    """What the file says of an agent, as the rows have it. An off that ends by itself counts as on.

    `verified_at` is when their phone passed a test ring; null where it was verified by the file.
    """

    key: str
    name: str
    phone: str
    email: str | None
    role: str
    verified: bool
    active: bool
    calls: bool
    leads: bool
    verified_at: datetime | None = None
    opted_out: bool = False


def stored_agents(db: Connection) -> dict[str, StoredAgent]:
    """Every agent there ever was, by key."""
    agent = agents.c
    columns: tuple[Any, ...] = (
        agent.key,
        agent.name,
        agent.phone,
        agent.email,
        agent.role,
        agent.verified,
        agent.active,
        agent.verified_at,
        agent.opted_out,
    )
    calls = or_(agent.calls_on, agent.calls_off_until.is_not(None)).label("calls")
    leads = or_(agent.leads_on, agent.leads_off_until.is_not(None)).label("leads")
    rows = db.execute(select(*columns, calls, leads).order_by(agent.id)).mappings()
    return {
        row["key"]: StoredAgent(**{**row, "calls": bool(row["calls"]), "leads": bool(row["leads"])}) for row in rows
    }


_OF_PHONE = Prepared(select(agents.c.id).where(agents.c.phone == bindparam("of_phone")))


def is_agents_phone(db: Connection, phone: str) -> bool:
    return _OF_PHONE.first(db, {"of_phone": phone}) is not None


def find_agents(db: Connection, *, keys: Collection[str] = (), ids: Collection[int] = ()) -> list[Row[Any]]:
    """The agents of these keys and of these ids, active or not; who is not known is left out."""
    found = select(agents).where(or_(agents.c.key.in_(keys), agents.c.id.in_(ids)))
    return list(db.execute(found.order_by(agents.c.key)))


def create_agent(db: Connection, *, values: dict[str, Any]) -> None:
    db.execute(insert(agents).values(values))


def change_agent(db: Connection, *, key: str, values: dict[str, Any]) -> None:
    db.execute(update(agents).where(agents.c.key == key).values(values))


def release_phone(db: Connection, *, key: str) -> None:
    """Give this agent's phone up, so that another row may hold it: a number may be swapped, or pass to a successor.

    What stands there instead cannot be dialled: no country begins with 0.
    """
    nobodys = literal("+000000") + cast_to(agents.c.id, String)
    db.execute(update(agents).where(agents.c.key == key).values(phone=nobodys))


_UPDATE_AGENT = update(agents).where(agents.c.id == bindparam("of_agent"))


def update_agent(db: Connection, agent_id: int, **values: Any) -> None:
    db.execute(_UPDATE_AGENT, {"of_agent": agent_id, **values})
