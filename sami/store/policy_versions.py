"""What was published, what is on trial and what is being edited: rows of policies, written and listed."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from sami.database.tables import insert_on
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns
from sami.store.calls import decisions
from sami.store.leads import leads, ownerships
from sami.store.people import agents
from sami.store.policies import policy_drafts, policy_versions

_version = policy_versions.c


def insert_version(db: Connection, **values: Any) -> int:
    statement = insert(policy_versions).values(values).returning(policy_versions.c.version)
    return cast(int, db.execute(statement).scalar_one())


def find_version(db: Connection, version: int) -> Row[Any] | None:
    return db.execute(select(policy_versions).where(policy_versions.c.version == version)).first()


def list_versions(db: Connection) -> list[Row[Any]]:
    """Newest first, without their documents."""
    columns = [column for column in policy_versions.c if column.name != "document"]
    return list(db.execute(select(*columns).order_by(policy_versions.c.version.desc())))


def newest_published(db: Connection) -> Row[Any] | None:
    """The version that was published last, though it may take effect later."""
    published = select(policy_versions).where(policy_versions.c.kind == "published")
    return db.execute(published.order_by(policy_versions.c.version.desc()).limit(1)).first()


def standing_versions(db: Connection, at: datetime) -> list[Row[Any]]:
    """What decides about leads now or will: the version in force, those that take effect later, and a pilot."""
    version = policy_versions.c
    newest = version.effective_at.desc(), version.version.desc()
    stands = version.kind == "published", version.withdrawn_at.is_(None)
    in_force = select(version.version).where(*stands, version.effective_at <= at)
    later = and_(*stands, version.effective_at > at)
    on_trial = and_(version.kind == "pilot", version.ends_at > at)
    first = in_force.order_by(*newest).limit(1).scalar_subquery()
    standing = select(policy_versions).where(or_(version.version == first, later, on_trial))
    return list(db.execute(standing.order_by(version.version)))


def withdraw_version(db: Connection, number: int, *, by: Actor, at: datetime) -> bool:
    """False where it decides already, decided once, was withdrawn, or is a pilot."""
    waits = _version.kind == "published", _version.withdrawn_at.is_(None), _version.effective_at > at
    withdrawn = update(policy_versions).where(_version.version == number, *waits)
    done = withdrawn.values(withdrawn_at=at, withdrawn_by=by.written).returning(_version.version)
    return db.execute(done).first() is not None


def end_pilots(db: Connection, *, at: datetime) -> list[int]:
    """The versions whose trial ended with this."""
    running = policy_versions.c.kind == "pilot", policy_versions.c.ends_at > at
    ended = update(policy_versions).where(*running).values(ends_at=at).returning(policy_versions.c.version)
    return list(db.execute(ended).scalars())


def find_draft(db: Connection, name: str) -> Row[Any] | None:
    return db.execute(select(policy_drafts).where(policy_drafts.c.name == name)).first()


def list_drafts(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(policy_drafts).order_by(policy_drafts.c.name)))


def put_draft(
    db: Connection, *, name: str, document: dict[str, Any], based_on: int | None, by: Actor, now: datetime
) -> None:
    """A draft of this name is replaced; it stays based on what it was begun with."""
    rows = insert_on(db.dialect.name, policy_drafts)
    changed = {"document": document, "changed_at": now, **actor_columns(by, "changed_by")}
    begun = rows.values(name=name, based_on=based_on, **changed)
    db.execute(begun.on_conflict_do_update(index_elements=["name"], set_=changed))


def remove_draft(db: Connection, name: str) -> None:
    db.execute(delete(policy_drafts).where(policy_drafts.c.name == name))


def first_decisions(db: Connection, *, since: datetime, until: datetime) -> list[Row[Any]]:
    """What the first decision about each lead of this time came to, counted by policy version and the owner it gave.

    `agent` is None where it gave none; `answered` counts the leads that a person has responded to.
    """
    came = leads.c.created_at >= since, leads.c.created_at < until
    firsts = (
        select(func.min(decisions.c.id).label("id"))
        .join(leads, leads.c.id == decisions.c.lead_id)
        .where(decisions.c.kind == "assignment", *came)
        .group_by(decisions.c.lead_id)
        .subquery()
    )
    counted = (
        select(
            decisions.c.policy_version,
            agents.c.key.label("agent"),
            func.count().label("leads"),
            func.count(leads.c.responded_at).label("answered"),
        )
        .select_from(firsts)
        .join(decisions, decisions.c.id == firsts.c.id)
        .join(leads, leads.c.id == decisions.c.lead_id)
        .outerjoin(ownerships, and_(ownerships.c.decision == decisions.c.ref, ownerships.c.lead_id == leads.c.id))
        .outerjoin(agents, agents.c.id == ownerships.c.to_id)
        .group_by(decisions.c.policy_version, agents.c.key)
    )
    return list(db.execute(counted))
