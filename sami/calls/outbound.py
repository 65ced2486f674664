"""An outbound call: whoever, or whatever, answers hears who it is; from there it is a call like any other."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.calls import inbound
from sami.calls.inbound import Answered, CallUnknown
from sami.calls.legs import LegReport
from sami.calls.transaction import CallSettings, LiveCall, save
from sami.consent.bad_numbers import learn_bad_number
from sami.consent.outbound_calls import end_outbound_call
from sami.domain.calls.call_flow import advance
from sami.domain.calls.instructions import LeaveWithMachine
from sami.domain.calls.moves import begin_placed, end
from sami.domain.calls.outbound_calls import OutboundResult, OutboundState, is_dead, is_machine, result_of
from sami.domain.calls.signals import Arrived
from sami.domain.delivery.carrier_words import OVER, AnsweredBy
from sami.domain.language.phone import E164
from sami.store import calls as call_store
from sami.store import leads as lead_store
from sami.store import outbound_calls as store
from sami.store.facts import read_directory


def answer_placed(
    db: Connection, ref: str, sid: str, answered_by: AnsweredBy | None, settings: CallSettings, now: datetime
) -> Answered:
    """`answered_by` is None where nothing was detected.

    Raises CallUnknown for a call we did not place, or a line without a bot: they hear an apology.
    """
    placed = store.find_outbound_call(db, ref)
    if placed is None or placed.agent_first or placed.call not in (None, sid):
        raise CallUnknown(f"call {sid} is none that was placed as {ref}")
    call = _open(db, placed, sid, settings, now)
    if call.bot is None:
        raise CallUnknown(f"no bot speaks on the line ending {placed.line[-4:]}")
    answered = _meet_machine(call, placed) if is_machine(answered_by) else _meet_person(call)
    save(db, call, now)
    result = OutboundResult.MACHINE if is_machine(answered_by) else OutboundResult.PERSON
    store.move_outbound_call(db, ref, state=OutboundState.ANSWERED.value, call=sid, result=result.value)
    return answered


def report_outbound(
    db: Connection, ref: str, report: LegReport, answered_by: AnsweredBy | None, settings: CallSettings, now: datetime
) -> bool:
    """News of the lead's phone, in any order, late or twice. True if the outbox should speak at once."""
    placed = store.find_outbound_call(db, ref)
    if placed is None or report.leg_sid is None:
        return False
    if report.status not in OVER:
        store.name_outbound_call(db, ref, call=report.leg_sid)
        return False
    is_urgent = inbound.end_call(db, report.leg_sid, settings, now)
    finish_placed(db, placed, report, answered_by, now)
    return is_urgent


def finish_placed(
    db: Connection, placed: Row[Any], report: LegReport, answered_by: AnsweredBy | None, now: datetime
) -> None:
    """How it ended is known; what was seen when it was answered is better than what its end tells."""
    if is_dead(report.status, report.error_code) and report.error_code is not None:
        learn_bad_number(db, E164(placed.phone), report.error_code, now)
    known = store.find_outbound_call(db, placed.ref)
    seen = None if known is None or known.result is None else OutboundResult(known.result)
    result = seen or result_of(report.status, answered_by)
    if end_outbound_call(db, placed, result, now, call=report.leg_sid) and report.leg_sid is not None:
        store.name_outbound_call(db, placed.ref, call=report.leg_sid)


def _open(db: Connection, placed: Row[Any], sid: str, settings: CallSettings, now: datetime) -> LiveCall:
    if call_store.find_call(db, sid) is not None:
        raise CallUnknown(f"call {sid} was answered before")
    lead = lead_store.find_lead(db, placed.lead_id)
    return LiveCall(
        sid=sid,
        line=E164(placed.line),
        caller=E164(placed.phone),
        progress=begin_placed(),
        directory=read_directory(db),
        settings=settings,
        arrived_at=now,
        lead_id=placed.lead_id,
        lead_name="" if lead is None else lead.name,
        placed=placed.ref,
    )


def _meet_machine(call: LiveCall, placed: Row[Any]) -> Answered:
    call.progress = end(call.progress)
    return Answered(LeaveWithMachine(placed.message), call.bot, call.directory.organisation.name)


def _meet_person(call: LiveCall) -> Answered:
    assert call.bot is not None, "asked a moment ago"
    turn = advance(call.progress, Arrived(), call.bot)
    call.progress = turn.progress
    return Answered(turn.instruction, call.bot, call.directory.organisation.name, lead_name=call.lead_name)
