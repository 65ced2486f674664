"""What an outcome makes happen, be it seen in the call or reported afterwards: the same facts, order and workflows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.actions.running import carry_out, occasion_of
from sami.actions.workflows import run_for_changes, run_workflows
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.organisation.document import Bot, Trigger
from sami.domain.outcomes.actions import asks_the_policy
from sami.domain.outcomes.outcome_actions import CallFacts, actions_of, facts_of
from sami.domain.outcomes.recipients import TASK_DUE_AFTER, Person
from sami.store import leads
from sami.store.facts import Directory
from sami.store.recipients import recipients_among

_BEFORE_ALL_ELSE = -100
"""Added to the number of an action that the policy decides: what else assigns is numbered from -1 downwards."""


def call_facts(
    sid: str,
    line: E164,
    arrived_at: datetime,
    *,
    owner: str | None,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    now: datetime,
) -> CallFacts:
    """What every outcome may look at; who called and what came of it stands to be added. `owner`: an agent's key."""
    recipients = recipients_among(roster, owner=owner, directory=directory, now=now)
    named = directory.lines.get(line)
    return CallFacts(
        sid=sid,
        at=now,
        arrived_at=arrived_at,
        line=line,
        line_name=named.name if named else "",
        organisation=directory.organisation.name,
        zone=directory.organisation.time_zone,
        queue_due_at=now + TASK_DUE_AFTER,
        owner=recipients.owner,
        account_owner=recipients.account_owner,
        managers=recipients.managers,
        admins=recipients.admins,
        people=recipients.people,
    )


def ask_the_policy(
    db: Connection,
    outcome: Outcome,
    bot: Bot | None,
    facts: CallFacts,
    *,
    directory: Directory,
    roster: tuple[AgentFacts, ...] | None,
) -> CallFacts:
    """The facts after the part of an outcome that the policy decides from what is stored: it comes before the rest."""
    if facts.lead_id is None:
        return facts
    for number, action in enumerate(filter(asks_the_policy, actions_of(outcome, bot, facts))):
        leads.lock_ownership(db)
        occasion = occasion_of(facts_of(outcome, bot, facts))
        carry_out(db, occasion, action, _BEFORE_ALL_ELSE - number, directory=directory, now=facts.at, roster=roster)
        facts = replace(facts, owner=_owner(db, facts, facts.lead_id))
    return facts


def _owner(db: Connection, facts: CallFacts, lead_id: int) -> Person | None:
    lead = leads.find_lead(db, lead_id)
    return next((person for person in facts.people.values() if lead is not None and person.id == lead.owner_id), None)


def set_workflows_going(
    db: Connection,
    outcome: Outcome,
    before: Row[Any],
    *,
    line: E164,
    directory: Directory,
    roster: tuple[AgentFacts, ...] | None,
    now: datetime,
) -> None:
    """They find the lead as the outcome's own actions left it; `before` is the lead as those found it."""
    run_for_changes(db, before=before, directory=directory, now=now, roster=roster)
    run_workflows(
        db,
        trigger=Trigger.OUTCOME_RECORDED,
        lead_id=before.id,
        directory=directory,
        now=now,
        outcome=outcome.value,
        roster=roster,
        line=line,
    )
