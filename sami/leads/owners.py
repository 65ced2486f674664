"""A lead changes hands because a person says so: at once, with a reason, and both sides are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.assignment.owner import policy_for, read_inputs
from sami.audit.recording import record
from sami.domain.assignment.distribution import cost_of_turn
from sami.domain.assignment.owner import assign_owner
from sami.domain.assignment.rules import match_policy
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.leads.exception_kinds import OF_THE_POND
from sami.domain.outcomes.effects import AssignOwner, WriteTimeline
from sami.leads.recipients import agent_of, change_notices, require_agent, require_lead
from sami.leads.refusals import ReasonRequired
from sami.store import leads
from sami.store.facts import Directory, read_directory
from sami.store.policies import close_exceptions

"""What a lead is listed under while it waits for somebody, closed when somebody has it."""


@dataclass(frozen=True, slots=True)
class Reassigned:
    """Both are agents' keys; `changed` is false where the lead was theirs already."""

    lead_id: int
    from_: str | None
    to: str
    changed: bool


def reassign(
    db: Connection,
    *,
    lead_id: int,
    to: str,
    reason: str,
    by: Actor,
    now: datetime,
    notify: bool = True,
    counts_as_turn: bool = False,
) -> Reassigned:
    """Give the lead to this agent, whatever their switches and caps. Stage, score and the clock stay as they are.

    Raises ReasonRequired, LeadUnknown, AgentUnknown or AgentInactive.
    """
    why = said_reason(reason)
    leads.lock_ownership(db)
    lead, new = require_lead(db, lead_id), require_agent(db, to)
    old = agent_of(db, lead.owner_id)
    if lead.owner_id == new.id:
        return Reassigned(lead_id, to, to, False)
    directory = read_directory(db)
    turn = _count_turn(db, lead, to, directory, now) if counts_as_turn else None
    told = f"From {'the pond' if old is None else old.name} to {new.name} by {by}: {why}"
    moved = AssignOwner(lead_id, lead.owner_id, new.id, why, by, turn=turn, by_hand=True)
    notices = change_notices(db, lead, old, new, reason=why, by=by, directory=directory, now=now) if notify else ()
    apply(db, [moved, WriteTimeline(lead_id, "owner", told), *notices], now)
    close_exceptions(db, lead_id=lead_id, kinds=OF_THE_POND, by=by, at=now)
    before = {"owner": None if old is None else old.key}
    record(db, Verb.GIVEN, "lead", lead_id, before=before, after={"owner": to}, by=by, now=now, why=why)
    return Reassigned(lead_id, None if old is None else old.key, to, True)


def said_reason(reason: str) -> str:
    """Raises ReasonRequired."""
    said = " ".join(reason.split())
    if not said:
        raise ReasonRequired
    return said


def _count_turn(
    db: Connection, lead: Row[Any], to: str, directory: Directory, now: datetime
) -> Mapping[str, Any] | None:
    """Counts a turn as this agent's in the pool of the rule that matches; None where nobody takes turns there."""
    governing = policy_for(db, lead.id, now)
    inputs = read_inputs(db, lead, governing, directory, now)
    eligible = assign_owner(inputs, governing.policy).chosen.turn
    ids = {agent.key: agent.id for agent in inputs.agents}
    members = ids if inputs.members is None else inputs.members
    if not eligible or to not in members:
        return None
    weights: Mapping[str, int] = {}
    if governing.policy is not None:
        weights = match_policy(governing.policy, inputs.inquiry, now, inputs.time_zone).target.weights
    cost = cost_of_turn(to, sorted({*eligible, to}), weights)
    after = {ids[key]: inputs.credits.get(key, 0) + change for key, change in cost.items()}
    leads.save_turn_credits(db, pool=inputs.pool, credits=after)
    return {"pool": inputs.pool, "cost": dict(cost)}
