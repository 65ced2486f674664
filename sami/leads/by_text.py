"""The pond by text: the oldest that wait, and an agent takes one; each answered in one short text."""

from datetime import datetime

from sqlalchemy import Connection

from sami.domain.agents.gates import AgentFacts
from sami.domain.language.actor import person
from sami.domain.messages.wording import leads
from sami.domain.messages.wording.staff import LENGTH_AIM
from sami.leads.claims import claim, read_pond
from sami.leads.refusals import AlreadyOwned, ClaimRefused, LeadUnknown

LEADS_SHOWN = 3


def take_lead(db: Connection, number: int, agent: AgentFacts, now: datetime) -> str:
    """The agent's row may be locked already only where `lock_ownership` was taken before."""
    try:
        lead = claim(db, lead_id=number, agent_id=agent.id, by=person(agent.key), now=now)
    except LeadUnknown:
        return leads.no_such_lead(number)
    except AlreadyOwned as owned:
        if owned.owner_id == agent.id:
            return leads.yours_already(owned.lead)
        return leads.taken_by_another(number, owned.owner_name)
    except ClaimRefused as refused:
        return leads.not_for_you(number, refused.why)
    return leads.claimed(lead)


def describe_pond(db: Connection, now: datetime) -> str:
    """As many as one text holds, and at least the oldest."""
    pond = read_pond(db, limit=LEADS_SHOWN)
    waiting = [(found.lead, now - found.since) for found in pond.oldest]
    said = ""
    for shown in range(len(waiting), 0, -1):
        said = leads.pond(waiting[:shown], pond.count - shown)
        if len(said) <= LENGTH_AIM:
            break
    return said or leads.pond((), 0)
