"""A lead arrives: known by phone or made new, and with an owner before anything rings."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.domain.assignment import Assignment, AssignmentInputs, assign_owner
from sami.domain.effects import AssignOwner
from sami.domain.gates import AgentFacts
from sami.domain.phone import E164
from sami.domain.trace import Decision, Finding
from sami.store import calls as call_store
from sami.store import leads as store
from sami.store.facts import Directory, agent_facts, owned_lead_with_agents

EVERYBODY = "everybody"  # The pool of an organisation that never published a policy.
STICKY_FOR = timedelta(days=30)

_INPUTS = TypeAdapter(AssignmentInputs)
_TRACE = TypeAdapter(tuple[Finding, ...])
_CHOSEN = TypeAdapter(Assignment)


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """`owner` and `last_spoke_with` are agents' keys; the latter only within thirty days."""

    id: int
    name: str
    owner: str | None
    last_spoke_with: str | None = None


def recognise_caller(
    db: Connection, *, phone: E164, source: str, directory: Directory, roster: tuple[AgentFacts, ...], now: datetime
) -> LeadFacts | None:
    """The lead of this phone with an owner where anybody may own it; None for an agent's own phone."""
    if any(agent.phone == phone for agent in roster):
        return None
    row = store.find_lead_by_phone(db, phone) or _make(db, phone, source, now)
    if row.owner_id is None:
        owner = _assign(db, row.id, directory, roster, now)
        return LeadFacts(row.id, row.name, owner, _last_spoke_with(row, roster, now))
    return lead_facts(row, roster, now)


def find_owned_lead(
    db: Connection, *, phone: E164, directory: Directory, now: datetime
) -> tuple[LeadFacts, tuple[AgentFacts, ...]] | None:
    """The lead of this phone with the agents it names; None for a lead without an owner, and for an agent's phone.

    Most callers are such leads, and nobody else has to be looked at for them: one short read.
    """
    rows = owned_lead_with_agents(db, phone)
    named = tuple(agent_facts(row, directory, now, phone) for row in rows)
    if not rows or any(agent.phone == phone for agent in named):
        return None
    lead = rows[0]
    owner, last = _key_of(lead.owner_id, named), _last_spoke_with(lead, named, now)
    return LeadFacts(lead.lead_id, lead.lead_name, owner, last), named


def lead_facts(row: Row[Any], roster: tuple[AgentFacts, ...], now: datetime) -> LeadFacts:
    return LeadFacts(row.id, row.name, _key_of(row.owner_id, roster), _last_spoke_with(row, roster, now))


def _make(db: Connection, phone: E164, source: str, now: datetime) -> Row[Any]:
    """A new lead, or the one that another call made in the same millisecond (R7)."""
    store.insert_lead(
        db, phone=phone, source=source, stage="NEW", attributes={}, unowned_reason="not assigned yet", created_at=now
    )
    row = store.find_lead_by_phone(db, phone)
    assert row is not None, "a lead of this phone was just written or seen by the unique index"
    return row


def _assign(
    db: Connection, lead_id: int, directory: Directory, roster: tuple[AgentFacts, ...], now: datetime
) -> str | None:
    """The owner by the default policy; without one the lead keeps the reason why not."""
    store.lock_ownership(db)
    credits = store.turn_credits_of(db, pool=EVERYBODY)
    by_id = {agent.id: agent.key for agent in roster}
    held = {by_id[agent_id]: credit for agent_id, credit in credits.items() if agent_id in by_id}
    inputs = AssignmentInputs(now, EVERYBODY, roster, held)
    decision = assign_owner(inputs)
    ref = _record(db, lead_id, inputs, decision, directory)
    chosen = decision.chosen
    if chosen.owner is None:
        store.update_lead(db, lead_id, unowned_reason=chosen.unowned_reason)
        return None
    ids = {agent.key: agent.id for agent in roster}
    store.save_turn_credits(db, pool=EVERYBODY, credits={ids[key]: credit for key, credit in chosen.credits.items()})
    apply(db, [AssignOwner(lead_id, None, ids[chosen.owner], why="round robin", by="policy", decision=ref)], now)
    return chosen.owner


def _record(
    db: Connection, lead_id: int, inputs: AssignmentInputs, decision: Decision[Assignment], directory: Directory
) -> str:
    ref = secrets.token_hex(8)
    call_store.insert_decision(
        db,
        ref=ref,
        kind="assignment",
        at=inputs.at,
        version=directory.version,
        call_id=None,
        lead_id=lead_id,
        facts=_INPUTS.dump_json(inputs).decode(),
        trace=_TRACE.dump_json(decision.trace).decode(),
        chosen=_CHOSEN.dump_json(decision.chosen).decode(),
    )
    return ref


def _last_spoke_with(row: Row[Any], roster: tuple[AgentFacts, ...], now: datetime) -> str | None:
    recent = row.last_spoke_at is not None and row.last_spoke_at > now - STICKY_FOR
    return _key_of(row.last_spoke_with_id, roster) if recent else None


def _key_of(agent_id: int | None, roster: tuple[AgentFacts, ...]) -> str | None:
    return next((agent.key for agent in roster if agent.id == agent_id), None)
