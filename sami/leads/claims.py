"""Leads in the pond: which wait, and an agent takes one; the first of several who try has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.assignment.owner import members_of, policy_for
from sami.audit.recording import record
from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.fitness import Wanted, refusals, requirements
from sami.domain.assignment.owner import NO_POLICY
from sami.domain.assignment.rules import Match, match_policy
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.language.trace import Finding, Reason
from sami.domain.leads.exception_kinds import OF_THE_POND
from sami.domain.messages.wording.leads import NamedLead
from sami.domain.outcomes.effects import AssignOwner, WriteTimeline
from sami.leads.recipients import agent_of, known, named, require_lead
from sami.leads.refusals import AgentInactive, AgentUnknown, AlreadyOwned, ClaimRefused
from sami.store import leads
from sami.store.facts import Directory, agent_facts, read_directory
from sami.store.ownership import inquiry_of, loads_of
from sami.store.policies import close_exceptions
from sami.store.pond import count_pond, oldest_in_pond
from sami.store.texts import consent_of

CAPS = frozenset({Reason.CAP_OPEN_LEADS, Reason.CAP_LEADS_PER_DAY, Reason.CAP_LEADS_PER_HOUR})


@dataclass(frozen=True, slots=True)
class PondLead:
    """A lead that nobody owns, why not, and since when it waits."""

    lead: NamedLead
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Pond:
    """The oldest of those that wait, and how many there are in all."""

    oldest: tuple[PondLead, ...]
    count: int


def read_pond(db: Connection, *, limit: int) -> Pond:
    rows = oldest_in_pond(db, limit=limit)
    return Pond(tuple(PondLead(named(row), row.unowned_reason, row.pond_since) for row in rows), count_pond(db))


def claim(db: Connection, *, lead_id: int, agent_id: int, by: Actor, now: datetime) -> NamedLead:
    """The lead is this agent's. Their switches do not count; their caps and the hard constraints of the policy do.

    Raises LeadUnknown, AlreadyOwned (also where it is theirs), AgentUnknown, AgentInactive or ClaimRefused.
    """
    leads.lock_ownership(db)
    lead = require_lead(db, lead_id)
    agent = agent_of(db, agent_id)
    if agent is None:
        raise AgentUnknown(str(agent_id))
    if not agent.active:
        raise AgentInactive(agent.name)
    owner = agent_of(db, lead.owner_id)
    if owner is not None:
        raise AlreadyOwned(known(db, lead), owner.id, owner.name)
    found = next(_refusals(db, lead, agent, read_directory(db), now), None)
    if found is not None:
        raise ClaimRefused(agent.name if found.subject == agent.key else "it", found)
    claimed = AssignOwner(lead_id, None, agent_id, why="claimed from the pond", by=by, by_hand=True)
    apply(db, [claimed, WriteTimeline(lead_id, "owner", f"Claimed from the pond by {agent.name}")], now)
    close_exceptions(db, lead_id=lead_id, kinds=OF_THE_POND, by=by, at=now)
    record(db, Verb.CLAIMED, "lead", lead_id, after={"owner": agent.key}, by=by, now=now)
    return known(db, lead)


def _refusals(
    db: Connection, lead: Row[Any], agent: Row[Any], directory: Directory, now: datetime
) -> Iterator[Finding]:
    """What keeps this lead from this agent, the law first."""
    facts = agent_facts(agent, directory, now)
    opted_out = lead.phone is not None and consent_of(db, lead.phone) == "opted_out"
    inquiry = inquiry_of(lead, opted_out=opted_out, at=now)
    governing = policy_for(db, lead.id, now)
    match = NO_POLICY
    if governing.policy is not None:
        match = match_policy(governing.policy, inquiry, now, directory.organisation.time_zone)
    if "consent" in match.required and not inquiry.may_contact:
        yield Finding("lead", False, Reason.NO_CONSENT)
    if _is_for_others(match, facts, directory):
        yield Finding(agent.key, False, Reason.NOT_NAMED, match.name)
    load = loads_of(db, directory, (facts,), now, by_load=False)[agent.key]
    yield from requirements(facts, load, Wanted(inquiry, match.required))
    yield from (found for found in refusals(facts, load, Wanted(inquiry)) if found.reason in CAPS)


def _is_for_others(match: Match, agent: AgentFacts, directory: Directory) -> bool:
    """A hard constraint names who alone may own such a lead, and not this agent."""
    if match.kind != "constraint" or match.target.pond:
        return False
    members = members_of(match.target, directory)
    return members is not None and agent.key not in members
