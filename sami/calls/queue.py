"""The waiting caller: each wait document is answered from state, and knows when waiting here has no more sense."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply.items import end_key
from sami.calls import endings
from sami.calls.inbound import read_lead
from sami.calls.ringing import join_group
from sami.calls.transaction import CallSettings, LiveCall, lock, read, save
from sami.domain.calls.instructions import KeepWaiting, LeaveQueue, WaitInstruction
from sami.domain.calls.listening import is_heard
from sami.domain.calls.moves import give_up_legs
from sami.domain.calls.signals import StillWaits
from sami.domain.outcomes.effects import RedirectCaller
from sami.store import calls as store
from sami.store import work

LEGS_WITHIN = timedelta(seconds=4)  # No leg has told of itself by then: the group is hunted with <Dial> instead.
LEGS_END_WITHIN = timedelta(seconds=3)  # A caller waits no longer for a leg to be ended before its phone is dialled.
WAIT_DOCUMENT_MAX_S = 5
JOINED_WITHIN = timedelta(seconds=20)  # Longer than the agent's side waits for the caller to be in the queue.
# A screen already begun is never cut: prompt, ten seconds for a key, and the network's own delay.
SCREEN_LASTS = timedelta(seconds=25)


def wait(
    db: Connection, sid: str, turn: int, settings: CallSettings, now: datetime
) -> tuple[WaitInstruction, LiveCall]:
    """What the caller in the queue hears next. Raises KeyError for a call that is not known."""
    call = lock(db, sid, settings)
    if call is None or call.id is None:
        raise KeyError(sid)
    if not is_heard(call.progress, StillWaits(turn)):
        return LeaveQueue(), call
    if call.accepted_by is not None:
        came_to_nothing = _is_lost(store.find_attempt(db, call.accepted_by), now)
        return LeaveQueue() if came_to_nothing else KeepWaiting(turn, 1), call
    _join_if_due(db, call, now)
    return _decide(db, call, now), call


def neglected(db: Connection, settings: CallSettings, now: datetime) -> list[str]:
    """Calls that wait in music of their own, which may outlast what was to happen meanwhile."""
    waiting = [read(db, row, settings) for row in store.waiting_calls(db)]
    return [call.sid for call in waiting if _has_own_music(call) and _needs_a_look(db, call, now)]


def look_after(db: Connection, sid: str, settings: CallSettings, now: datetime) -> None:
    """What the next wait document would do, were it asked for."""
    call = lock(db, sid, settings)
    if call is not None and _waits(call):
        _join_if_due(db, call, now)
        fetch_out_of_music(db, call, now)
        save(db, call, now)


def _waits(call: LiveCall) -> bool:
    """The caller hears music, and nobody has taken them from it."""
    return is_heard(call.progress, StillWaits(call.progress.turn)) and call.accepted_by is None


def _needs_a_look(db: Connection, call: LiveCall, now: datetime) -> bool:
    rung = _rung(db, call)
    return _joins_now(call, now) or _is_unheard(call, rung, now) or _is_hopeless(call, rung, now)


def _join_if_due(db: Connection, call: LiveCall, now: datetime) -> None:
    if _joins_now(call, now):
        read_lead(db, call, now)
        join_group(db, call, now)
        save(db, call, now)


def _joins_now(call: LiveCall, now: datetime) -> bool:
    return call.progress.group_joins_at is not None and now >= call.progress.group_joins_at


def _rung(db: Connection, call: LiveCall) -> list[Row[Any]]:
    assert call.id is not None, "a queued call has a row"
    return [attempt for attempt in store.attempts_of(db, call.id) if attempt.ref in call.progress.round]


def _is_unheard(call: LiveCall, rung: list[Row[Any]], now: datetime) -> bool:
    """No leg has told of itself, whatever Twilio's API answered: nobody was rung, as far as anybody knows."""
    if any(attempt.created for attempt in rung):
        return False
    assert call.progress.round_at is not None, "a queued call has a round"
    return all(attempt.ended is not None for attempt in rung) or now - call.progress.round_at >= LEGS_WITHIN


def _hunt_instead(db: Connection, call: LiveCall, now: datetime) -> None:
    """The same people are hunted by <Dial>. From here on nothing of this round is created, and what was is ended."""
    call.progress = give_up_legs(call.progress)
    endings.close_round(db, call, now, caller_left=False)
    save(db, call, now)


def _are_ending(db: Connection, rung: list[Row[Any]], now: datetime) -> bool:
    """A leg that Twilio made without a word is ended before its phone is dialled, which would ring it twice."""
    ordered = [
        a for a in rung if a.leg_sid is not None and a.ended_at is not None and now - a.ended_at < LEGS_END_WITHIN
    ]
    return bool(ordered) and work.is_any_item_open(db, dedupe_keys=[end_key(attempt.ref) for attempt in ordered])


def _settled(db: Connection, call: LiveCall, rung: list[Row[Any]], now: datetime) -> list[Row[Any]]:
    """The phones of this round, which is over where none of them has been heard of in time."""
    if not _is_unheard(call, rung, now):
        return rung
    _hunt_instead(db, call, now)
    return _rung(db, call)


def _may_leave(db: Connection, call: LiveCall, rung: list[Row[Any]], now: datetime) -> bool:
    """Waiting here has no more sense."""
    return _is_hopeless(call, rung, now) and not (call.progress.legs_failed and _are_ending(db, rung, now))


def _has_own_music(call: LiveCall) -> bool:
    return call.bot is not None and call.bot.hold_music is not None


def _is_lost(accepted: Row[Any] | None, now: datetime) -> bool:
    """Somebody pressed 1 and never came through: their phone died, or it found the queue too late."""
    if accepted is None or accepted.accepted_at is None:
        return True
    return accepted.leg_status is not None or now - accepted.accepted_at > JOINED_WITHIN


def _decide(db: Connection, call: LiveCall, now: datetime) -> WaitInstruction:
    if call.progress.wants_message:
        return LeaveQueue()
    rung = _settled(db, call, _rung(db, call), now)
    if _may_leave(db, call, rung, now):
        return LeaveQueue()
    return KeepWaiting(call.progress.turn, _seconds_until_something(call, rung, now))


def _is_hopeless(call: LiveCall, rung: list[Row[Any]], now: datetime) -> bool:
    """Nobody of this round can accept any more, and nobody is about to join it."""
    if call.progress.group_joins_at is not None and any(attempt.ended is None for attempt in rung):
        return False
    if all(attempt.ended is not None for attempt in rung):
        return True
    screening = any(a.ended is None and a.picked_up_at and now - a.picked_up_at < SCREEN_LASTS for a in rung)
    return call.progress.round_ends_at is not None and now >= call.progress.round_ends_at and not screening


def _seconds_until_something(call: LiveCall, rung: list[Row[Any]], now: datetime) -> int:
    moments = [call.progress.group_joins_at, call.progress.round_ends_at]
    if not any(attempt.created for attempt in rung) and call.progress.round_at:
        moments.append(call.progress.round_at + LEGS_WITHIN)
    ahead = [(moment - now).total_seconds() for moment in moments if moment is not None and moment > now]
    return max(1, min([WAIT_DOCUMENT_MAX_S, *(round(seconds) for seconds in ahead)]))


def fetch_out_of_music(db: Connection, call: LiveCall, now: datetime) -> None:
    """Own hold music may be longer than the ringing: the caller is fetched out of it when every phone has ended."""
    if not _has_own_music(call) or not _waits(call):
        return
    rung = _rung(db, call)
    if rung and _may_leave(db, call, _settled(db, call, rung, now), now):
        call.effects.append(RedirectCaller(call.sid, call.progress.turn))
