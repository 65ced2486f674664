"""Calls whose last news never came: judged by what was stored and what Twilio says of their legs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.agents.misses_and_rests import end_talk
from sami.calls import endings
from sami.calls.attempts import note, settle
from sami.calls.inbound import finish, read_lead
from sami.calls.transaction import CallSettings, lock, save
from sami.store import calls as store
from sami.store.facts import read_directory
from sami.store.reservations import bridged_agents
from sami.store.sweeping import unfinished_calls

# The dial's own result comes a moment after the caller's end, or from a spool. What comes later still decides again.
NEWS_WITHIN = timedelta(seconds=60)
SILENT_FOR = timedelta(minutes=10)
TALK_AT_LEAST = timedelta(seconds=5)
CALLS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class UnheardCall:
    """`ended_at` None: its end was never heard, so Twilio is asked. `leg_sid`: whom to ask how long they talked."""

    sid: str
    ended_at: datetime | None
    leg_sid: str | None
    certainly_over: bool


@dataclass(frozen=True, slots=True)
class Talker:
    """An agent believed to be talking; `asks` is the leg, or else the call, whose end ends the talk."""

    agent_id: int
    call: str
    asks: str


def ended_calls(db: Connection, settings: CallSettings, now: datetime) -> list[UnheardCall]:
    """Calls whose end was heard a minute ago, without what they came to."""
    return [_unheard(db, row, settings, now) for row in _overdue(db, now) if row.ended_at is not None]


def silent_calls(db: Connection, settings: CallSettings, now: datetime) -> list[UnheardCall]:
    """Calls of which nothing was heard for longer than they could wait: Twilio has to be asked."""
    return [_unheard(db, row, settings, now) for row in _overdue(db, now) if row.ended_at is None]


def finish_unheard(
    db: Connection,
    sid: str,
    *,
    ended_at: datetime,
    leg_ended_at: datetime | None,
    settings: CallSettings,
    now: datetime,
) -> None:
    """Answered, if somebody accepted and both sides stayed for a moment; else nobody took it."""
    call = lock(db, sid, settings)
    if call is None:
        return
    assert call.id is not None, "a locked call has a row"
    read_lead(db, call, now)
    if call.ended_at is None:
        call.change(ended_at=ended_at)
    accepted = _accepted(store.attempts_of(db, call.id), call.accepted_by)
    if call.outcome is None and accepted is not None and _talked(accepted, ended_at, leg_ended_at):
        settle(db, call, accepted, now, bridged=True)
        endings.succeed(db, call, accepted, now)
    finish(db, call, now)
    if call.outcome is None and call.safety_net:
        endings.miss(db, call, now)
    save(db, call, now)


def talkers(db: Connection, now: datetime) -> list[Talker]:
    return [_talker(db, row) for row in bridged_agents(db, at=now)]


def free_talker(db: Connection, talker: Talker, now: datetime) -> None:
    """Nothing happens where the end of the talk was heard meanwhile."""
    call = store.find_call(db, talker.call)
    for attempt in store.attempts_of(db, call.id) if call is not None else []:
        if attempt.agent_id == talker.agent_id and attempt.accepted_at is not None:
            note(db, attempt, ended_at=attempt.ended_at or now)
    wrap_up_s = read_directory(db).organisation.wrap_up
    end_talk(db, agent_id=talker.agent_id, call=talker.call, wrap_up_s=wrap_up_s, at=now)


def _overdue(db: Connection, now: datetime) -> list[Row[Any]]:
    suspects = unfinished_calls(db, before=now - NEWS_WITHIN, limit=CALLS_AT_ONCE)
    return [row for row in suspects if _is_overdue(db, row, now)]


def _is_overdue(db: Connection, row: Row[Any], now: datetime) -> bool:
    if row.ended_at is not None:
        return bool(row.ended_at < now - NEWS_WITHIN)
    bot = read_directory(db, row.version).bot_of(row.line)
    longest = timedelta(seconds=bot.max_wait if bot else 0) + SILENT_FOR
    return bool(row.arrived_at < now - longest)


def _unheard(db: Connection, row: Row[Any], settings: CallSettings, now: datetime) -> UnheardCall:
    accepted = _accepted(store.attempts_of(db, row.id), row.accepted_by)
    return UnheardCall(
        sid=row.sid,
        ended_at=row.ended_at,
        leg_sid=accepted.leg_sid if accepted is not None and row.outcome is None else None,
        certainly_over=row.arrived_at < now - timedelta(seconds=settings.time_limit_s) - SILENT_FOR,
    )


def _accepted(attempts: Sequence[Row[Any]], accepted_by: str | None) -> Row[Any] | None:
    """Whoever took the call and of whose talk nothing was heard yet."""
    taken = [a for a in attempts if a.ended is None and _taken_at(a) is not None]
    return next((a for a in taken if a.ref == accepted_by), taken[0] if taken and accepted_by is None else None)


def _taken_at(attempt: Row[Any]) -> datetime | None:
    at: datetime | None = attempt.accepted_at or (None if attempt.screened else attempt.picked_up_at)
    return at


def _talked(attempt: Row[Any], call_ended_at: datetime, leg_ended_at: datetime | None) -> bool:
    taken_at = _taken_at(attempt)
    assert taken_at is not None, "only taken attempts are asked about"
    return min(call_ended_at, leg_ended_at or call_ended_at) - taken_at > TALK_AT_LEAST


def _talker(db: Connection, row: Row[Any]) -> Talker:
    call = store.find_call(db, row.reserved_call)
    attempts = store.attempts_of(db, call.id) if call is not None else []
    legs = [a.leg_sid for a in attempts if a.agent_id == row.id and a.leg_sid and _taken_at(a) is not None]
    return Talker(row.id, row.reserved_call, legs[-1] if legs else row.reserved_call)
