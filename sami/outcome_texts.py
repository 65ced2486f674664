"""An agent says by text or by key what a call came to: only of calls that were theirs to take."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.gates import AgentFacts
from sami.domain.organisation import Role
from sami.domain.outcomes import Outcome
from sami.domain.reports import RESULT_KEYS, WhenUnclear, read_report
from sami.domain.wording import Clock, no_such_call, reported, unknown_word, when_not_understood
from sami.outcomes import LaterRefused, Report, report_outcome
from sami.store import calls, leads
from sami.store.facts import Directory

HINT = "Say LATER FRI 3PM, FOLLOWUP, NO, UNQUALIFIED, WRONG or NEVER after the number."
_SEES_ALL = (Role.OWNER, Role.ADMIN, Role.MANAGER)


def report_by_text(
    db: Connection, number: int, said: str, agent: AgentFacts, directory: Directory, clock: Clock
) -> str:
    """The answer. The call and `lock_ownership` are held already: both come before the agent's row."""
    call = calls.lock_call_by_id(db, number)
    if call is None or not _is_theirs(db, call, agent, directory):
        return no_such_call(number)
    try:
        read = read_report(said, clock.zone, clock.now)
        if read is None:
            return unknown_word(HINT)
        report = Report(read.outcome, f"agent {agent.key}", read.note, read.later_at)
        came_to = report_outcome(db, call, report, clock.now)
    except (WhenUnclear, LaterRefused):
        return when_not_understood()
    return reported(number, read.outcome.value.replace("_", " "), came_to.later_at, clock)


def report_by_key(db: Connection, call: Row[Any], digits: str, agent_key: str, now: datetime) -> Outcome | None:
    """After a call taken from the queue; `call` is locked. None for a key that means nothing."""
    outcome = RESULT_KEYS.get(digits)
    if outcome is not None:
        report_outcome(db, call, Report(outcome, f"agent {agent_key}"), now)
    return outcome


def _is_theirs(db: Connection, call: Row[Any], agent: AgentFacts, directory: Directory) -> bool:
    if agent.key in directory.keys_with(*_SEES_ALL):
        return True
    lead = None if call.lead_id is None else leads.find_lead(db, call.lead_id)
    owns = lead is not None and lead.owner_id == agent.id
    return owns or any(attempt.agent_id == agent.id for attempt in calls.attempts_of(db, call.id))
