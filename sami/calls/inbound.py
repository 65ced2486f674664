"""The caller's side of a call: arrival, menu, questions, the end of each ring, the message, the end."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami import metrics
from sami.actions.workflows import withhold_notices
from sami.calls import endings
from sami.calls.attempts import settle
from sami.calls.call_back_promise import back_when, call_back_at, may_call
from sami.calls.dialled import DialReport, settle_dial
from sami.calls.ringing import ring_next
from sami.calls.transaction import CallSettings, LiveCall, lock, save
from sami.domain.calls.call_back_promise import SHORTLY, promised_time
from sami.domain.calls.call_flow import Turn, advance, learn, take_message
from sami.domain.calls.instructions import (
    ConfirmOptOut,
    Instruction,
    LeaveQueue,
    OldNews,
    PromiseCallBack,
    RingNext,
    TakeMessage,
    ThankForMessage,
    TurnAway,
)
from sami.domain.calls.moves import begin_inbound, end, forget_transfer
from sami.domain.calls.signals import (
    Arrived,
    CallerSignal,
    ChoiceMade,
    DialEnded,
    HungUp,
    MessageEnded,
    MessageWanted,
    QueueEnded,
    Replied,
)
from sami.domain.delivery.carrier_words import JOINED_IN_QUEUE
from sami.domain.language.hours import to_local
from sami.domain.language.phone import E164
from sami.domain.leads.once_attributes import moved
from sami.domain.leads.outcome import Outcome
from sami.domain.organisation.blocked_callers import find_block
from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences import speaks_spanish
from sami.domain.outcomes.effects import SendText
from sami.errors import SamiError
from sami.leads.intake import LeadFacts, find_owned_lead, lead_facts, recognise_caller
from sami.store import calls as store
from sami.store import leads as lead_store
from sami.store import work
from sami.store.facts import read_directory, read_roster
from sami.store.reservations import release_agents


class CallUnknown(SamiError):
    """This call is not known here."""


class LineUnknown(CallUnknown):
    """The line that was called is not in the organisation, or has no bot: a person must add it to the file."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inbound call reaching a line. `caller` is None when withheld; the token lets legs show the caller's number."""

    sid: str
    line: E164
    caller: E164 | None
    call_token: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An instruction with what is needed to word it, and whether the outbox should speak at once."""

    instruction: Instruction
    bot: Bot | None
    organisation: str
    is_urgent: bool = False
    lead_name: str = ""


def begin_call(db: Connection, arrival: Arrival, settings: CallSettings, now: datetime) -> Answered:
    """Greet and ask, or ring at once. Raises LineUnknown for a line without a bot: the safety net answers it."""
    call = open_call(db, arrival, settings, now)
    if call.bot is None:
        raise LineUnknown(f"the line ending {arrival.line[-4:]} is not in the organisation")
    if call.blocked is not None:
        return _turn_away(db, call, now)
    turn = advance(call.progress, Arrived(), call.bot)
    call.progress = turn.progress
    instruction = turn.instruction
    if isinstance(instruction, RingNext):
        instruction = ring_next(db, call, now, greet=instruction.greet, roster=call.roster)
        if call.lead_id is not None and call.lead_is_new:
            withhold_notices(db, lead_id=call.lead_id, agents=_offered(call), why="the offer of the call says it")
        if isinstance(instruction, TakeMessage):
            instruction = _offer_call_back(db, call, instruction, now)
            save(db, call, now)
            endings.miss(db, call, now)
    save(db, call, now)
    return _answered(call, instruction)


def _turn_away(db: Connection, call: LiveCall, now: datetime) -> Answered:
    """One sentence, one counted line; nobody is rung, nobody is told, and no lead is made."""
    call.progress = end(call.progress)
    call.change(ended_at=now)
    save(db, call, now)
    metrics.calls_blocked.inc()
    return _answered(call, TurnAway())


def open_call(db: Connection, arrival: Arrival, settings: CallSettings, now: datetime) -> LiveCall:
    """The call in memory with its lead and owner; not written yet."""
    directory = read_directory(db)
    call = LiveCall(
        sid=arrival.sid,
        line=arrival.line,
        caller=arrival.caller,
        progress=begin_inbound(),
        directory=directory,
        settings=settings,
        arrived_at=now,
        call_token=arrival.call_token,
    )
    call.blocked = why_blocked(call, now)
    known = arrival.caller if call.blocked is None else None
    lead = _recognise(db, call, known, now) if known is not None else None
    if lead is not None:
        call.lead_id, call.lead_name, call.owner = lead.id, lead.name, lead.owner
        call.last_spoke_with, call.lead_is_new = lead.last_spoke_with, lead.is_new
    return call


def why_blocked(call: LiveCall, now: datetime) -> str | None:
    zone = call.directory.organisation.time_zone
    found = find_block(call.directory.file.blocked, call.caller, call.line, to_local(now, zone).date())
    return None if found is None else found.why or "no reason was given"


def _offered(call: LiveCall) -> set[str]:
    """The agents whose phones are about to ring, and who are texted so."""
    told = {effect.agent_id for effect in call.effects if isinstance(effect, SendText)}
    return {key for key, agent_id in call.agent_ids.items() if agent_id in told}


def _recognise(db: Connection, call: LiveCall, caller: E164, now: datetime) -> LeadFacts | None:
    """The caller's lead. Only to find or give it an owner is everybody read."""
    owned = find_owned_lead(db, phone=caller, directory=call.directory, now=now)
    if owned is not None:
        lead, call.named = owned
        return lead
    call.roster = roster = read_roster(db, call.directory, now, caller=caller)
    line = call.directory.lines.get(call.line)
    source = line.name if line else ""
    return recognise_caller(db, phone=caller, source=source, directory=call.directory, roster=roster, now=now)


def hear_reply(db: Connection, sid: str, reply: Replied, settings: CallSettings, now: datetime) -> Answered:
    call = _locked(db, sid, settings)
    turn = _advance(call, reply)
    if turn.answer is not None and call.lead_id is not None:
        _keep_answer(db, call.lead_id, *turn.answer)
    return _go_on(db, call, turn, now)


def end_dial(
    db: Connection, sid: str, turn_number: int, report: DialReport, settings: CallSettings, now: datetime
) -> Answered:
    """A <Dial> is over: its attempts get their word; the next ring, the consequence, or the end."""
    call = _locked(db, sid, settings)
    read_lead(db, call, now)
    answered = settle_dial(db, call, turn_number, report, now)
    turn = _advance(call, DialEnded(turn_number, answered is not None, report.bridged, report.caller_left))
    if answered is not None:
        endings.succeed(db, call, answered, now)
    elif call.is_over:
        endings.miss(db, call, now, abandoned=report.caller_left)
    return _go_on(db, call, turn, now)


def end_queue(db: Connection, sid: str, signal: QueueEnded, settings: CallSettings, now: datetime) -> Answered:
    """The caller is out of the queue: joined and parted, gone, or sent on."""
    call = _locked(db, sid, settings)
    assert call.id is not None, "a locked call has a row"
    read_lead(db, call, now)
    attempts = store.attempts_of(db, call.id)
    bridged = signal.result in JOINED_IN_QUEUE
    accepted = next((a for a in attempts if a.ref == call.accepted_by), None)
    if bridged and accepted is not None:
        # The agent's own leg goes on: they are asked what came of it.
        settle(db, call, accepted, now, leg_goes_on=True, bridged=True)
        endings.succeed(db, call, accepted, now)
    turn = _advance(call, signal)
    if isinstance(turn.instruction, OldNews):
        if call.is_over and not bridged:
            endings.miss(db, call, now, abandoned=True)  # The caller's end was heard before the queue's.
        return _go_on(db, call, turn, now)
    # Who chose something else left too: only where the next phone rings was this round given its time.
    endings.close_round(db, call, now, caller_left=not isinstance(turn.instruction, RingNext))
    if call.progress.legs_failed:
        _release(db, call, attempts)
    if accepted is not None and not bridged:
        call.accepted_by = None  # Whoever accepted never reached the caller: the next to press 1 may.
        call.change(accepted_by=None)
    if not bridged and call.is_over:
        endings.miss(db, call, now, abandoned=True)
    return _go_on(db, call, turn, now)


def _release(db: Connection, call: LiveCall, attempts: Iterable[Row[Any]]) -> None:
    """Agents whose leg reported nothing may be dialled: as far as anybody knows, their phone never rang."""
    ids = sorted({a.agent_id for a in attempts if a.agent_id is not None and not a.created})
    release_agents(db, ids=ids, call=call.sid)


def want_message(
    db: Connection, sid: str, turn_number: int, settings: CallSettings, now: datetime, *, call_back: bool = False
) -> Answered:
    """A key in the queue: the caller leaves it, and its action takes the message, or promises the call back."""
    call = _locked(db, sid, settings)
    read_lead(db, call, now)
    turn = _advance(call, MessageWanted(turn_number, call_back and call_back_at(db, call, now) is not None))
    save(db, call, now)
    return _answered(call, LeaveQueue() if isinstance(turn.instruction, LeaveQueue) else OldNews())


def choose_after_all(
    db: Connection, sid: str, turn_number: int, *, call_back: bool, settings: CallSettings, now: datetime
) -> Answered:
    """A key after nobody took the call: a call back, or the message without waiting for the tone."""
    call = _locked(db, sid, settings)
    read_lead(db, call, now)
    turn = _advance(call, ChoiceMade(turn_number, call_back and call_back_at(db, call, now) is not None))
    return _go_on(db, call, turn, now)


def end_message(db: Connection, sid: str, turn_number: int, settings: CallSettings, now: datetime) -> Answered:
    call = _locked(db, sid, settings)
    turn = _advance(call, MessageEnded(turn_number))
    if isinstance(turn.instruction, ThankForMessage):
        turn = replace(turn, instruction=ThankForMessage(calls_back=may_call(db, call, now)))
    return _go_on(db, call, turn, now)


def keep_recording(db: Connection, sid: str, *, url: str, settings: CallSettings, now: datetime) -> None:
    """Link a message to its call and task. The file may be announced before or after the call's end."""
    call = lock(db, sid, settings)
    if call is None:
        raise CallUnknown(f"call {sid} is not known")
    call.recording_url = url
    call.change(recording_url=url)
    if call.outcome is None:
        read_lead(db, call, now)
        endings.miss(db, call, now)
    save(db, call, now)
    work.attach_recording(db, call=sid, url=url)


def end_call(db: Connection, sid: str, settings: CallSettings, now: datetime) -> bool:
    """The caller's leg is over. What was wanted and never answered is a missed transfer.

    True if phones still ring and the outbox should end them at once.
    """
    call = lock(db, sid, settings)
    if call is None or call.ended_at is not None:
        return False
    call.change(ended_at=now)
    if _is_still_to_be_judged(db, call, now):
        save(db, call, now)
        return call.is_urgent
    finish(db, call, now)
    if call.outcome is None and call.reported is not None:
        call.change(outcome=call.reported)  # No transfer was wanted, so what was said of the call is all there is.
    save(db, call, now)
    return call.is_urgent


def _is_still_to_be_judged(db: Connection, call: LiveCall, now: datetime) -> bool:
    """What the call came to is not known yet: its last result is on its way, perhaps in a spool; or no transfer began.

    Where nothing comes, the sweep judges by what there is.
    """
    assert call.id is not None, "a locked call has a row"
    if call.progress.is_with_safety_net:
        return True
    if not call.progress.is_rung:
        return False
    attempts = store.attempts_of(db, call.id)
    rung = [attempt for attempt in attempts if attempt.ref in call.progress.round]
    if not call.progress.wants_call_back and not any(map(_was_dialled, attempts)):
        # Left in the greeting, as far as is known. A result of the dial still on its way says otherwise.
        endings.close_round(db, call, now, caller_left=True)
        call.progress = learn(call.progress, HungUp())
        return True
    if any(_may_be_joined(call, attempt) for attempt in rung):
        return True
    if call.progress.is_dialling:
        endings.close_round(db, call, now, caller_left=True)
        return True
    return False


def finish(db: Connection, call: LiveCall, now: datetime) -> None:
    """Nothing more will be heard of this call: whatever is open is closed."""
    read_lead(db, call, now)
    abandoned = call.progress.is_rung or call.is_over
    endings.close_round(db, call, now, caller_left=True)
    call.progress = learn(call.progress, HungUp())
    if call.outcome is not None or call.progress.started_at is None:
        return
    assert call.id is not None, "a locked call has a row"
    was_rung = call.safety_net or any(map(_was_dialled, store.attempts_of(db, call.id)))
    if was_rung or call.progress.wants_call_back:
        endings.miss(db, call, now, abandoned=abandoned)
    else:
        # The caller left in the greeting: no transfer began, and the call's own result is all there is.
        call.progress = forget_transfer(call.progress)


def _may_be_joined(call: LiveCall, attempt: Row[Any]) -> bool:
    """Somebody may have talked with the caller: by a <Dial> whoever picked up, in the queue whom we let."""
    if attempt.way == "queue":
        return bool(attempt.ref == call.accepted_by)
    return attempt.picked_up_at is not None or not attempt.screened


def _was_dialled(attempt: Row[Any]) -> bool:
    """Twilio has said something of this phone, or of the <Dial> that rang it."""
    return bool(attempt.created or attempt.leg_sid or attempt.ringing_at or attempt.leg_status)


def read_lead(db: Connection, call: LiveCall, now: datetime) -> None:
    """The lead as it is now: its owner may have changed since the call began."""
    roster = read_roster(db, call.directory, now, caller=call.caller)
    call.roster = roster
    row = lead_store.find_lead(db, call.lead_id) if call.lead_id is not None else None
    if row is not None:
        lead = lead_facts(row, roster, now)
        call.lead = row
        call.lead_name, call.owner, call.last_spoke_with = lead.name, lead.owner, lead.last_spoke_with


def _locked(db: Connection, sid: str, settings: CallSettings) -> LiveCall:
    call = lock(db, sid, settings)
    if call is None or call.bot is None:
        raise CallUnknown(f"call {sid} is not known, or its line has no bot")
    return call


def _advance(call: LiveCall, signal: CallerSignal) -> Turn:
    assert call.bot is not None, "a locked call has a bot"
    turn = advance(call.progress, signal, call.bot)
    call.progress = turn.progress
    return turn


def _go_on(db: Connection, call: LiveCall, turn: Turn, now: datetime) -> Answered:
    instruction: Instruction = turn.instruction
    match instruction:
        case RingNext():
            read_lead(db, call, now)  # Also after this signal has freed an agent: who rings is decided from live state.
            instruction = ring_next(db, call, now, roster=call.roster)
            if isinstance(instruction, TakeMessage):
                instruction = _offer_call_back(db, call, instruction, now)
                endings.miss(db, call, now)
        case TakeMessage():
            read_lead(db, call, now)
            wanted = call.progress.started_at is not None
            endings.conclude(db, call, Outcome.MISSED_TRANSFER if wanted else Outcome.NEEDS_FOLLOW_UP, now)
        case ConfirmOptOut():
            read_lead(db, call, now)
            endings.conclude(db, call, Outcome.OPT_OUT, now)
        case PromiseCallBack():
            read_lead(db, call, now)
            instruction = _promise_call_back(db, call, instruction, now)
        case _:
            pass
    save(db, call, now)
    return _answered(call, instruction)


def _promise_call_back(db: Connection, call: LiveCall, promise: PromiseCallBack, now: datetime) -> Instruction:
    """Who cannot or must not be called back leaves a message instead.

    After a person was wanted, the transfer is what the call came to, and the call back follows from it.
    """
    at = call_back_at(db, call, now)
    if at is not None and at - now > SHORTLY:
        zone = call.directory.organisation.time_zone
        promise = replace(promise, when=promised_time(at, now, zone, spanish=speaks_spanish(call.bot)))
    if at is not None and call.progress.wants_call_back:
        endings.miss(db, call, now)
        return promise
    if at is not None and call.outcome is not None:
        endings.call_back(call, now)
        return promise
    if at is not None:
        endings.conclude(db, call, Outcome.CONTACT_LATER, now, call_back=True)
        return promise
    turn = take_message(call.progress, apologise=False)
    call.progress = turn.progress
    endings.conclude(db, call, Outcome.NEEDS_FOLLOW_UP, now)
    return turn.instruction


def _offer_call_back(db: Connection, call: LiveCall, take: TakeMessage, now: datetime) -> TakeMessage:
    """And what else is true for whoever reached nobody."""
    return replace(take, call_back=call_back_at(db, call, now) is not None, back=back_when(db, call, now))


def _answered(call: LiveCall, instruction: Instruction) -> Answered:
    return Answered(instruction, call.bot, call.directory.organisation.name, call.is_urgent, call.lead_name)


def _keep_answer(db: Connection, lead_id: int, attribute: str, answer: str) -> None:
    lead_store.lock_ownership(db)  # Before the lead's row: what follows may give it to somebody.
    row = lead_store.find_lead(db, lead_id)
    if row is not None:
        told, attributes = moved({**row.attributes, attribute: answer})
        lead_store.update_lead(db, lead_id, **told, attributes=attributes)
