"""Where a call to a line would end, now or at another instant: read as a call is, walked, and nothing is written."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.assignment.owner import pool_of_rule
from sami.assignment.what_if import what_if
from sami.calls.inbound import why_blocked
from sami.calls.ringing import inputs_of, pool_of_call
from sami.calls.transaction import CallSettings, LiveCall
from sami.domain.agents.gates import AgentFacts
from sami.domain.calls.chain import LineChain, walk_chain
from sami.domain.calls.moves import begin_inbound
from sami.domain.language.phone import E164
from sami.domain.leads.inquiry import Inquiry
from sami.domain.organisation.document import Line
from sami.leads.intake import lead_facts
from sami.store.facts import read_directory, read_roster
from sami.store.policies import policy_in_force


def chain_of_line(
    db: Connection, line: Line, *, lead: Row[Any] | None, settings: CallSettings, at: datetime
) -> LineChain:
    """`lead` None: somebody new, whom the policy would give to somebody."""
    directory = read_directory(db)
    call = LiveCall(
        sid="",
        line=E164(line.phone),
        caller=None if lead is None or lead.phone is None else E164(lead.phone),
        progress=begin_inbound(),
        directory=directory,
        settings=settings,
        arrived_at=at,
    )
    bot = call.bot
    blocked = None if lead is None else why_blocked(call, at)
    if bot is None or blocked is not None:
        return LineChain(line, bot, at, None, blocked, ())
    agents = read_roster(db, directory, at, caller=call.caller)
    pool = _recognise(db, call, line, lead, agents, at)
    inputs = inputs_of(call, bot, at, agents=agents, pool=pool or pool_of_call(db, call, bot, agents))
    links = tuple(walk_chain(inputs, lambda later: read_roster(db, directory, later, caller=call.caller)))
    return LineChain(line, bot, at, call.owner, None, links)


def _recognise(
    db: Connection, call: LiveCall, line: Line, lead: Row[Any] | None, agents: tuple[AgentFacts, ...], at: datetime
) -> tuple[str, ...] | None:
    """Whose lead it is, or would be, and its pool where that is known of nobody's yet."""
    if lead is not None:
        facts = lead_facts(lead, agents, at)
        call.lead_id, call.owner, call.last_spoke_with = facts.id, facts.owner, facts.last_spoke_with
        return None
    in_force = policy_in_force(db, at)
    policy = None if in_force is None else in_force[1]
    given = what_if(db, Inquiry(source=line.name), policy, call.directory, at).chosen
    call.owner = given.owner
    has_team = call.bot is not None and call.bot.team in call.directory.teams
    return (
        None if has_team or policy is None or given.rule is None else pool_of_rule(policy, given.rule, call.directory)
    )
