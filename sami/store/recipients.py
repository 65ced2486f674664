"""Whom an action may speak of, read from rows: nobody is read who is not asked for."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from sami.domain.agents.gates import AgentFacts
from sami.domain.organisation.document import ANSWER_FOR_ALL
from sami.domain.outcomes.recipients import Recipients, person_of
from sami.store.facts import Directory, agent_facts
from sami.store.people import find_agents


def recipients_among(
    agents: Collection[AgentFacts], *, owner: str | None, directory: Directory, now: datetime
) -> Recipients:
    """`owner` is an agent's key; who left is nobody's owner any more."""
    active = [agent for agent in agents if agent.active]
    people = {agent.key: person_of(agent, directory.schedule_of(agent.key), now) for agent in active}
    return Recipients(
        owner=people.get(owner or ""),
        account_owner=people.get(directory.organisation.account_owner or ""),
        managers=tuple(people[agent.key] for agent in directory.managers_among(active)),
        admins=tuple(people[agent.key] for agent in directory.admins_among(active)),
        people=people,
    )


def read_recipients(
    db: Connection, *, owner_id: int | None, keys: Collection[str], directory: Directory, now: datetime
) -> Recipients:
    """The owner, these agents, and those whom the organisation's file names for everything."""
    wanted = {*keys, *directory.keys_with(*ANSWER_FOR_ALL)}
    wanted |= {directory.organisation.account_owner} if directory.organisation.account_owner else set()
    rows = find_agents(db, keys=wanted, ids=() if owner_id is None else (owner_id,))
    agents = [agent_facts(row, directory, now) for row in rows]
    owner = next((agent.key for agent in agents if agent.id == owner_id), None)
    return recipients_among(agents, owner=owner, directory=directory, now=now)
