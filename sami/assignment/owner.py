"""A lead is given an owner by the policy in force: read, decided, recorded, written; or it keeps the one it has."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.owner import EVERYBODY, NO_POLICY, Assignment, AssignmentInputs, assign_owner
from sami.domain.assignment.policy import By, Policy, Target
from sami.domain.assignment.rules import Match, RuleName, match_policy, read_rule, target_named
from sami.domain.language.actor import POLICY, Actor
from sami.domain.language.shares import is_in_share
from sami.domain.language.trace import Decision, Finding
from sami.domain.leads.exception_kinds import OF_THE_POND
from sami.domain.leads.inquiry import Inquiry
from sami.domain.outcomes.effects import AssignOwner
from sami.store import calls, leads
from sami.store.facts import Directory, read_roster
from sami.store.ownership import agent_keys_of, inquiry_of, loads_of, read_agents
from sami.store.policies import close_exceptions, open_exception, pilot_in_force, policy_in_force, read_policy
from sami.store.texts import consent_of

_INPUTS = TypeAdapter(AssignmentInputs)
_TRACE = TypeAdapter(tuple[Finding, ...])
_CHOSEN = TypeAdapter(Assignment)
_LOADED = (By.LEAST_LOADED, By.BEST_MATCH)
CHANCES = 1_000_000


@dataclass(frozen=True, slots=True)
class Assigned:
    """`owner` is an agent's key, or None with the reason; `decision` is the reference under which it can be read."""

    owner: str | None
    unowned_reason: str | None
    decision: str | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Governing:
    """What decides about one lead now: the published policy, or the pilot that the lead is a part of."""

    version: int | None
    policy: Policy | None


def assign_by_policy(
    db: Connection,
    lead: Row[Any],
    directory: Directory,
    now: datetime,
    *,
    why: str = "",
    by: Actor = POLICY,
    keep: bool = False,
    taken_from: tuple[str, ...] = (),
    roster: tuple[AgentFacts, ...] | None = None,
    only_if_owned: bool = False,
) -> Assigned:
    """Give this lead the owner that the policy names. `keep`: an owner who is still fit keeps it.

    `only_if_owned`: where nobody can be found nothing is written, for a lead that is asked about again and again.
    """
    leads.lock_ownership(db)
    governing = policy_for(db, lead.id, now)
    inputs = read_inputs(db, lead, governing, directory, now, keep=keep, taken_from=taken_from, roster=roster)
    decision = assign_owner(inputs, governing.policy)
    chosen = decision.chosen
    if chosen.owner is None and only_if_owned:
        return Assigned(None, chosen.unowned_reason, None, False)
    ref = _record(db, lead.id, inputs, decision, directory)
    ids = {agent.key: agent.id for agent in inputs.agents}
    if chosen.owner is None:
        _leave_in_pond(db, lead, chosen, governing, by, ref, now)
        return Assigned(None, chosen.unowned_reason, ref, lead.owner_id is not None)
    leads.update_lead(db, lead.id, matched_policy=governing.version, matched_rule=_written(chosen.rule))
    _note_exception(db, lead, chosen, now)
    if ids[chosen.owner] == lead.owner_id:
        return Assigned(chosen.owner, None, ref, False)
    if chosen.credits:
        kept = {ids[key]: credit for key, credit in chosen.credits.items()}
        leads.save_turn_credits(db, pool=inputs.pool, credits=kept)
    turn = {"pool": inputs.pool, "cost": dict(chosen.turn)} if chosen.turn else None
    told = ": ".join(filter(None, (why, _told(decision))))
    apply(db, [AssignOwner(lead.id, lead.owner_id, ids[chosen.owner], told, by, ref, turn=turn)], now)
    return Assigned(chosen.owner, None, ref, True)


def give_turn_back(db: Connection, lead_id: int, *, owner_id: int | None = None) -> bool:
    """The turn that this lead cost last is as if nobody had taken it. False where it cost none, or that was done.

    For a bad number, a duplicate, a wrong area or an import that is undone; the owner stays. `owner_id`: the turn that
    it cost this agent, where the lead has passed on since.
    """
    leads.lock_ownership(db)
    turn = leads.take_turn_back(db, lead_id, owner_id=owner_id)
    if turn is None:
        return False
    held = leads.turn_credits_of(db, pool=turn["pool"])
    keys, cost = agent_keys_of(db, held), turn["cost"]
    after = {agent: credit - cost[keys[agent]] for agent, credit in held.items() if keys[agent] in cost}
    leads.save_turn_credits(db, pool=turn["pool"], credits=after)
    return True


def policy_for(db: Connection, lead_id: int, now: datetime) -> Governing:
    """A pilot decides its share of the leads, always the same ones."""
    pilot = pilot_in_force(db, now)
    if pilot is not None:
        version, share, policy = pilot
        if is_in_share(f"pilot/{version}/{lead_id}", share):
            return Governing(version, policy)
    found = policy_in_force(db, now)
    return Governing(None, None) if found is None else Governing(*found)


def read_inputs(
    db: Connection,
    lead: Row[Any],
    governing: Governing,
    directory: Directory,
    now: datetime,
    *,
    keep: bool = False,
    taken_from: tuple[str, ...] = (),
    roster: tuple[AgentFacts, ...] | None = None,
) -> AssignmentInputs:
    """All that the decision may look at: only the agents of the rule that matches are read, and their covers."""
    opted_out = lead.phone is not None and consent_of(db, lead.phone) == "opted_out"
    inquiry = inquiry_of(lead, opted_out=opted_out, at=now)
    zone = directory.organisation.time_zone
    match = NO_POLICY if governing.policy is None else match_policy(governing.policy, inquiry, now, zone)
    members = members_of(match.target, directory)
    pool = _read_pool(db, directory, now, members, roster, lead.owner_id)
    by_load = match.target.by in _LOADED
    return inputs_from(
        now,
        inquiry,
        governing,
        match,
        pool,
        members=members,
        loads=loads_of(db, directory, pool, now, by_load=by_load),
        credits=_credits(db, match, pool),
        owner=next((agent.key for agent in pool if agent.id == lead.owner_id), None),
        keep=keep,
        taken_from=taken_from,
        by_hand=lead.given_by_hand,
        time_zone=zone,
    )


def inputs_from(
    now: datetime, inquiry: Inquiry, governing: Governing, match: Match, pool: tuple[AgentFacts, ...], **stated: Any
) -> AssignmentInputs:
    return AssignmentInputs(
        at=now,
        pool=EVERYBODY if match is NO_POLICY else match.pool,
        agents=pool,
        inquiry=inquiry,
        policy_version=governing.version,
        chance=secrets.randbelow(CHANCES) if match.target.by is By.RANDOM else 0,
        **stated,
    )


def members_of(target: Target, directory: Directory) -> tuple[str, ...] | None:
    """The keys of whom the target means, in its order; None means everybody."""
    if target.agent is not None:
        return (target.agent,)
    if target.team is not None:
        team = directory.teams.get(target.team)
        return team.members if team else ()
    if target.agents:
        return target.agents
    if target.weights:
        return tuple(sorted(target.weights))
    return None


def pool_of_lead(db: Connection, lead_id: int, directory: Directory) -> tuple[str, ...] | None:
    """The agents of the rule that last decided about this lead; None means every active agent: a pond, or no rule."""
    row = leads.find_lead(db, lead_id)
    if row is None or row.matched_policy is None or row.matched_rule is None:
        return None
    return pool_of_rule(read_policy(db, row.matched_policy), read_rule(row.matched_rule), directory)


def pool_of_rule(policy: Policy, rule: RuleName, directory: Directory) -> tuple[str, ...] | None:
    """The agents whom this rule means; None means every active agent."""
    target = target_named(policy, rule)
    return None if target is None or target.pond else members_of(target, directory)


def _read_pool(
    db: Connection,
    directory: Directory,
    now: datetime,
    members: tuple[str, ...] | None,
    roster: tuple[AgentFacts, ...] | None,
    owner_id: int | None,
) -> tuple[AgentFacts, ...]:
    """Those whom the rule means, who covers for them, and the present owner."""
    if members is None:
        return read_roster(db, directory, now) if roster is None else roster
    covers = (absence.cover for key in members for absence in _absences(directory, key))
    keys = {*members, *(cover for cover in covers if cover)}
    if roster is not None:
        return tuple(agent for agent in roster if agent.key in keys or agent.id == owner_id)
    return read_agents(db, directory, now, keys=keys, owner_id=owner_id)


def _absences(directory: Directory, key: str) -> Iterable[Any]:
    stated = directory.agents.get(key)
    return stated.out_of_office if stated else ()


def _credits(db: Connection, match: Match, pool: tuple[AgentFacts, ...]) -> dict[str, int]:
    if match.target.by is not By.ROUND_ROBIN or match.target.pond:
        return {}
    keys = {agent.id: agent.key for agent in pool}
    held = leads.turn_credits_of(db, pool=EVERYBODY if match is NO_POLICY else match.pool)
    return {keys[agent_id]: credit for agent_id, credit in held.items() if agent_id in keys}


def _leave_in_pond(
    db: Connection, lead: Row[Any], chosen: Assignment, governing: Governing, by: Actor, ref: str, now: datetime
) -> None:
    assert chosen.unowned_reason is not None, "a lead without owner says why"
    if lead.owner_id is not None:
        apply(db, [AssignOwner(lead.id, lead.owner_id, None, chosen.unowned_reason, by, ref)], now)
    leads.update_lead(
        db,
        lead.id,
        unowned_reason=chosen.unowned_reason,
        may_be_assigned=chosen.may_be_assigned,
        matched_policy=governing.version,
        matched_rule=_written(chosen.rule),
        **({"pond_since": now} if lead.pond_since is None else {}),
    )
    _note_exception(db, lead, chosen, now)


def _written(rule: RuleName | None) -> str | None:
    return None if rule is None else rule.written


def _note_exception(db: Connection, lead: Row[Any], chosen: Assignment, now: datetime) -> None:
    if chosen.owner is not None and lead.pond_since is not None:
        close_exceptions(db, lead_id=lead.id, kinds=OF_THE_POND, by=POLICY, at=now)
    if chosen.exception is not None:
        detail = chosen.unowned_reason or "decided by the default"
        open_exception(db, lead_id=lead.id, kind=chosen.exception, detail=detail, at=now)


def _told(decision: Decision[Assignment]) -> str:
    """What the history says: the rule and the way it chose."""
    rule, last = decision.chosen.rule, decision.trace[-1]
    way = last.detail or str(last.reason)
    return way if rule is None else f"{rule.name or rule.kind}: {way}"


def _record(
    db: Connection, lead_id: int, inputs: AssignmentInputs, decision: Decision[Assignment], directory: Directory
) -> str:
    ref = secrets.token_hex(8)
    calls.insert_decision(
        db,
        ref=ref,
        kind="assignment",
        at=inputs.at,
        version=directory.version,
        call_id=None,
        lead_id=lead_id,
        policy_version=inputs.policy_version,
        facts=_INPUTS.dump_json(inputs).decode(),
        trace=_TRACE.dump_json(decision.trace).decode(),
        chosen=_CHOSEN.dump_json(decision.chosen).decode(),
    )
    return ref
