"""What a lead's text looked like is accepted by whom it was texted to: it comes true as if a call had come to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.actions.running import carry_out_planned
from sami.apply import apply
from sami.audit.recording import record
from sami.consent.bad_numbers import learn_bad_number
from sami.domain.agents.gates import AgentFacts
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import agent_by_text
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.messages.wording import customer_texts, results
from sami.domain.outcomes.effects import (
    CancelCadences,
    CreateTask,
    Effect,
    PostToSlack,
    SendEmail,
    SendText,
    TellInApp,
    WriteTimeline,
)
from sami.domain.outcomes.outcome_actions import CallFacts, Planned, consequences
from sami.leads.attempts import settle_doubt
from sami.leads.clocks import note_response
from sami.leads.recipients import is_theirs, named
from sami.outcomes.consequences import call_facts
from sami.store.facts import Directory, read_roster
from sami.store.leads import find_lead, lock_ownership
from sami.store.senders import last_line_of
from sami.store.suggestions import insert_suggestion, mark_accepted, newest_suggestion

LATER_UNLESS_SAID = timedelta(days=1)


def accept_by_text(db: Connection, number: int, agent: AgentFacts, directory: Directory, clock: Clock) -> str:
    """`lock_ownership` is held before the agent's row. Another suggestion since is shown anew, and nothing is done."""
    lead = find_lead(db, number)
    if lead is None or not is_theirs(lead, agent, directory):
        return customer_texts.no_lead_of_yours(number)
    lock_ownership(db)
    newest = newest_suggestion(db, lead_id=lead.id)
    mine = newest_suggestion(db, lead_id=lead.id, agent_id=agent.id)
    if newest is None or newest.accepted_at is not None:
        return customer_texts.nothing_suggested(named(lead).called)
    if mine is None or mine.text_sid != newest.text_sid:
        return _shown_anew(db, lead, newest, agent, clock)
    later_at = _accept(db, lead, newest, agent, directory, clock)
    return results.accepted(named(lead).called, Outcome(newest.outcome), later_at, clock)


def _shown_anew(db: Connection, lead: Row[Any], newest: Row[Any], agent: AgentFacts, clock: Clock) -> str:
    told = {name: getattr(newest, name) for name in ("lead_id", "outcome", "later_at", "text_sid")}
    insert_suggestion(db, **told, agent_id=agent.id, at=clock.now)
    said = customer_texts.looks_like(Outcome(newest.outcome), newest.later_at, clock, clock.zone)
    return customer_texts.suggested_since(named(lead).called, said, lead.id)


def _accept(
    db: Connection, lead: Row[Any], row: Row[Any], agent: AgentFacts, directory: Directory, clock: Clock
) -> Any:
    """The later instant that holds now, None where the outcome has none."""
    outcome, now = Outcome(row.outcome), clock.now
    facts = _facts(db, lead, row, agent, directory, clock)
    came_to = consequences(outcome, None, facts)
    carry_out_planned(
        db, [_of_no_call(each) for each in came_to.actions], now, fixed=[_without_call(each) for each in came_to.fixed]
    )
    if outcome is Outcome.BAD_NUMBER and lead.phone is not None:
        learn_bad_number(db, E164(lead.phone), 0, now)
    said = f"{outcome.value.replace('_', ' ').capitalize()}, as {agent.name} read their text"
    apply(db, [WriteTimeline(lead.id, "outcome", said)], now)
    note_response(db, lead_id=lead.id, at=now, how=f"{agent.name} read their text")
    settle_doubt(db, lead.id)
    told = {"outcome": outcome.value, "later_at": facts.later_at}
    record(db, Verb.REPORTED, "outcome", f"L{lead.id}", after=told, by=agent_by_text(agent.key), now=now)
    mark_accepted(db, text_sid=row.text_sid, lead_id=lead.id, at=now)
    return facts.later_at


def _facts(
    db: Connection, lead: Row[Any], row: Row[Any], agent: AgentFacts, directory: Directory, clock: Clock
) -> CallFacts:
    now, roster = clock.now, read_roster(db, directory, clock.now)
    line = last_line_of(db, lead_id=lead.id, phone=lead.phone) or directory.public_line or ""
    owner = next((each.key for each in roster if each.id == lead.owner_id), None)
    facts = call_facts(row.text_sid, E164(line), row.at, owner=owner, directory=directory, roster=roster, now=now)
    later_at = row.later_at if row.later_at is not None and row.later_at > now else None
    if later_at is None and row.outcome == Outcome.CONTACT_LATER:
        later_at = facts.owner.due_after(now, LATER_UNLESS_SAID) if facts.owner else now + LATER_UNLESS_SAID
    return replace(
        facts,
        caller=None if lead.phone is None else E164(lead.phone),
        lead_id=lead.id,
        lead_name=lead.name,
        later_at=later_at,
        reported_by=agent_by_text(agent.key),
        key="/accepted",
    )


def _of_no_call(planned: Planned) -> Planned:
    effects = tuple(_without_call(effect) for effect in planned.effects)
    return replace(planned, facts=replace(planned.facts, call=None), effects=effects)


def _without_call(effect: Effect) -> Effect:
    """It came of a text: no call is to be named by it."""
    of_a_call = CreateTask | CancelCadences | WriteTimeline | SendText | SendEmail | TellInApp | PostToSlack
    return replace(effect, call=None) if isinstance(effect, of_a_call) else effect
