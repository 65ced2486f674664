"""What the safety net did while we were away, applied afterwards: in order per call, and again without harm."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sami.calls import endings
from sami.calls.attempts import note, settle
from sami.calls.dialled import DialReport, conclude_dial
from sami.calls.inbound import Arrival, CallUnknown, open_call, read_lead
from sami.calls.legs import HOUR_OFF, PASS, keys_that_pass, locked_attempt
from sami.calls.queue import fetch_out_of_music
from sami.calls.transaction import CallSettings, LiveCall, lock, save
from sami.domain.agents.attempt_end import MISSES
from sami.domain.agents.availability import SNOOZE_S
from sami.domain.calls.call_flow import learn
from sami.domain.calls.listening import is_heard
from sami.domain.calls.moves import end
from sami.domain.calls.signals import LateResult, SafetyNetAnswered
from sami.domain.delivery.carrier_words import JOINED_IN_QUEUE, QueueResult
from sami.store import calls as store


def keep_arrival(db: Connection, arrival: Arrival, settings: CallSettings, at: datetime, now: datetime) -> None:
    """A call that the safety net answered, or took over: nothing of ours rings in it any more."""
    call = lock(db, arrival.sid, settings)
    if call is None:
        call = open_call(db, arrival, settings, at)
        if call.directory.version is None:
            raise CallUnknown("this database knows no line yet")
        call.safety_net = True  # A new row takes it from here.
        if call.blocked is not None:
            call.progress = end(call.progress)
            save(db, call, now)
            return
    elif not is_heard(call.progress, SafetyNetAnswered(at)):
        return  # Asked again: what is over is not opened again.
    else:
        call.change(safety_net=True)
    call.progress = learn(call.progress, SafetyNetAnswered(at))
    endings.close_round(db, call, now, caller_left=False, taken_over_at=at)
    save(db, call, now)


def keep_unknown_arrival(db: Connection, arrival: Arrival, settings: CallSettings, at: datetime, now: datetime) -> None:
    """Any later request tells who called whom where the arrival itself could not even be spooled."""
    if lock(db, arrival.sid, settings) is None:
        keep_arrival(db, arrival, settings, at, now)


def keep_dial_end(
    db: Connection, sid: str, turn: int, report: DialReport, settings: CallSettings, now: datetime
) -> None:
    """The result of a <Dial> of ours that could not be stored when it came."""
    call = _known(db, sid, settings, now)
    conclude_dial(db, call, turn, report, now)
    _leave_to_safety_net(db, call, now, over=report.caller_left or report.bridged, abandoned=report.caller_left)


def keep_queue_end(
    db: Connection,
    sid: str,
    result: QueueResult,
    caller_left: bool,
    settings: CallSettings,
    at: datetime,
    now: datetime,
) -> None:
    """The end of a wait in the queue that could not be stored when it came."""
    call = _known(db, sid, settings, now)
    accepted = store.find_attempt(db, call.accepted_by) if call.accepted_by else None
    bridged = result in JOINED_IN_QUEUE
    if bridged and accepted is not None:
        settle(db, call, accepted, now, bridged=True)
        endings.succeed(db, call, accepted, now)
    over = bridged or caller_left or result is QueueResult.HANGUP
    endings.close_round(db, call, now, caller_left=over, taken_over_at=at)
    _leave_to_safety_net(db, call, now, over=over, abandoned=over and not bridged)


def keep_fallback_end(
    db: Connection, sid: str, phone: str | None, report: DialReport, settings: CallSettings, now: datetime
) -> None:
    """What a fallback number that the safety net rang did with the call."""
    call = _known(db, sid, settings, now)
    if phone is not None:
        endings.add_fallback_attempt(db, call, phone, report.bridged, report.status, now)
    over = report.bridged or report.caller_left
    _leave_to_safety_net(db, call, now, over=over, abandoned=report.caller_left and not report.bridged)


def keep_unheard_key(
    db: Connection, ref: str, leg_sid: str, digits: str, settings: CallSettings, at: datetime, now: datetime
) -> None:
    """A rung phone was hung up on because we could not answer what its person did: it is nobody's miss (R25).

    Its end may have been heard already, and counted. An hour off counts from when it was asked for.
    """
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None:
        return
    news: dict[str, Any] = {
        "picked_up_at": attempt.picked_up_at or now,
        "asked_at": None,
        "leg_sid": attempt.leg_sid or leg_sid,
    }
    if digits in keys_that_pass(call, attempt):
        is_over = digits == HOUR_OFF and now - at >= timedelta(seconds=SNOOZE_S)
        settle(db, call, attempt, at, **news, pressed=PASS if is_over else digits)
        fetch_out_of_music(db, call, now)
    elif attempt.ended in MISSES:
        settle(db, call, attempt, now, **news)
    else:
        note(db, attempt, **news)
    save(db, call, now)


def _known(db: Connection, sid: str, settings: CallSettings, now: datetime) -> LiveCall:
    call = lock(db, sid, settings)
    if call is None:
        raise CallUnknown(f"call {sid} was not stored yet")
    read_lead(db, call, now)
    return call


def _leave_to_safety_net(db: Connection, call: LiveCall, now: datetime, *, over: bool, abandoned: bool) -> None:
    if call.blocked is not None:
        return  # The safety net knows nobody by name; what it rang for them is nobody's work.
    call.change(safety_net=True)
    call.progress = learn(call.progress, LateResult(call.arrived_at, over))
    if over and call.outcome is None:
        endings.miss(db, call, now, abandoned=abandoned)
    save(db, call, now)
