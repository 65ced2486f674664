"""Calls back: the next free agent is rung first, and calls the lead by pressing 1. Who asked first is called first."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.calls import endings
from sami.calls.attempts import note, settle
from sami.calls.dialled import DialReport
from sami.calls.inbound import read_lead
from sami.calls.ringing import offer_call_back
from sami.calls.transaction import CallSettings, LiveCall, lock, save
from sami.consent.outbound_calls import end_outbound_call
from sami.consent.permissions import permission
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.attempts import offer_ends_at
from sami.domain.calls.call_flow import learn
from sami.domain.calls.instructions import AskResult, EndLegNow, LegInstruction, NotReached
from sami.domain.calls.listening import is_heard
from sami.domain.calls.moves import begin_call_back
from sami.domain.calls.outbound_calls import CALL_BACK_SID, LEAD_RING_S, OutboundResult, OutboundState, result_of
from sami.domain.calls.signals import CallBackEnded
from sami.domain.consent.permission import Barred, Channel, NotBefore, Permission, Permitted
from sami.domain.language.actor import system
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.outcome_actions import CALLED_BACK_WITHIN
from sami.leads.attempts import log_attempt
from sami.store import calls as call_store
from sami.store import leads as lead_store
from sami.store import outbound_calls as store
from sami.store.do_not_call import is_work_over
from sami.store.facts import read_directory
from sami.store.people import find_agents
from sami.store.reservations import release_agents

OFFERED_AGAIN_AFTER = timedelta(minutes=10)  # Nobody's phone rings for one call back more often.
ASKED_WITHIN = timedelta(minutes=5)  # An agent who asks for a call wants it now.
NEWS_WITHIN = timedelta(seconds=30)
TALK_SURELY = timedelta(seconds=LEAD_RING_S + 15)  # An agent's leg that lasted longer was not only ringing the lead.


def go_on(db: Connection, ref: str, settings: CallSettings, now: datetime) -> None:
    """What is due for this call back at this instant: the next phone, the end, or nothing yet."""
    found = store.find_outbound_call(db, ref)
    call = lock(db, found.call, settings) if found is not None and found.call is not None else None
    placed = store.find_outbound_call(db, ref)  # As it is, now that nobody else works on it.
    if placed is None or placed.state not in (OutboundState.WAITING, OutboundState.ANSWERED):
        return
    if call is not None and call.ended_at is not None:
        talked = call.outcome == Outcome.SUCCESSFUL_TRANSFER
        end_outbound_call(db, placed, OutboundResult.PERSON if talked else OutboundResult.UNKNOWN, now, call=call.sid)
    elif call is not None and call.accepted_by is not None:
        _finish_unheard(db, placed, call, now)
    elif call is None or not _is_offered(db, call, now):
        _offer_or_end(db, placed, call, settings, now)


def may_be_due(db: Connection, placed: Row[Any], now: datetime, *, anybody_free: bool) -> bool:
    """A look that locks nothing: almost every call back waits almost always."""
    call = call_store.find_call(db, placed.call) if placed.call is not None else None
    attempts = call_store.attempts_of(db, call.id) if call is not None else []
    if call is not None and call.ended_at is not None:
        return True
    if call is not None and call.accepted_by is not None:
        return any(a.ref == call.accepted_by and _went_unheard(a, now) for a in attempts)
    if any(a.ended is None and not _is_overdue(a, now) for a in attempts) or _is_earlier_call_up(db, placed):
        return False
    return anybody_free or placed.asked_by is not None or _is_too_old(placed, now)


def may_call_now(db: Connection, placed: Row[Any], settings: CallSettings, now: datetime) -> bool:
    """Asked again when the agent presses 1: the lead may have opted out since, or be on the phone with us."""
    return isinstance(_permitted(db, placed, settings, now), Permitted) and not _is_earlier_call_up(db, placed)


def _permitted(db: Connection, placed: Row[Any], settings: CallSettings, now: datetime) -> Permission:
    """Read with the lead kept as it is (R12)."""
    if is_work_over(db, placed.lead_id, since=placed.created_at):
        return Barred("there is nothing more to contact the lead for")
    return permission(
        db,
        Channel.CALL,
        phone=E164(placed.phone),
        lead_id=placed.lead_id,
        now=now,
        hours=settings.contact_hours,
        asked_at=placed.asked_at,
    )


def end_call_back(
    db: Connection, call: LiveCall, attempt: Row[Any], report: DialReport, now: datetime
) -> LegInstruction:
    """The agent's <Dial> to the lead is over: they talked, or nobody answered. Again without harm (R4)."""
    placed = None if call.placed is None else store.find_outbound_call(db, call.placed)
    if placed is None or not is_heard(call.progress, CallBackEnded()):
        return EndLegNow()
    read_lead(db, call, now)
    if report.bridged:
        joined_at = max(attempt.accepted_at or now, now - timedelta(seconds=report.talk_s))
        _succeed(db, placed, call, attempt, joined_at, now, leg_goes_on=not report.caller_left)
        asks = attempt.agent_id is not None and not report.caller_left
        return AskResult(attempt.ref) if asks else EndLegNow()
    result = OutboundResult.NO_ANSWER if report.caller_left else result_of(report.status, None)
    _fail(db, placed, call, attempt, result, now, leg_goes_on=not report.caller_left)
    return EndLegNow() if report.caller_left else NotReached()


def _offer_or_end(
    db: Connection, placed: Row[Any], call: LiveCall | None, settings: CallSettings, now: datetime
) -> None:
    if _is_earlier_call_up(db, placed):
        return
    call = call or _open(db, placed, settings, now)
    read_lead(db, call, now)
    if _was_reached(db, placed):
        _drop(db, placed, call, "they talked with somebody meanwhile", now)
        return
    if call.bot is None or (_is_too_old(placed, now) and placed.asked_by is None):
        _give_up(db, placed, call, now)
        return
    match _permitted(db, placed, settings, now):
        case Barred(why):
            _drop(db, placed, call, why, now)
        case NotBefore() if placed.asked_by is not None:
            _drop(db, placed, call, "it is outside the hours in which they may be called", now)
        case _ if placed.asked_by is not None:
            _ring_who_asked(db, placed, call, now)
        case NotBefore(at):
            store.move_outbound_call(db, placed.ref, due_at=min(at, placed.created_at + CALLED_BACK_WITHIN))
        case _:
            _offer(db, placed, call, now)


def _ring_who_asked(db: Connection, placed: Row[Any], call: LiveCall, now: datetime) -> None:
    """Once, as soon as their phone is free. Nobody else is asked instead, and no task comes of it."""
    if call.id is not None:
        _drop(db, placed, call, f"{_name_of_asker(db, placed)} was rung first, and did not press 1", now)
    elif _is_too_old(placed, now):
        _drop(db, placed, call, f"{_name_of_asker(db, placed)}, who asked for it, was on the phone", now)
    else:
        _offer(db, placed, call, now)


def _name_of_asker(db: Connection, placed: Row[Any]) -> str:
    (asker,) = find_agents(db, ids=(placed.asked_by,))
    return str(asker.name)


def _drop(db: Connection, placed: Row[Any], call: LiveCall, why: str, now: datetime) -> None:
    _close(db, call, now)
    end_outbound_call(db, placed, OutboundResult.NOT_PERMITTED, now, why=why)


def _offer(db: Connection, placed: Row[Any], call: LiveCall, now: datetime) -> None:
    """Nothing is written while nobody is free."""
    attempts = call_store.attempts_of(db, call.id) if call.id is not None else []
    if any(a.agent_id is None and a.offered_at > now - OFFERED_AGAIN_AFTER for a in attempts):
        return  # The bot's one number, which no gate and no turn holds back.
    if not offer_call_back(db, call, now, tried=_tried(call, attempts, now)):
        return
    if call.id is None and not store.take_call_back(db, placed.ref, call=call.sid):
        release_agents(db, ids=tuple(call.agent_ids.values()), call=call.sid)  # Another worker was faster.
        return
    save(db, call, now)


def _tried(call: LiveCall, attempts: Sequence[Row[Any]], now: datetime) -> tuple[str, ...]:
    """Who passed is not offered this call again, everybody else not at once."""
    keys = {agent.id: agent.key for agent in call.roster or ()}
    passed = (AttemptEnd.DECLINED, AttemptEnd.SNOOZED)
    over = [a for a in attempts if a.ended in passed or a.offered_at > now - OFFERED_AGAIN_AFTER]
    return tuple(sorted({keys[a.agent_id] for a in over if a.agent_id in keys}))


def _is_offered(db: Connection, call: LiveCall, now: datetime) -> bool:
    """Somebody's phone rings. One of which nothing more was heard is let go."""
    assert call.id is not None, "a locked call has a row"
    open_ = [a for a in call_store.attempts_of(db, call.id) if a.ended is None]
    for attempt in open_:
        if not _is_overdue(attempt, now):
            return True
        settle(db, call, attempt, now)
    if open_:
        save(db, call, now)
    return False


def _went_unheard(accepted: Row[Any], now: datetime) -> bool:
    return accepted.ended_at is not None and now - accepted.ended_at >= NEWS_WITHIN


def _is_too_old(placed: Row[Any], now: datetime) -> bool:
    within = CALLED_BACK_WITHIN if placed.asked_by is None else ASKED_WITHIN
    return bool(now - placed.created_at >= within)


def _is_overdue(attempt: Row[Any], now: datetime) -> bool:
    return now > offer_ends_at(attempt.offered_at, attempt.ring_s)


def _finish_unheard(db: Connection, placed: Row[Any], call: LiveCall, now: datetime) -> None:
    """The agent's leg is over, and what their <Dial> came to never came: judged by how long it lasted."""
    attempt = None if call.accepted_by is None else call_store.find_attempt(db, call.accepted_by)
    if attempt is None or not _went_unheard(attempt, now) or not is_heard(call.progress, CallBackEnded()):
        return
    read_lead(db, call, now)
    if attempt.ended_at - attempt.accepted_at > TALK_SURELY:
        _succeed(db, placed, call, attempt, attempt.accepted_at + TALK_SURELY, now)
    else:
        _fail(db, placed, call, attempt, OutboundResult.UNKNOWN, now)


def _succeed(
    db: Connection,
    placed: Row[Any],
    call: LiveCall,
    attempt: Row[Any],
    joined_at: datetime,
    now: datetime,
    *,
    leg_goes_on: bool = False,
) -> None:
    note(db, attempt, joined_at=joined_at)
    attempt = call_store.find_attempt(db, attempt.ref) or attempt
    settle(db, call, attempt, now, bridged=True, leg_goes_on=leg_goes_on)
    call.progress = learn(call.progress, CallBackEnded(transfer_at=call.arrived_at))
    call.change(ended_at=now)
    endings.succeed(db, call, attempt, now)
    save(db, call, now)
    if placed.of_call is not None:
        store.finish_missed_task(db, of_call=placed.of_call, at=now, by=system("call back"))
    end_outbound_call(db, placed, OutboundResult.PERSON, now, call=call.sid)


def _fail(
    db: Connection,
    placed: Row[Any],
    call: LiveCall,
    attempt: Row[Any],
    result: OutboundResult,
    now: datetime,
    *,
    leg_goes_on: bool = False,
) -> None:
    """The lead was called and not reached: somebody must try again. An agent who called of their own accord knows."""
    settle(db, call, attempt, now, bridged=False, leg_goes_on=leg_goes_on)
    if call.lead_id is not None:
        what = "called back, and nobody answered" if placed.asked_by is None else "called, and nobody answered"
        log_attempt(db, lead_id=call.lead_id, what=what, who=attempt.name or "Somebody", now=now, call=call.sid)
    if placed.asked_by is None:
        endings.follow_up(call, placed.of_call or call.sid, "not_reached_text", now)
    _close(db, call, now)
    end_outbound_call(db, placed, result, now, call=call.sid)


def _give_up(db: Connection, placed: Row[Any], call: LiveCall, now: datetime) -> None:
    endings.follow_up(call, placed.of_call or call.sid, "not_called_back_text", now)
    _close(db, call, now)
    end_outbound_call(db, placed, OutboundResult.NOBODY_FREE, now)


def _close(db: Connection, call: LiveCall, now: datetime) -> None:
    """A call back that was never offered to anybody leaves no call, only what follows from it."""
    if call.id is None:
        endings.apply_alone(db, call, now)
        return
    call.progress = learn(call.progress, CallBackEnded())
    call.change(ended_at=now)
    save(db, call, now)


def _open(db: Connection, placed: Row[Any], settings: CallSettings, now: datetime) -> LiveCall:
    """No call of Twilio's yet, so it has a name of ours."""
    asker = next(iter(find_agents(db, ids=(placed.asked_by,))), None) if placed.asked_by is not None else None
    return LiveCall(
        sid=CALL_BACK_SID + secrets.token_hex(16),
        line=E164(placed.line),
        caller=E164(placed.phone),
        progress=begin_call_back(None if asker is None else asker.key),
        directory=read_directory(db),
        settings=settings,
        arrived_at=now,
        lead_id=placed.lead_id,
        placed=placed.ref,
    )


def _is_earlier_call_up(db: Connection, placed: Row[Any]) -> bool:
    """They asked for it in a call that is not over, or are in another by now."""
    earlier = None if placed.of_call is None else call_store.find_call(db, placed.of_call)
    if earlier is not None and earlier.ended_at is None:
        return True
    return store.is_on_the_phone(db, lead_id=placed.lead_id, since=placed.created_at)


def _was_reached(db: Connection, placed: Row[Any]) -> bool:
    lead = lead_store.find_lead(db, placed.lead_id)
    return lead is not None and lead.last_spoke_at is not None and lead.last_spoke_at > placed.created_at
