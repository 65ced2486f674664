"""A lead that nobody answered in time: its owner and the managers hear of it, and the policy may give it to another."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.actions.workflows import run_workflows
from sami.apply import apply
from sami.assignment.owner import policy_for
from sami.domain.agents.duty import may_be_woken_at
from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.sla import ESCALATES_ON, escalates
from sami.domain.language.local_time import Clock
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.messages.wording import leads as lead_wording
from sami.domain.organisation.document import Trigger
from sami.domain.outcomes.effects import SendText, WriteTimeline
from sami.leads.intake import reconsider
from sami.leads.recipients import named
from sami.store import leads
from sami.store.clocks import end_clock, mark_breached
from sami.store.do_not_call import is_not_to_be_called
from sami.store.facts import Directory, read_directory, read_roster
from sami.store.policies import open_exception

_log = logs.logger(__name__)


def breach(db: Connection, lead_id: int, now: datetime) -> bool:
    """Said once, however many look at the same moment; False where somebody was faster or answered meanwhile."""
    leads.lock_ownership(db)  # Before the lead's own row: what follows may change its owner.
    if is_not_to_be_called(db, lead_id):  # The lead came in again after it had asked for that (R24).
        end_clock(db, lead_id=lead_id)
        return False
    lead = mark_breached(db, lead_id=lead_id, at=now)
    if lead is None:
        return False
    directory = read_directory(db)
    roster = read_roster(db, directory, now)
    owner = _owner_among(roster, lead)
    apply(db, [WriteTimeline(lead_id, "sla", "Nobody responded in time.")], now)
    detail = "nobody owned it" if owner is None else f"owner {owner.key}"
    open_exception(db, lead_id=lead_id, kind=ExceptionKind.SLA_BREACHED, detail=detail, at=now)
    _log.info("A lead was not answered in time.", lead_id=lead_id, owner=owner.key if owner else None)
    if escalates(policy_for(db, lead_id, now).policy):
        _escalate(db, lead_id, owner, directory, now)
    after = _owner_among(roster, leads.find_lead(db, lead_id))
    apply(db, _notices(lead, owner, after, directory, roster, now), now)
    run_workflows(db, trigger=Trigger.SLA_BREACHED, lead_id=lead_id, directory=directory, now=now)
    return True


def _owner_among(roster: tuple[AgentFacts, ...], lead: Row[Any] | None) -> AgentFacts | None:
    return next((agent for agent in roster if lead is not None and agent.id == lead.owner_id), None)


def _escalate(db: Connection, lead_id: int, owner: AgentFacts | None, directory: Directory, now: datetime) -> None:
    """Moves the lead to another whom the policy names; where there is none, the owner keeps it."""
    taken_from = () if owner is None else (owner.key,)
    reconsider(
        db,
        lead_id=lead_id,
        why=ESCALATES_ON,
        directory=directory,
        now=now,
        taken_from=taken_from,
        only_if_owned=owner is not None,
    )


def _notices(
    lead: Row[Any],
    before: AgentFacts | None,
    owner: AgentFacts | None,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    now: datetime,
) -> Iterator[SendText]:
    """To the managers, or the admins where there are none, and to the owner, once to each.

    Where the lead went to another, both have heard of that already, and why.
    """
    line, known = directory.staff_line, named(lead)
    if line is None:
        return
    told = {agent.key: agent for agent in directory.managers_among(roster) or directory.admins_among(roster)}
    if before != owner:
        told = {key: agent for key, agent in told.items() if agent not in (before, owner)}
    elif owner is not None and owner.active:
        told[owner.key] = owner
    for agent in told.values():
        schedule = directory.schedule_of(agent.key)
        told_at = may_be_woken_at(agent, schedule, now)
        due = Clock(told_at, schedule.time_zone).say(lead.sla_due_at)
        if agent == owner:
            body = lead_wording.not_answered_by_you(known, due)
        else:
            body = lead_wording.not_answered(known, owner.name if owner else None, due)
        yield SendText(
            agent.phone,
            line,
            body,
            f"sla/{lead.id}/{agent.key}",
            lead_id=lead.id,
            agent_id=agent.id,
            asks_contact=True,
            unless_answered=True,
            not_before=told_at,
            bundle=ExceptionKind.SLA_BREACHED,
        )
