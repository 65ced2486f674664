"""A lead's reply paused its cadences; its owner says by text that they go on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.audit.recording import record
from sami.domain.agents.gates import AgentFacts
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import agent_by_text, person
from sami.domain.leads.enrolments import REPLIED, EnrolmentState
from sami.domain.messages.wording import customer_texts
from sami.domain.organisation.document import Cadence
from sami.domain.outcomes.effects import WriteTimeline
from sami.leads.attempts import settle_doubt
from sami.leads.recipients import is_theirs, named
from sami.store.cadences import enrolments_of, resume_enrolments
from sami.store.facts import Directory, read_directory
from sami.store.leads import find_lead, lock_lead, lock_ownership


def paused_by_reply(db: Connection, lead_id: int) -> list[str]:
    """The names of the cadences that wait because the lead wrote."""
    known = read_directory(db).cadences
    return [known.get(row.cadence, Cadence(row.cadence, row.cadence)).name for row in _waiting(db, lead_id)]


def resume_by_text(db: Connection, number: int, agent: AgentFacts, directory: Directory, now: datetime) -> str:
    """`lock_ownership` is held before the agent's row. What fell due meanwhile comes now, within permitted hours."""
    lead = find_lead(db, number)
    if lead is None or not is_theirs(lead, agent, directory):
        return customer_texts.no_lead_of_yours(number)
    lock_ownership(db)
    lock_lead(db, lead.id)
    names = paused_by_reply(db, lead.id)
    if not names:
        return customer_texts.nothing_to_resume(named(lead).called)
    why, by = f"{agent.name} texted RESUME", person(agent.key)
    for row in _waiting(db, lead.id):
        resume_enrolments(db, lead_id=lead.id, cadence=None, why=why, by=by, at=now, only=row.id)
    settle_doubt(db, lead.id)
    by_text = agent_by_text(agent.key)
    record(db, Verb.RESUMED, "cadence", lead.id, after={"cadences": names}, by=by_text, now=now)
    apply(db, [WriteTimeline(lead.id, "cadence", f"{name} resumed by {by}: {why}") for name in names], now)
    return customer_texts.resumed(named(lead).called, names)


def _waiting(db: Connection, lead_id: int) -> list[Row[Any]]:
    return [row for row in enrolments_of(db, lead_id) if row.state == EnrolmentState.PAUSED and row.reason == REPLIED]
