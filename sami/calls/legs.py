"""The called side: a phone is picked up, a key is pressed, a leg's state is reported."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row

from sami.agents.misses_and_rests import end_talk, free_agent, free_agent_soon
from sami.calls import endings
from sami.calls.attempts import note, settle
from sami.calls.call_backs import end_call_back, may_call_now
from sami.calls.dialled import DialReport
from sami.calls.inbound import finish, read_lead
from sami.calls.queue import fetch_out_of_music
from sami.calls.ringing import reasons_of
from sami.calls.taken_notice import notify_the_others
from sami.calls.transaction import CallSettings, LiveCall, lock, save, word_for
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.attempts import SILENCE
from sami.domain.calls.instructions import (
    AskKeyAgain,
    AskResult,
    DialLead,
    EndLegNow,
    JoinCaller,
    LegInstruction,
    Screen,
    TakeFromQueue,
    ThankForResult,
    TooLate,
)
from sami.domain.calls.listening import is_heard
from sami.domain.calls.outbound_calls import LEAD_RING_S, OutboundState
from sami.domain.calls.routing import timeout_to_send_s
from sami.domain.calls.screening_prompt import CallerSaid, call_back_prompt, screen_prompt
from sami.domain.calls.signals import CallerNotMet, PickedUp
from sami.domain.delivery.carrier_words import OVER, CallStatus
from sami.domain.leads.once_attributes import called
from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences import sentence
from sami.domain.outcomes.effects import EndLeg
from sami.outcomes.by_text import report_by_key
from sami.store import calls as store
from sami.store.outbound_calls import find_outbound_call, move_outbound_call
from sami.store.people import find_agents
from sami.store.reservations import bridge_agent

TALK_BEYOND_LIMIT_S = 60
PASS, HOUR_OFF = "2", "3"
PRESSED_KEPT = 8
KEY_WITHIN_S = 16  # Six seconds to hear who calls, and ten to choose.
AGAIN_AT_LEAST_S = 2
CLOCKS_DIFFER = timedelta(seconds=2)
GOODBYE_S = 6  # As long as it takes to tell somebody by whom the caller was taken, a long name included.


@dataclass(frozen=True, slots=True)
class LegReport:
    """A leg's status callback. `at` is Twilio's own timestamp; the code is Twilio's or the SIP answer."""

    status: CallStatus
    at: datetime
    leg_sid: str | None = None
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class LegAnswered:
    instruction: LegInstruction
    bot: Bot | None
    is_urgent: bool = False


def answer_leg(db: Connection, ref: str, leg_sid: str, settings: CallSettings, now: datetime) -> LegAnswered:
    """Somebody, or something, picked up: they hear who calls, or that they are late."""
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None:
        return LegAnswered(EndLegNow(), None)
    note(db, attempt, picked_up_at=attempt.picked_up_at or now, leg_sid=leg_sid, created=True)
    if _is_late(call, attempt):
        return _too_late(db, call, attempt, now)
    if not attempt.screened:
        return _accept(db, call, attempt, now)
    read_lead(db, call, now)
    note(db, attempt, asked_at=attempt.asked_at or now)
    return LegAnswered(Screen(ref, _prompt(call, attempt)), call.bot)


def press_key(
    db: Connection, ref: str, digits: str, settings: CallSettings, now: datetime, *, number: int = 1
) -> LegAnswered:
    """1 takes the caller, 2 passes, 3 passes and rests for an hour; anything else is asked again, while there is time.

    `digits` is empty after ten seconds without a key. `number`: of this asking.
    """
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None:
        return LegAnswered(EndLegNow(), None)
    if digits == "1":
        note(db, attempt, pressed=digits)
        if _is_late(call, attempt):
            return _too_late(db, call, attempt, now)
        calls_back = call.progress.calls_back
        return _call_back(db, call, attempt, now) if calls_back else _accept(db, call, attempt, now)
    if not digits:
        note(db, attempt, pressed=attempt.pressed or SILENCE)
        return LegAnswered(EndLegNow(), call.bot)
    if digits in keys_that_pass(call, attempt):
        pass_by(db, call, attempt, digits, now)
        return LegAnswered(EndLegNow(), call.bot, call.is_urgent)
    if attempt.ended is not None:
        return LegAnswered(EndLegNow(), call.bot)
    return _ask_again(db, call, attempt, digits, number, now)


def keys_that_pass(call: LiveCall, attempt: Row[Any]) -> tuple[str, ...]:
    """An hour off is for agents to whom a call was offered, not for a fallback phone or for who asked for the call."""
    has_hour = attempt.agent_id is not None and call.progress.asked_by is None
    return (PASS, HOUR_OFF) if has_hour else (PASS,)


def pass_by(db: Connection, call: LiveCall, attempt: Row[Any], key: str, now: datetime) -> None:
    """An offer that was over when the key was pressed still gives the hour off, and nothing else."""
    if attempt.ended is None or key == HOUR_OFF:
        settle(db, call, attempt, now, pressed=key)
        fetch_out_of_music(db, call, now)
        save(db, call, now)


def _ask_again(
    db: Connection, call: LiveCall, attempt: Row[Any], digits: str, number: int, now: datetime
) -> LegAnswered:
    """A wrong key is no answer, and no miss either (R25)."""
    note(db, attempt, pressed=digits[:PRESSED_KEPT])
    if _is_late(call, attempt):
        return _too_late(db, call, attempt, now)
    left_s = KEY_WITHIN_S - int((now - (attempt.asked_at or now)).total_seconds())
    if left_s < AGAIN_AT_LEAST_S:
        return LegAnswered(EndLegNow(), call.bot)
    return LegAnswered(AskKeyAgain(attempt.ref, number + 1, left_s, f"{_screen(call, attempt)}_again"), call.bot)


def report_leg(db: Connection, ref: str, report: LegReport, settings: CallSettings, now: datetime) -> bool:
    """News of a leg, in any order, late or twice: instants are kept once, the end is final.

    True if the outbox should speak at once.
    """
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None:
        return False
    at = max(report.at, attempt.offered_at)  # Twilio writes whole seconds, so the first may seem to precede the offer.
    news: dict[str, Any] = {"created": True}
    if report.leg_sid:
        news["leg_sid"] = report.leg_sid
    match report.status:
        case CallStatus.RINGING:
            news["ringing_at"] = attempt.ringing_at or at
        case CallStatus.IN_PROGRESS:
            news["picked_up_at"] = attempt.picked_up_at or at
        case status if status in OVER:
            news["leg_status"] = _status_known(attempt) or _status_heard(attempt, status, at)
            news["error_code"] = attempt.error_code or report.error_code
    if report.leg_sid and _came_to_light_late(attempt, report):
        call.effects.append(EndLeg(ref, report.leg_sid))
    note(db, attempt, **news)
    if report.status is CallStatus.IN_PROGRESS and not attempt.screened and attempt.ended is None:
        endings.note_answer(db, call, at)
        _keep_talking(db, call, attempt, now)
    if report.status in OVER:
        _end_leg(db, call, ref, now)
    save(db, call, now)
    return call.is_urgent


def _came_to_light_late(attempt: Row[Any], report: LegReport) -> bool:
    """Twilio's answer to its creation was lost, and this is its first sign: its phone may ring for nobody, or twice."""
    unknown_leg = attempt.way == "queue" and attempt.leg_sid is None and attempt.ended is not None
    return unknown_leg and report.status not in OVER


def _status_known(attempt: Row[Any]) -> str | None:
    """Not what we believed of a leg of ours when its round was closed: its own word, however late, is better."""
    is_believed = attempt.way == "queue" and attempt.leg_status in (CallStatus.CANCELED, CallStatus.NOT_CREATED)
    return None if is_believed else cast(str | None, attempt.leg_status)


def _status_heard(attempt: Row[Any], status: CallStatus, at: datetime) -> CallStatus:
    """A phone that is let go may ring on until the carrier is told: what comes of that is nobody's miss.

    Twilio writes whole seconds by a clock of its own, so what seems to have come a moment earlier may have come later.
    """
    if (
        attempt.way == "queue"
        and attempt.ended in (AttemptEnd.UNKNOWN, AttemptEnd.ERROR)
        and status is not CallStatus.FAILED
    ):
        return (
            CallStatus.NOT_CREATED
        )  # It came to light when its round was over: whatever it did, nobody was offered a call.
    since = None if attempt.ended_at is None else attempt.ended_at - CLOCKS_DIFFER
    let_go = (attempt.caller_left or attempt.taken) and since is not None and at > since
    return CallStatus.CANCELED if let_go and status in (CallStatus.NO_ANSWER, CallStatus.BUSY) else status


def part(db: Connection, ref: str, bridged: bool, settings: CallSettings, now: datetime) -> LegAnswered:
    """The agent's side of a queue call is over, or never met the caller, who then need not wait for it."""
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None:
        return LegAnswered(EndLegNow(), None)
    if bridged:
        asked = attempt.agent_id is not None and call.accepted_by == ref
        return LegAnswered(AskResult(ref) if asked else EndLegNow(), call.bot)
    if call.accepted_by == ref and is_heard(call.progress, CallerNotMet(ref)):
        _reopen(db, call, attempt, now)
        save(db, call, now)
    return LegAnswered(TooLate(None), call.bot, call.is_urgent)


def press_result(db: Connection, ref: str, digits: str, settings: CallSettings, now: datetime) -> LegAnswered:
    """A key after the talk says what it came to. That a person answered is known by now, whatever was heard of it."""
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None or call.accepted_by != ref or attempt.agent_id is None:
        return LegAnswered(EndLegNow(), None)
    if call.outcome is None:
        read_lead(db, call, now)
        endings.succeed(db, call, attempt, now)
        save(db, call, now)
    row = store.lock_call(db, call.sid)
    assert row is not None, "it was locked a moment ago"
    (agent,) = find_agents(db, ids=(attempt.agent_id,))
    kept = report_by_key(db, row, digits, agent.key, now)
    return LegAnswered(EndLegNow() if kept is None else ThankForResult(), call.bot)


def _reopen(db: Connection, call: LiveCall, attempt: Row[Any], now: datetime) -> None:
    """The agent is still on the phone, hearing that the caller is gone: free only when the leg is over (R8)."""
    call.accepted_by = None
    call.change(accepted_by=None)
    note(db, attempt, bridged=False, ended=word_for(attempt, bridged=False).value, ended_at=attempt.ended_at or now)
    if call.ended_at is not None:
        finish(db, call, now)
    else:
        fetch_out_of_music(db, call, now)


def locked_attempt(db: Connection, ref: str, settings: CallSettings) -> tuple[LiveCall | None, Row[Any] | None]:
    sid = store.call_of_attempt(db, ref)
    call = lock(db, sid, settings) if sid is not None else None
    return call, store.find_attempt(db, ref) if call is not None else None


def _is_late(call: LiveCall, attempt: Row[Any]) -> bool:
    return (
        not is_heard(call.progress, PickedUp(attempt.ref))
        or call.ended_at is not None
        or attempt.ended is not None
        or call.accepted_by not in (None, attempt.ref)
    )


def _too_late(db: Connection, call: LiveCall, attempt: Row[Any], now: datetime) -> LegAnswered:
    """The agent hears why, and may be offered the next call right after."""
    free_agent_soon(db, attempt, call=call.sid, at=now, within_s=GOODBYE_S)
    winner = store.find_attempt(db, call.accepted_by) if call.accepted_by else None
    taken_by = (None if winner is None else winner.name) or sentence(call.bot, "somebody_else")
    is_gone = call.ended_at is not None or call.is_over
    return LegAnswered(TooLate(None if winner is None and is_gone else taken_by), call.bot)


def _accept(db: Connection, call: LiveCall, attempt: Row[Any], now: datetime) -> LegAnswered:
    """A person takes the call: by <Dial> they are joined, in the queue the first of them is."""
    assert call.id is not None, "a locked call has a row"
    if attempt.way == "queue" and call.accepted_by != attempt.ref:
        if not store.accept_call(db, call_id=call.id, ref=attempt.ref):
            return _too_late(db, call, attempt, now)
        call.accepted_by = attempt.ref
    note(db, attempt, accepted_at=attempt.accepted_at or now)
    endings.note_answer(db, call, now)
    _keep_talking(db, call, attempt, now)
    if attempt.way != "queue":
        if notify_the_others(db, call, attempt.ref):
            save(db, call, now)
        return LegAnswered(JoinCaller(), call.bot)
    read_lead(db, call, now)
    notify_the_others(db, call, attempt.ref)
    endings.end_other_legs(db, call, attempt.ref, now)
    save(db, call, now)
    record = call.bot is not None and call.bot.record
    taken = TakeFromQueue(attempt.ref, call.sid, call.settings.time_limit_s, record)
    return LegAnswered(taken, call.bot, call.is_urgent)


def _call_back(db: Connection, call: LiveCall, attempt: Row[Any], now: datetime) -> LegAnswered:
    """The agent calls the lead, if that may be done at this instant too (R12)."""
    assert call.id is not None, "a locked call has a row"
    assert call.placed is not None, "a call back was asked for"
    placed = find_outbound_call(db, call.placed)
    if placed is None or call.caller is None or not may_call_now(db, placed, call.settings, now):
        return LegAnswered(EndLegNow(), call.bot)  # The beat says why, and what becomes of it.
    if call.accepted_by != attempt.ref:
        if not store.accept_call(db, call_id=call.id, ref=attempt.ref):
            return _too_late(db, call, attempt, now)
        call.accepted_by = attempt.ref
    note(db, attempt, accepted_at=attempt.accepted_at or now)
    _keep_talking(db, call, attempt, now)
    save(db, call, now)
    move_outbound_call(db, call.placed, state=OutboundState.ANSWERED.value, placed_at=now)
    timeout_s, limit_s = timeout_to_send_s(LEAD_RING_S), call.settings.time_limit_s
    dial = DialLead(attempt.ref, call.caller, call.line, timeout_s, limit_s)
    return LegAnswered(dial, call.bot, call.is_urgent)


def called_back(db: Connection, ref: str, report: DialReport, settings: CallSettings, now: datetime) -> LegAnswered:
    """The agent's <Dial> to the lead is over."""
    call, attempt = locked_attempt(db, ref, settings)
    if call is None or attempt is None or call.accepted_by != ref:
        return LegAnswered(EndLegNow(), None)
    return LegAnswered(end_call_back(db, call, attempt, report, now), call.bot, call.is_urgent)


def _keep_talking(db: Connection, call: LiveCall, attempt: Row[Any], now: datetime) -> None:
    if attempt.agent_id is not None:
        until = now + timedelta(seconds=call.settings.time_limit_s + TALK_BEYOND_LIMIT_S)
        bridge_agent(db, agent_id=attempt.agent_id, call=call.sid, until=until)


def _end_leg(db: Connection, call: LiveCall, ref: str, now: datetime) -> None:
    """A <Dial>ed leg gets its word with the dial's own result; a leg of ours gets it here."""
    attempt = store.find_attempt(db, ref)
    assert attempt is not None, "the attempt was found a moment ago"
    if attempt.accepted_at is not None:
        note(db, attempt, ended_at=attempt.ended_at or now)  # Its word comes with the caller's side.
        if attempt.agent_id is not None:
            wrap_up_s = call.directory.organisation.wrap_up
            end_talk(db, agent_id=attempt.agent_id, call=call.sid, wrap_up_s=wrap_up_s, at=now)
        return
    if attempt.way != "queue":
        if attempt.ended is not None:
            free_agent(db, attempt, call=call.sid)
        return
    settle(db, call, attempt, now)
    fetch_out_of_music(db, call, now)


def _screen(call: LiveCall, attempt: Row[Any]) -> str:
    """Which sentence names the keys that work here."""
    if call.progress.asked_by is not None:
        return "asked_call_screen"
    screen = "call_back_screen" if call.progress.calls_back else "screen"
    return screen if attempt.agent_id is not None else f"{screen}_fallback"


def _prompt(call: LiveCall, attempt: Row[Any]) -> str:
    match _screen(call, attempt):
        case "screen":
            return screen_prompt(call.bot, _caller_said(call))
        case "screen_fallback":
            return sentence(call.bot, "screen_fallback", organisation=call.directory.organisation.name)
        case screen:
            return call_back_prompt(call.bot, screen, _caller_said(call))


def _caller_said(call: LiveCall) -> CallerSaid:
    line, lead = call.directory.lines.get(call.line), call.lead
    questions = call.bot.questions[: call.progress.question] if call.bot else ()
    answers = {} if lead is None else {asked.attribute: called(lead, asked.attribute) for asked in questions}
    return CallerSaid(
        name=call.lead_name,
        phone=call.caller,
        source="" if lead is None else lead.source or "",
        type="" if lead is None else lead.type or "",
        place="" if lead is None else lead.city or lead.state or "",
        line=line.name if line else "",
        wish=", ".join(reasons_of(call)),
        answers=tuple((attribute, answer) for attribute, answer in answers.items() if answer is not None),
    )
