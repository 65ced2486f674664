"""An agent says by text or by key what a call came to: only of calls that were theirs to take."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.agents.gates import AgentFacts
from sami.domain.language.actor import agent_by_text
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.language.when import find_when
from sami.domain.leads.outcome import Outcome
from sami.domain.messages.staff_keywords import Attempt
from sami.domain.messages.wording import results
from sami.domain.messages.wording.staff import unknown_word
from sami.domain.organisation.sentences import caller_name
from sami.domain.outcomes.reports import RESULT_KEYS, Said, Unclear, Undo, WhenUnclear, read_report
from sami.leads.attempts import hold_back, log_attempt
from sami.leads.recipients import is_theirs
from sami.outcomes.recording import LaterRefused, Report, report_outcome
from sami.outcomes.undo import NothingToUndo, NotUndone, take_back
from sami.store import calls, leads
from sami.store.do_not_call import is_not_to_be_called
from sami.store.facts import Directory


def report_by_text(
    db: Connection, number: int, said: str, agent: AgentFacts, directory: Directory, clock: Clock
) -> str:
    """The answer. The call and `lock_ownership` are held already: both come before the agent's row."""
    call = calls.lock_call_by_id(db, number)
    if call is None or not _is_their_call(db, call, agent, directory):
        return results.no_such_call(number)
    try:
        read = read_report(said, clock.zone, clock.now)
    except WhenUnclear:
        return results.when_unclear(number, find_when(said, clock.zone, clock.now), clock)
    match read:
        case None:
            return unknown_word(results.hint(number))
        case Undo():
            return _undo(db, call, agent, clock.now)
        case Unclear():
            return _asked_back(db, call, read, agent, clock)
        case Said():
            return _report(db, call, read, agent, clock)


def attempt_by_text(db: Connection, tried: Attempt, agent: AgentFacts, directory: Directory, clock: Clock) -> str:
    """The call, if it names one, and `lock_ownership` are held already."""
    call = calls.lock_call_by_id(db, tried.number) if tried.of == "C" else None
    lead = leads.find_lead(db, tried.number) if tried.of == "L" else _lead_of(db, call)
    if call is not None and not _is_their_call(db, call, agent, directory):
        lead = None
    if lead is not None and call is None and not is_theirs(lead, agent, directory):
        lead = None
    if lead is None:
        return results.no_such_lead_or_call(tried.of, tried.number)
    what = "called and left a message" if tried.left_message else "called, and nobody answered"
    sid = None if call is None else call.sid
    log_attempt(db, lead_id=lead.id, what=what, who=agent.name, now=clock.now, call=sid, note=tried.note)
    return results.attempt_noted(_named(lead, call), left_message=tried.left_message)


def report_by_key(db: Connection, call: Row[Any], digits: str, agent_key: str, now: datetime) -> Outcome | None:
    """After a call taken from the queue; `call` is locked. None for a key that means nothing."""
    outcome = RESULT_KEYS.get(digits)
    if outcome is not None:
        report_outcome(db, call, Report(outcome, agent_by_text(agent_key)), now)
    return outcome


def _report(db: Connection, call: Row[Any], read: Said, agent: AgentFacts, clock: Clock) -> str:
    barred = is_not_to_be_called(db, call.lead_id)
    try:
        report = Report(read.outcome, agent_by_text(agent.key), read.note, read.later_at)
        came_to = report_outcome(db, call, report, clock.now)
    except LaterRefused:
        return results.when_unclear(call.id, None, clock)
    who = _named(_lead_of(db, call), call)
    return results.reported(call.id, who, read.outcome, came_to.later_at, clock, do_not_call=barred)


def _undo(db: Connection, call: Row[Any], agent: AgentFacts, now: datetime) -> str:
    who = _named(_lead_of(db, call), call)
    try:
        outcome = take_back(db, call, by=agent_by_text(agent.key), now=now)
    except NothingToUndo:
        return results.nothing_to_undo(call.id)
    except NotUndone as refused:
        return results.not_undone(who, refused.outcome)
    return results.taken_back(call.id, who, outcome)


def _asked_back(db: Connection, call: Row[Any], read: Unclear, agent: AgentFacts, clock: Clock) -> str:
    """While it may be a wish to stop, nothing automatic goes to that lead."""
    if read.may_be_a_stop and call.lead_id is not None:
        hold_back(db, lead_id=call.lead_id, asked=agent.name, now=clock.now)
    return results.ask_back(call.id, read, clock)


def _lead_of(db: Connection, call: Row[Any] | None) -> Row[Any] | None:
    return None if call is None or call.lead_id is None else leads.find_lead(db, call.lead_id)


def _named(lead: Row[Any] | None, call: Row[Any] | None) -> str:
    phone = lead.phone if lead is not None else None if call is None else call.caller
    return caller_name("" if lead is None else lead.name, None if phone is None else E164(phone))


def _is_their_call(db: Connection, call: Row[Any], agent: AgentFacts, directory: Directory) -> bool:
    lead = _lead_of(db, call)
    if is_theirs(lead, agent, directory):
        return True
    return any(attempt.agent_id == agent.id for attempt in calls.attempts_of(db, call.id))
