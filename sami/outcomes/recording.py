"""Somebody says what a call came to: kept as reported, acted on, and never in place of how a transfer went."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs
from sami.actions.running import carry_out_planned
from sami.apply import apply
from sami.audit.recording import record
from sami.consent.bad_numbers import learn_bad_number
from sami.domain.agents.gates import AgentFacts
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.announcements import call_outcome
from sami.domain.outcomes.effects import WriteTimeline
from sami.domain.outcomes.outcome_actions import REPORTABLE, SAID_OF_THEM, CallFacts, consequences, replaced_by
from sami.errors import SamiError
from sami.leads.attempts import settle_doubt
from sami.leads.clocks import note_response
from sami.outcomes.consequences import ask_the_policy, call_facts, set_workflows_going
from sami.outcomes.undo import standing
from sami.store import calls, leads, work
from sami.store.actors import actor_columns
from sami.store.do_not_call import is_not_to_be_called
from sami.store.facts import Directory, read_directory, read_roster
from sami.store.outcomes import insert_report, keep_standing

LATER_UNLESS_SAID = timedelta(days=1)
LATEST = timedelta(days=366)
_TIMED = frozenset({Outcome.NEEDS_FOLLOW_UP, Outcome.CONTACT_LATER})

_log = logs.logger(__name__)


class OutcomeNotReportable(SamiError):
    """How a transfer went is known from the call alone: nobody can report it."""

    code = "outcome_not_reportable"
    status = 422


class LaterRefused(SamiError):
    """The time for contact must lie in the year to come, and only two outcomes have one."""

    code = "outcome_time_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Report:
    """`later_at`: when the caller wants to be contacted; None: a day on, inside working hours. `by`: "agent ana"."""

    outcome: Outcome
    by: Actor
    note: str = ""
    later_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """`outcome` is now the call's, None while it lasts; `later_at` when contact is due, if it has a time."""

    outcome: Outcome | None
    later_at: datetime | None


def report_outcome(db: Connection, call: Row[Any], report: Report, now: datetime) -> Reported:
    """`call` is locked. Raises OutcomeNotReportable and LaterRefused, before anything is written."""
    _check(report, now)
    leads.lock_ownership(db)
    directory = read_directory(db, call.version)
    roster = read_roster(db, read_directory(db), now)
    stood = standing(db, call)
    facts = _facts(db, call, report, directory, roster, now)
    number = insert_report(
        db,
        call_id=call.id,
        outcome=report.outcome.value,
        note=report.note,
        later_at=facts.later_at,
        **actor_columns(report.by),
        at=now,
    )
    facts = replace(facts, key=f"/report/{number}", has_task=_moves_task(db, call, facts))
    before = None if call.outcome is None else Outcome(call.outcome)
    outcome = replaced_by(before, report.outcome, is_over=call.ended_at is not None)
    calls.update_call(db, call.id, reported=report.outcome.value, outcome=None if outcome is None else outcome.value)
    _tell(db, call, report, facts, now)
    _act(db, call, report.outcome, directory, roster, facts, now)
    said = call_outcome(
        call.sid, report.outcome, lead_id=call.lead_id, by=report.by.written, at=now, occasion=number, note=report.note
    )
    apply(db, [said], now)
    if call.lead_id is not None:
        settle_doubt(db, call.lead_id)
    keep_standing(db, number, {"before": stood, "after": standing(db, call)})
    told = {"outcome": report.outcome.value, "later_at": facts.later_at}
    record(db, Verb.REPORTED, "outcome", call.sid, after=told, by=report.by, now=now)
    _log.info("An outcome was reported.", call_sid=call.sid, outcome=report.outcome.value, by=report.by.written)
    return Reported(outcome, facts.later_at)


def _check(report: Report, now: datetime) -> None:
    if report.outcome not in REPORTABLE:
        raise OutcomeNotReportable(report.outcome.value)
    if report.later_at is None:
        return
    if report.outcome not in _TIMED or not now < report.later_at <= now + LATEST:
        raise LaterRefused(report.outcome.value)


def _facts(
    db: Connection,
    call: Row[Any],
    report: Report,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    now: datetime,
) -> CallFacts:
    lead = None if call.lead_id is None else leads.find_lead(db, call.lead_id)
    facts = call_facts(
        call.sid,
        E164(call.line),
        call.arrived_at,
        owner=next((agent.key for agent in roster if lead is not None and agent.id == lead.owner_id), None),
        directory=directory,
        roster=roster,
        now=now,
    )
    later_at = report.later_at
    if later_at is None and report.outcome in _TIMED:
        later_at = facts.owner.due_after(now, LATER_UNLESS_SAID) if facts.owner else now + LATER_UNLESS_SAID
    return replace(
        facts,
        caller=None if call.caller is None else E164(call.caller),
        lead_id=call.lead_id,
        lead_name="" if lead is None else lead.name,
        recording_url=call.recording_url,
        later_at=later_at,
        reported_by=report.by,
        do_not_call=is_not_to_be_called(db, call.lead_id),
    )


def _moves_task(db: Connection, call: Row[Any], facts: CallFacts) -> bool:
    """The call's one follow-up task is there already: it is due when the caller asked for it (R10)."""
    return facts.later_at is not None and work.move_due(
        db, dedupe_keys=(f"missed/{call.sid}", f"message/{call.sid}"), due_at=facts.later_at
    )


def _tell(db: Connection, call: Row[Any], report: Report, facts: CallFacts, now: datetime) -> None:
    if call.lead_id is None:
        return
    note = f". Their note: {report.note}" if report.note else ""
    later = "" if facts.later_at is None else f", {read_directory(db).clock(now).note(facts.later_at)}"
    said = f"{report.by} reported: the lead {SAID_OF_THEM[report.outcome]}{later}{note}"
    said = said[:1].upper() + said[1:]
    apply(db, [WriteTimeline(call.lead_id, "outcome", said, call.sid)], now)
    note_response(db, lead_id=call.lead_id, at=now, how=f"{report.by} reported what a call came to")
    if report.outcome is Outcome.BAD_NUMBER and facts.caller is not None:
        learn_bad_number(db, facts.caller, 0, now)


def _act(
    db: Connection,
    call: Row[Any],
    outcome: Outcome,
    directory: Directory,
    roster: tuple[AgentFacts, ...],
    facts: CallFacts,
    now: datetime,
) -> None:
    bot = directory.bots.get(call.bot or "")
    before = None if call.lead_id is None else leads.find_lead(db, call.lead_id)
    facts = ask_the_policy(db, outcome, bot, facts, directory=directory, roster=roster)
    came_to = consequences(outcome, bot, facts)
    carry_out_planned(db, came_to.actions, now, fixed=came_to.fixed)
    if before is not None:
        current = read_directory(db)
        set_workflows_going(db, outcome, before, line=facts.line, directory=current, roster=roster, now=now)
