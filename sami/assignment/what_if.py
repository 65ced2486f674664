"""What would a policy do? Asked of one lead now, or of every lead of the last days."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.assignment.owner import Governing, inputs_from, members_of
from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.fitness import Load
from sami.domain.assignment.owner import EVERYBODY, NO_POLICY, Assignment, AssignmentInputs, assign_owner
from sami.domain.assignment.policy import Policy
from sami.domain.assignment.rules import Match, RuleName, match_policy
from sami.domain.language.trace import Decision
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.stages import Stage
from sami.store.facts import Directory, agent_facts
from sami.store.leads import turn_credits_of
from sami.store.ownership import agent_rows, inquiry_of, leads_received, loads_of, midnight_of, opening_loads

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """One lead: who got it, and who would have. Owners are agents' keys; None is the pond, with its reason."""

    lead_id: int
    name: str
    source: str
    at: datetime
    was: str | None
    would_be: str | None
    rule: RuleName | None
    reason: str | None

    @property
    def differs(self) -> bool:
        return self.was != self.would_be


@dataclass(slots=True)
class Balance:
    """How many leads each owner got, and would have got."""

    was: Counter[str | None] = field(default_factory=Counter)
    would_be: Counter[str | None] = field(default_factory=Counter)

    def add(self, tried: Tried) -> None:
        self.was[tried.was] += 1
        self.would_be[tried.would_be] += 1


def what_if(
    db: Connection, inquiry: Inquiry, policy: Policy | None, directory: Directory, now: datetime
) -> Decision[Assignment]:
    """The agent the policy would give this lead to now; nothing is written and nobody's turn is taken."""
    match = _match(policy, inquiry, now, directory)
    members = members_of(match.target, directory)
    pool = tuple(agent_facts(row, directory, now) for row in agent_rows(db) if _is_asked(row.key, members, directory))
    keys = {agent.id: agent.key for agent in pool}
    held = turn_credits_of(db, pool=_turns_of(match))
    inputs = inputs_from(
        now,
        inquiry,
        Governing(None, policy),
        match,
        pool,
        members=members,
        loads=loads_of(db, directory, pool, now, by_load=True),
        credits={keys[agent]: credit for agent, credit in held.items() if agent in keys},
        time_zone=directory.organisation.time_zone,
    )
    return assign_owner(inputs, policy)


def replay_leads(
    db: Connection, policy: Policy | None, directory: Directory, *, since: datetime, until: datetime
) -> Iterator[Tried]:
    """Every lead received in this time, in order, decided by the policy as if it had been in force.

    Hours and absences are those of each lead's instant; switches, skills and what leads say are as they are now.
    Turns and loads begin as they were at `since`, and grow with what the policy would have given.
    """
    past = _Past(db, policy, directory, since)
    for row in leads_received(db, since=since, until=until):
        yield past.decide(row)


class _Past:
    """Who had what while the days went by."""

    def __init__(self, db: Connection, policy: Policy | None, directory: Directory, since: datetime) -> None:
        self._policy = policy
        self._directory = directory
        self._rows = agent_rows(db)
        self._keys = {row.id: row.key for row in self._rows}
        self._opening = opening_loads(db, before=since)
        self._given: dict[str, list[datetime]] = {}
        self._credits: dict[str, dict[str, int]] = {}
        everybody = tuple(agent_facts(row, directory, since) for row in self._rows)
        self._loads = loads_of(db, directory, everybody, since, by_load=False)

    def decide(self, row: Row[Any]) -> Tried:
        inquiry = replace(inquiry_of(row, opted_out=False, at=row.created_at), stage=Stage.NEW)
        inputs = self._inputs(inquiry, row.created_at)
        chosen = assign_owner(inputs, self._policy).chosen
        self._credits.setdefault(inputs.pool, {}).update(chosen.credits)
        if chosen.owner is not None:
            self._given.setdefault(chosen.owner, []).append(row.created_at)
        was = self._keys.get(row.first_owner_id) if row.first_owner_id is not None else None
        return Tried(
            row.id, row.name, row.source, row.created_at, was, chosen.owner, chosen.rule, chosen.unowned_reason
        )

    def _inputs(self, inquiry: Inquiry, at: datetime) -> AssignmentInputs:
        match = _match(self._policy, inquiry, at, self._directory)
        members = members_of(match.target, self._directory)
        asked = [row for row in self._rows if _is_asked(row.key, members, self._directory)]
        pool = tuple(agent_facts(row, self._directory, at) for row in asked)
        return inputs_from(
            at,
            inquiry,
            Governing(None, self._policy),
            match,
            pool,
            members=members,
            loads={agent.key: self._load(agent, at) for agent in pool},
            credits=self._credits.get(_turns_of(match), {}),
            time_zone=self._directory.organisation.time_zone,
        )

    def _load(self, agent: AgentFacts, at: datetime) -> Load:
        given = self._given.get(agent.key, [])
        midnight = midnight_of(self._directory, agent, at)
        return replace(
            self._loads[agent.key],
            open_leads=self._opening.get(agent.id, 0) + len(given),
            today=sum(instant >= midnight for instant in given),
            this_hour=sum(instant > at - HOUR for instant in given),
        )


def _match(policy: Policy | None, inquiry: Inquiry, at: datetime, directory: Directory) -> Match:
    zone = directory.organisation.time_zone
    return NO_POLICY if policy is None else match_policy(policy, inquiry, at, zone)


def _turns_of(match: Match) -> str:
    return EVERYBODY if match is NO_POLICY else match.pool


def _is_asked(key: str, members: tuple[str, ...] | None, directory: Directory) -> bool:
    """Meant by the rule, or standing in for somebody who is."""
    if members is None or key in members:
        return True
    stated = (directory.agents.get(member) for member in members)
    return any(absence.cover == key for agent in stated if agent for absence in agent.out_of_office)
