"""What a call came to: rounds are closed, the outcome is written once, its consequences with it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami import metrics
from sami.apply import apply
from sami.apply.items import ring_key
from sami.calls.attempts import settle
from sami.calls.call_back_promise import may_call
from sami.calls.transaction import CALL_NUMBER, LiveCall, save
from sami.domain.calls.attempts import Evidence, end_of
from sami.domain.calls.moves import want_transfer
from sami.domain.calls.outbound_calls import CALL_BACK_SID
from sami.domain.delivery.carrier_words import CallStatus
from sami.domain.language.actor import CALL, system
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.organisation.sentences import caller_name, sentence
from sami.domain.outcomes.announcements import call_outcome
from sami.domain.outcomes.effects import DeleteQueue, EndLeg, PlaceCall, SendText
from sami.domain.outcomes.outcome_actions import CallFacts, consequences, follow_up_task
from sami.domain.outcomes.recipients import said_due
from sami.leads.clocks import note_response
from sami.outcomes.consequences import ask_the_policy, call_facts, set_workflows_going
from sami.store import calls as store
from sami.store import leads as lead_store
from sami.store import work
from sami.store.do_not_call import is_not_to_be_called
from sami.store.outbound_calls import finish_missed_task


def succeed(db: Connection, call: LiveCall, attempt: Row[Any], now: datetime) -> None:
    """A person accepted and was bridged."""
    lead_store.lock_ownership(db)  # Before the lead's row: what follows may give it to somebody.
    settled = store.find_attempt(db, attempt.ref)
    call.change(joined_at=settled.joined_at if settled is not None else now)
    if attempt.agent_id is not None and call.lead_id is not None:
        lead_store.update_lead(db, call.lead_id, last_spoke_with_id=attempt.agent_id, last_spoke_at=now)
    note_answer(db, call, settled.joined_at or now if settled is not None else now)
    name = attempt.name or f"the number ending {attempt.phone[-4:]}"
    if call.outcome is None and attempt.way != "queue" and attempt.agent_id is not None:
        call.effects.append(_question(call, attempt, attempt.agent_id))
    conclude(db, call, Outcome.SUCCESSFUL_TRANSFER, now, answered_by=attempt.agent_id, answered_name=name)


def _question(call: LiveCall, attempt: Row[Any], agent_id: int) -> SendText:
    """What came of it: a key after the talk is possible only where the agent's own leg goes on."""
    who = caller_name(call.lead_name, call.caller)
    return SendText(
        to=E164(attempt.phone),
        line=call.line,
        body=sentence(call.bot, "result_text", who=who, number=CALL_NUMBER),
        dedupe_key=f"result/{call.sid}/{attempt.ref}",
        call=call.sid,
        lead_id=call.lead_id,
        agent_id=agent_id,
    )


def note_answer(db: Connection, call: LiveCall, at: datetime) -> None:
    """A person took the call: the lead was responded to, whatever comes of it."""
    if call.lead_id is not None:
        note_response(db, lead_id=call.lead_id, at=at, how="a call was answered")


def miss(db: Connection, call: LiveCall, now: datetime, *, abandoned: bool = False) -> None:
    """A transfer was wanted and nobody took it. Who left the queue to be called back has not given up."""
    chose_call_back = call.outcome is None and call.progress.wants_call_back and may_call(db, call, now)
    conclude(db, call, Outcome.MISSED_TRANSFER, now, abandoned=abandoned and not chose_call_back)
    if chose_call_back:
        call_back(call, now)


def follow_up(call: LiveCall, of_call: str, wording: str, now: datetime) -> None:
    """One task for whoever is to call: that of the missed transfer, where the call `of_call` came to one."""
    facts = _call_facts(call, now, False, None, "")
    who, owner = caller_name(call.lead_name, call.caller), facts.owner
    task = follow_up_task("missed", "missed_task", call.bot, replace(facts, sid=of_call))
    values = {"who": who, "caller": call.caller or "", "line": facts.line_name}
    call.effects.append(task)
    for person in (owner,) if owner else facts.admins:
        body = sentence(call.bot, wording, due=said_due(owner), **values)
        key = f"{wording.removesuffix('_text')}/{of_call}/{person.key}"
        told = SendText(person.phone, call.line, body, key, call=call.sid, lead_id=call.lead_id, agent_id=person.id)
        call.effects.append(replace(told, asks_contact=True))


def apply_alone(db: Connection, call: LiveCall, now: datetime) -> None:
    """What follows from a call that never came about, and so has no row."""
    apply(db, call.effects, now)
    call.effects = []


def call_back(call: LiveCall, now: datetime) -> None:
    """The next free person calls the lead. The task of the missed transfer stays until they have talked."""
    if call.lead_id is not None and call.caller is not None:
        key = f"call_back/{call.sid}"
        wanted = PlaceCall(call.lead_id, call.caller, call.line, key, agent_first=True, of_call=call.sid, asked_at=now)
        call.effects.append(wanted)


def conclude(
    db: Connection,
    call: LiveCall,
    outcome: Outcome,
    now: datetime,
    *,
    abandoned: bool = False,
    answered_by: int | None = None,
    answered_name: str = "",
    call_back: bool = False,
) -> None:
    """Written once: later news of the same call changes nothing, but for the news that somebody took it after all."""
    if call.outcome == Outcome.MISSED_TRANSFER and outcome is Outcome.SUCCESSFUL_TRANSFER:
        _correct(db, call, now, answered_by, answered_name)
    if call.outcome is not None:
        return
    call.outcome = outcome
    call.change(outcome=outcome.value, abandoned=abandoned)
    metrics.calls_outcome.labels(outcome.value).inc()
    facts = _call_facts(call, now, abandoned, answered_by, answered_name)
    do_not_call = not call.progress.wants_call_back and is_not_to_be_called(db, call.lead_id)
    welcome = outcome is not Outcome.MISSED_TRANSFER or may_call(db, call, now)
    facts = replace(facts, call_back=call_back, do_not_call=do_not_call, may_be_called=welcome)
    facts = ask_the_policy(db, outcome, call.bot, facts, directory=call.directory, roster=call.roster)
    call.owner = facts.owner.key if facts.owner else call.owner
    came_to = consequences(outcome, call.bot, facts)
    call.effects += came_to.fixed
    answered = None if facts.answered_by is None else facts.answered_by.key
    told: dict[str, Any] = {"abandoned": abandoned, "answered_by": answered}
    call.effects.append(call_outcome(call.sid, outcome, lead_id=call.lead_id, by=CALL.written, at=now, **told))
    call.planned += came_to.actions
    if call.lead_id is not None and call.directory.file.workflows:
        _set_workflows_going(db, call, call.lead_id, outcome, now)


def _correct(db: Connection, call: LiveCall, now: datetime, answered_by: int | None, answered_name: str) -> None:
    """A result that came when the call was given up says that a person took it: nobody is texted a second time."""
    call.outcome = Outcome.SUCCESSFUL_TRANSFER
    call.change(outcome=call.outcome.value, abandoned=False)
    facts = _call_facts(call, now, False, answered_by, answered_name)
    call.effects += consequences(call.outcome, call.bot, facts).fixed
    told: dict[str, Any] = {"abandoned": False, "answered_by": facts.answered_by.key if facts.answered_by else None}
    call.effects.append(
        call_outcome(call.sid, call.outcome, lead_id=call.lead_id, by=CALL.written, at=now, occasion="answered", **told)
    )
    finish_missed_task(db, of_call=call.sid, at=now, by=system("the one who took the call"))
    work.cancel_items_of(db, occasion=f"{Outcome.MISSED_TRANSFER}/{call.sid}", why="the call was answered after all")


def _set_workflows_going(db: Connection, call: LiveCall, lead_id: int, outcome: Outcome, now: datetime) -> None:
    lead_store.lock_ownership(db)
    before = lead_store.find_lead(db, lead_id)
    assert before is not None, "leads are never removed"
    save(db, call, now)
    set_workflows_going(db, outcome, before, line=call.line, directory=call.directory, roster=call.roster, now=now)


def close_round(
    db: Connection, call: LiveCall, now: datetime, *, caller_left: bool, taken_over_at: datetime | None = None
) -> None:
    """Nobody is rung in this call any more: legs end, those not yet created never are, agents are free again.

    `taken_over_at`: when the safety net took the caller away from phones that may have had time left to answer.
    """
    if call.id is None:
        return
    was_queued = False
    for attempt in store.attempts_of(db, call.id):
        was_queued = was_queued or attempt.way == "queue"
        if attempt.ended is None:
            # Whoever had picked up is judged by what they were asked and pressed.
            rings = attempt.picked_up_at is None and taken_over_at is not None and taken_over_at < _rings_until(attempt)
            _stop(db, call, attempt, (taken_over_at if rings else None) or now, caller_left, cut_short=rings)
    if was_queued and caller_left:
        call.effects.append(DeleteQueue(call.sid))


def _rings_until(attempt: Row[Any]) -> datetime:
    until: datetime = attempt.offered_at + timedelta(seconds=attempt.ring_s)
    return until


def _stop(
    db: Connection, call: LiveCall, attempt: Row[Any], now: datetime, caller_left: bool, *, cut_short: bool
) -> None:
    never_rang = False
    if attempt.way == "queue":
        never_rang = bool(work.cancel_outbox_items(db, dedupe_keys=[ring_key(attempt.ref)], why="no longer wanted"))
        if attempt.leg_sid is not None and attempt.leg_status is None:
            call.effects.append(EndLeg(attempt.ref, attempt.leg_sid))
    news: dict[str, Any] = {"caller_left": caller_left}
    if not caller_left:
        news["leg_status"] = attempt.leg_status or _believed_status(attempt, never_rang)
        news["taken"] = attempt.taken or cut_short  # The safety net was faster, and not the agent too slow (R25).
    settle(db, call, attempt, now, leg_goes_on=may_go_on(call, attempt, never_rang=never_rang), **news)


def may_go_on(call: LiveCall, attempt: Row[Any], *, never_rang: bool = False) -> bool:
    """Whether a phone may still be in use for a caller who is no longer there for it.

    A leg of ours ends when Twilio is asked to end it. A <Dial> lets go of what rings; whether also of who is just being
    asked to press a key, Twilio has not said.
    """
    if attempt.way != "queue":
        return attempt.screened and attempt.picked_up_at is not None
    known = attempt.created or attempt.leg_sid is not None
    return not never_rang and (known or not call.progress.legs_failed)


def _believed_status(attempt: Row[Any], never_rang: bool) -> CallStatus | None:
    """The end of a leg that did not report its own: a phone that never rang must not count against its agent."""
    if attempt.way != "queue":
        return CallStatus.CANCELED
    if never_rang:
        return CallStatus.NOT_CREATED
    # Where the leg has said nothing of itself, perhaps it rang, perhaps it never was.
    return CallStatus.CANCELED if attempt.created else None


def end_other_legs(db: Connection, call: LiveCall, winner: str, now: datetime) -> None:
    """Somebody accepted: the other phones of the round stop ringing, and who just picks up hears by whom."""
    assert call.id is not None, "a queued call has a row"
    for attempt in store.attempts_of(db, call.id):
        if attempt.ref == winner or attempt.ended is not None:
            continue
        never_rang = bool(
            work.cancel_outbox_items(db, dedupe_keys=[ring_key(attempt.ref)], why="somebody else accepted")
        )
        if attempt.leg_sid is not None and attempt.leg_status is None:
            call.effects.append(EndLeg(attempt.ref, attempt.leg_sid))
        settle(db, call, attempt, now, leg_goes_on=may_go_on(call, attempt, never_rang=never_rang), taken=True)


def add_fallback_attempt(
    db: Connection, call: LiveCall, phone: str, bridged: bool, status: CallStatus | None, now: datetime
) -> None:
    """A number that the safety net rang by itself; its instants are those at which we heard of it."""
    ended = end_of(Evidence(screened=False, picked_up=bridged, accepted=bridged, bridged=bridged, leg_status=status))
    ref = f"safety-{call.sid[2:10]}-{phone[-4:]}"
    if store.find_attempt(db, ref) is not None:
        return
    call.attempts.append(
        {
            "ref": ref,
            "turn": 0,
            "stage": "fallback",
            "way": "dial",
            "phone": phone,
            "screened": False,
            "bridged": bridged,
            "leg_status": status,
            "ended": ended.value,
            "offered_at": now,
            "ended_at": now,
            "joined_at": now if bridged else None,
        }
    )
    if bridged:
        call.change(joined_at=now)
        lead_store.lock_ownership(db)
        note_answer(db, call, now)
        call.progress = want_transfer(call.progress, call.arrived_at)
        conclude(db, call, Outcome.SUCCESSFUL_TRANSFER, now, answered_name=f"the number ending {phone[-4:]}")


def alert_disagreement(call: LiveCall, attempt: Row[Any]) -> None:
    """Twilio joined two people, and nobody's key press was heard: somebody must look."""
    facts = _call_facts(call, attempt.offered_at, False, None, "")
    for admin in facts.admins:
        call.effects.append(
            SendText(
                to=admin.phone,
                line=call.line,
                body=sentence(call.bot, "disagreement_text", name=attempt.name or "a fallback number", call=call.sid),
                dedupe_key=f"disagreement/{attempt.ref}/{admin.key}",
                call=call.sid,
                agent_id=admin.id,
            )
        )


def _call_facts(
    call: LiveCall, now: datetime, abandoned: bool, answered_by: int | None, answered_name: str
) -> CallFacts:
    facts = call_facts(
        call.sid,
        call.line,
        call.arrived_at,
        owner=call.owner,
        directory=call.directory,
        roster=call.roster or (),
        now=now,
    )
    return replace(
        facts,
        caller=call.caller,
        lead_id=call.lead_id,
        lead_name=call.lead_name,
        answered_by=next((person for person in facts.people.values() if person.id == answered_by), None),
        answered_name=answered_name,
        abandoned=abandoned,
        recording_url=call.recording_url,
        ours=call.progress.ours,
        called_back=call.sid.startswith(CALL_BACK_SID),
        asked_call=call.progress.asked_by is not None,
    )
