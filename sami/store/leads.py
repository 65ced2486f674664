"""Tables of leads: who they are, who owns them, what happened to them."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Row,
    UniqueConstraint,
    bindparam,
    false,
    func,
    insert,
    select,
    true,
    update,
)
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import e164, insert_on, one_of, table_of
from sami.domain.leads.stages import OPEN_STAGES, SlaState, Stage


def _list_column(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False, server_default="[]")


class LeadRow(SQLModel, table=True):
    """A person who may become a customer; one per phone, per e-mail and per id at its source.

    `matched_policy` and `matched_rule` name the rule that gave the lead its owner: its agents are the pool of a
    transfer. `pond_since` is set while nobody owns the lead; `may_be_assigned` false: only a claim takes it out.
    `history_seal` is that of the newest change of owner, so that cutting off the end of the history shows too (R14).
    `other_phones` and `other_emails` are those it came with besides. `given_by_hand`: a person gave or claimed it.
    `said_by_form` names what of its address only a public form has said.
    What a cadence wanted to say before `outreach_stopped_at` is no longer said (R9), and what asked one of ours to
    contact the lead before `work_ended_at` is not either (R24). `connected_at`: their first reply.
    `stop_unsure_at`: since when one of ours is asked whether they want to stop; until then nothing automatic goes out.
    """

    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("phone"),
        UniqueConstraint("email"),
        UniqueConstraint("source", "source_id"),
        e164("phone"),
        CheckConstraint("owner_id IS NOT NULL OR unowned_reason IS NOT NULL", name="owned_or_says_why_not"),
        CheckConstraint("owner_id IS NULL OR pond_since IS NULL", name="in_the_pond_only_without_owner"),
        CheckConstraint("email = lower(email)", name="email_in_small_letters"),
        one_of("stage", Stage),
        one_of("sla_state", SlaState),
        Index("ix_lead_owner_id", "owner_id"),
        Index("ix_lead_pond_since", "pond_since", "id"),
        Index("ix_lead_sla", "sla_state", "sla_due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    phone: str | None = None
    name: str = ""
    email: str | None = None
    source: str = ""
    stage: str = "NEW"
    owner_id: int | None = Field(default=None, foreign_key="agent.id")
    unowned_reason: str | None = None
    attributes: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_spoke_with_id: int | None = Field(default=None, foreign_key="agent.id")
    last_spoke_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    source_id: str | None = None
    type: str | None = None
    product: str | None = None
    segment: str | None = None
    tags: list[str] = Field(default_factory=list, sa_column=_list_column("tags"))
    city: str | None = None
    zip: str | None = None
    state: str | None = None
    country: str | None = None
    price: int | None = Field(default=None, sa_type=BigInteger)
    timeframe: str | None = None
    language: str | None = None
    score: int | None = None
    do_not_contact_until: datetime | None = Field(default=None, sa_type=UtcDateTime)

    matched_policy: int | None = None
    matched_rule: str | None = None
    pond_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    may_be_assigned: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    given_by_hand: bool = Field(default=False, sa_column_kwargs={"server_default": false()})

    sla_state: str | None = None
    sla_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    responded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    history_seal: str | None = None

    other_phones: list[str] = Field(default_factory=list, sa_column=_list_column("other_phones"))
    other_emails: list[str] = Field(default_factory=list, sa_column=_list_column("other_emails"))
    said_by_form: list[str] = Field(default_factory=list, sa_column=_list_column("said_by_form"))

    findings: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("findings", Json, nullable=False, server_default="{}")
    )

    outreach_stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    connected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    work_ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stop_unsure_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OwnershipRow(SQLModel, table=True):
    """One change of a lead's owner: from, to, why, who, when. Never changed.

    `seal` is a hash over this change and the lead's one before, so that an edit shows (R14). `turn` is the turn this
    change cost, as it would have to be given back; whether it was (`turn_given_back`) is written later and not sealed.
    `batch` names the bulk reassignment it was part of.
    """

    __tablename__ = "ownership"
    __table_args__ = (
        Index("ix_ownership_lead_id", "lead_id"),
        Index("ix_ownership_to_id", "to_id", "at"),
        Index("ix_ownership_batch", "batch"),
    )

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    from_id: int | None = Field(default=None, foreign_key="agent.id")
    to_id: int | None = Field(default=None, foreign_key="agent.id")
    why: str
    by: str
    actor_kind: str | None = None
    actor_key: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    decision: str | None = None
    seal: str | None = None
    turn: dict[str, Any] | None = Field(default=None, sa_type=Json)
    batch: str | None = None
    turn_given_back: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class AgentLoadRow(SQLModel, table=True):
    """How many open leads an agent owns: counted as they come and go, because counting a million takes too long."""

    __tablename__ = "agent_load"
    __table_args__ = (CheckConstraint("open_leads >= 0", name="open_leads_not_negative"),)

    agent_id: int = Field(primary_key=True, foreign_key="agent.id")
    open_leads: int = 0


class TimelineRow(SQLModel, table=True):
    """One line of what happened to a lead, never changed."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index("ix_timeline_entry_lead_id", "lead_id"),)

    id: int | None = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    text: str
    call: str | None = None


class TurnCreditRow(SQLModel, table=True):
    """An agent's credit in the smooth weighted round robin of one pool."""

    __tablename__ = "turn_credit"

    pool: str = Field(primary_key=True)
    agent_id: int = Field(primary_key=True, foreign_key="agent.id")
    credit: int = 0


leads = table_of(LeadRow)
ownerships = table_of(OwnershipRow)
timeline = table_of(TimelineRow)
agent_loads = table_of(AgentLoadRow)
turn_credits = table_of(TurnCreditRow)


_BY_PHONE = Prepared(select(leads).where(leads.c.phone == bindparam("of_phone")))
_BY_ID = Prepared(select(leads).where(leads.c.id == bindparam("of_id")))
_LOCK = Prepared(select(leads).where(leads.c.id == bindparam("of_id")).with_for_update(key_share=True))
_KEEP = Prepared(select(leads).where(leads.c.id == bindparam("of_id")).with_for_update(read=True))
_BY_EMAIL = Prepared(select(leads).where(leads.c.email == bindparam("of_email")))
_BY_SOURCE_ID = Prepared(
    select(leads).where(leads.c.source == bindparam("of_source"), leads.c.source_id == bindparam("of_source_id"))
)
_STANDING = Prepared(
    select(leads.c.owner_id, leads.c.stage, leads.c.history_seal).where(leads.c.id == bindparam("of_id"))
)
_UPDATE_LEAD = update(leads).where(leads.c.id == bindparam("of_lead"))
_INSERT_TIMELINE = insert(timeline)
_INSERT_OWNERSHIP = insert(ownerships)
_CREDITS = select(turn_credits.c.agent_id, turn_credits.c.credit).where(turn_credits.c.pool == bindparam("of_pool"))
_LOAD_LESS = Prepared(
    update(agent_loads)
    .where(agent_loads.c.agent_id == bindparam("of_agent"))
    .values(open_leads=agent_loads.c.open_leads + bindparam("change"))
)
_LOAD_MORE = Prepared(
    lambda dialect: (
        (rows := insert_on(dialect, agent_loads))
        .inline()
        .on_conflict_do_update(
            index_elements=["agent_id"],
            set_={"open_leads": agent_loads.c.open_leads + rows.excluded.open_leads},
        )
    )
)


def lock_ownership(db: Connection) -> None:
    """Until the transaction ends nobody else gives a lead to anybody: caps and shares are exact (R7).

    SQLite's write transaction is that lock already. Take it before a row of a lead is locked or written, or two
    transactions may wait for each other; a lead that was just inserted is nobody else's to wait for.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext("sami/ownership"))))


def find_lead_by_phone(db: Connection, phone: str) -> Row[Any] | None:
    return _BY_PHONE.first(db, {"of_phone": phone})


def find_lead_by_email(db: Connection, email: str) -> Row[Any] | None:
    """`email` is in small letters, as it is stored."""
    return _BY_EMAIL.first(db, {"of_email": email})


def find_lead_by_source_id(db: Connection, *, source: str, source_id: str) -> Row[Any] | None:
    return _BY_SOURCE_ID.first(db, {"of_source": source, "of_source_id": source_id})


def lead_with(db: Connection, *, lead_id: int, phone: str | None, email: str | None) -> Row[Any] | None:
    """Another lead that has this phone, or else this e-mail address."""
    found = (
        None if phone is None else find_lead_by_phone(db, phone),
        None if email is None else find_lead_by_email(db, email),
    )
    return next((row for row in found if row is not None and row.id != lead_id), None)


def identities_taken(
    db: Connection, *, lead_id: int, source: str, source_id: str | None, email: str | None
) -> frozenset[str]:
    """Which of these another lead has: `email`, `source_id`."""
    of_email = None if email is None else find_lead_by_email(db, email)
    of_id = None if source_id is None else find_lead_by_source_id(db, source=source, source_id=source_id)
    found = {"email": of_email, "source_id": of_id}
    return frozenset(name for name, row in found.items() if row is not None and row.id != lead_id)


def find_lead(db: Connection, lead_id: int) -> Row[Any] | None:
    return _BY_ID.first(db, {"of_id": lead_id})


def find_leads(db: Connection, lead_ids: Collection[int]) -> list[Row[Any]]:
    return list(db.execute(select(leads).where(leads.c.id.in_(lead_ids))))


def standing_of(db: Connection, lead_id: int) -> Row[Any] | None:
    """Who owns the lead, its stage, and the seal of its newest change of owner."""
    return _STANDING.first(db, {"of_id": lead_id})


def lock_lead(db: Connection, lead_id: int) -> Row[Any] | None:
    """The lead, kept from every other writer until this transaction ends."""
    return _LOCK.first(db, {"of_id": lead_id})


def read_lead_kept(db: Connection, lead_id: int) -> Row[Any] | None:
    """The lead, which nobody changes until this transaction ends; others may read it so at the same time."""
    return _KEEP.first(db, {"of_id": lead_id})


def insert_lead(db: Connection, **values: Any) -> int | None:
    """The new lead's id, or None where another transaction made the same lead first (R7).

    The same is one of equal phone, e-mail, or source and id there.
    """
    claimed = insert_on(db.dialect.name, leads).values(**values).on_conflict_do_nothing()
    lead_id = db.execute(claimed.returning(leads.c.id)).scalar()
    if lead_id is not None and values.get("owner_id") is not None and values.get("stage", Stage.NEW) in OPEN_STAGES:
        _count(db, {values["owner_id"]: 1})
    return lead_id


def update_lead(db: Connection, lead_id: int, **values: Any) -> None:
    """Whoever changes the owner or the stage changes also what counts against the owners' caps."""
    before = None
    if "owner_id" in values or "stage" in values:
        lock_ownership(db)
        before = standing_of(db, lead_id)
    change_lead(db, lead_id, before, **values)


def change_lead(db: Connection, lead_id: int, before: Row[Any] | None, **values: Any) -> None:
    """Like `update_lead`, for whoever holds `lock_ownership` and has read the lead since."""
    if before is not None:
        _recount(db, before, values)
    db.execute(_UPDATE_LEAD, {"of_lead": lead_id, **values})


def open_leads_of(db: Connection, agent_ids: Collection[int]) -> dict[int, int]:
    """How many open leads each of these agents owns."""
    loads = select(agent_loads.c.agent_id, agent_loads.c.open_leads).where(agent_loads.c.agent_id.in_(agent_ids))
    return {row.agent_id: row.open_leads for row in db.execute(loads)}


def _recount(db: Connection, before: Row[Any], values: dict[str, Any]) -> None:
    owner, stage = values.get("owner_id", before.owner_id), values.get("stage", before.stage)
    changes: Counter[int] = Counter()
    if before.owner_id is not None and before.stage in OPEN_STAGES:
        changes[before.owner_id] -= 1
    if owner is not None and stage in OPEN_STAGES:
        changes[owner] += 1
    _count(db, {agent: change for agent, change in changes.items() if change})


def _count(db: Connection, changes: dict[int, int]) -> None:
    for agent, change in sorted(changes.items()):
        if change > 0:
            _LOAD_MORE.run(db, {"agent_id": agent, "open_leads": change})
        else:
            _LOAD_LESS.run(db, {"of_agent": agent, "change": change})


def insert_ownership(db: Connection, **values: Any) -> None:
    db.execute(_INSERT_OWNERSHIP, values)


def insert_timeline_entry(db: Connection, **values: Any) -> None:
    db.execute(_INSERT_TIMELINE, values)


def turn_credits_of(db: Connection, *, pool: str) -> dict[int, int]:
    """Each agent's credit in the pool. Whoever takes a turn holds `lock_ownership`."""
    return {row.agent_id: row.credit for row in db.execute(_CREDITS, {"of_pool": pool})}


def save_turn_credits(db: Connection, *, pool: str, credits: Mapping[int, int]) -> None:
    rows = insert_on(db.dialect.name, turn_credits)
    saved = rows.on_conflict_do_update(index_elements=["pool", "agent_id"], set_={"credit": rows.excluded.credit})
    db.execute(saved, [{"pool": pool, "agent_id": agent, "credit": credit} for agent, credit in credits.items()])


def take_turn_back(db: Connection, lead_id: int, *, owner_id: int | None = None) -> dict[str, Any] | None:
    """The turn that the lead cost last, for the one who gives it back; None where it cost none, or that was done.

    `owner_id`: the turn that it cost this agent last.
    """
    newest = select(func.max(ownerships.c.id)).where(ownerships.c.lead_id == lead_id, ownerships.c.turn.is_not(None))
    if owner_id is not None:
        newest = newest.where(ownerships.c.to_id == owner_id)
    mine = ownerships.c.id == newest.scalar_subquery(), ownerships.c.turn_given_back.is_(False)
    given = update(ownerships).where(*mine).values(turn_given_back=True).returning(ownerships.c.turn)
    return db.execute(given).scalar()
