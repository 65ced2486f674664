"""Whose lead, and who is told: agents by key or id, and the texts to both sides of a change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.actor import POLICY, Actor
from sami.domain.language.phone import E164
from sami.domain.messages.wording import leads as lead_wording
from sami.domain.messages.wording.leads import NamedLead
from sami.domain.outcomes.effects import SendText
from sami.leads.refusals import AgentInactive, AgentsPhone, AgentUnknown, LeadUnknown
from sami.store import leads
from sami.store.do_not_call import is_not_to_be_called
from sami.store.facts import Directory
from sami.store.people import find_agents, is_agents_phone


def require_lead(db: Connection, lead_id: int) -> Row[Any]:
    """Raises LeadUnknown."""
    row = leads.find_lead(db, lead_id)
    if row is None:
        raise LeadUnknown(lead_id)
    return row


def require_agent(db: Connection, key: str) -> Row[Any]:
    """An active agent, whatever their switches say. Raises AgentUnknown or AgentInactive."""
    found = find_agents(db, keys=(key,))
    if not found:
        raise AgentUnknown(key)
    if not found[0].active:
        raise AgentInactive(found[0].name)
    return found[0]


def refuse_agents_phone(db: Connection, phone: str | None) -> None:
    """Raises AgentsPhone where it is an agent's, who never becomes a lead."""
    if phone is not None and is_agents_phone(db, phone):
        raise AgentsPhone


def is_theirs(lead: Row[Any] | None, agent: AgentFacts | Row[Any], directory: Directory) -> bool:
    """Whether this agent may act on the lead, or on what has none: it is their own, or they answer for everybody's."""
    return directory.answers_for_all(agent.key) or (lead is not None and lead.owner_id == agent.id)


def agent_of(db: Connection, agent_id: int | None) -> Row[Any] | None:
    return None if agent_id is None else next(iter(find_agents(db, ids=(agent_id,))), None)


def named(lead: Row[Any]) -> NamedLead:
    phone = None if lead.phone is None else E164(lead.phone)
    return NamedLead(lead.id, lead.name, phone, lead.email)


def known(db: Connection, lead: Row[Any]) -> NamedLead:
    """For words that give a lead to somebody: whether it may be called belongs to them (R24)."""
    return replace(named(lead), do_not_call=is_not_to_be_called(db, lead.id))


def change_notices(
    db: Connection,
    lead: Row[Any],
    old: Row[Any] | None,
    new: Row[Any],
    *,
    reason: str,
    by: Actor,
    directory: Directory,
    now: datetime,
) -> Iterator[SendText]:
    """To the new owner and to the old one; nobody hears of their own act."""
    told = lead_wording.given(known(db, lead), None if old is None else old.name, reason)
    yield from notice(new, told, f"lead/{lead.id}/to/{new.key}/{now.isoformat()}", lead.id, by, directory)
    if old is not None:
        told = lead_wording.taken(named(lead), new.name, reason)
        yield from notice(old, told, f"lead/{lead.id}/from/{old.key}/{now.isoformat()}", lead.id, by, directory)


def notify_both_sides(db: Connection, before: Row[Any], *, reason: str, directory: Directory, now: datetime) -> None:
    """A policy moved a lead: who has it now, and who had it, hear of it; nobody where it stayed with its owner."""
    owner = leads.find_lead(db, before.id)
    new = None if owner is None else agent_of(db, owner.owner_id)
    old = agent_of(db, before.owner_id)
    if new is not None and new.id != before.owner_id:
        apply(db, change_notices(db, before, old, new, reason=reason, by=POLICY, directory=directory, now=now), now)


def notice(
    agent: Row[Any], body: str, dedupe_key: str, lead_id: int | None, by: Actor, directory: Directory
) -> Iterator[SendText]:
    """None to who did it, to who has left, and where no line of ours could send it."""
    line = directory.staff_line
    if line is not None and agent.active and agent.key != by.written:
        yield SendText(E164(agent.phone), line, body, dedupe_key, lead_id=lead_id, agent_id=agent.id)
