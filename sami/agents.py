"""What happens to an agent's switches because of calls: misses, rests, wrap-up, an hour off by key."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain import availability
from sami.domain.attempts import AttemptEnd
from sami.domain.availability import MISSES_MAX, PAUSE_S, Switches
from sami.domain.effects import SendText
from sami.domain.phone import E164
from sami.domain.wording import Clock, paused_after_misses, snoozed
from sami.store.calls import last_misses
from sami.store.facts import Directory
from sami.store.people import update_agent
from sami.store.reservations import release_agents
from sami.store.senders import lock_agent

_PAUSE = timedelta(seconds=PAUSE_S)


def switches_of(row: Row[Any]) -> Switches:
    return Switches(**{field.name: getattr(row, field.name) for field in fields(Switches)})


def save_switches(db: Connection, agent_id: int, before: Switches, after: Switches) -> None:
    if after != before:
        update_agent(db, agent_id, **asdict(after))


def end_offer(
    db: Connection, *, agent_id: int, call: str, ended: AttemptEnd, line: E164, directory: Directory, at: datetime
) -> Sequence[SendText]:
    """The phone stopped ringing: the agent is free again, rests if the word asks for it, and hears of a pause."""
    release_agents(db, ids=(agent_id,), call=call)
    row = lock_agent(db, agent_id)
    if row is None:
        return ()
    before = switches_of(row)
    after, paused = availability.after_attempt(before, ended, at)
    if ended is AttemptEnd.SNOOZED:
        after = availability.snooze(after, at)
    save_switches(db, agent_id, before, after)
    if paused:
        until = at + _PAUSE
        missed = last_misses(db, agent_id=row.id, count=MISSES_MAX)
        return (_notice(row, "paused", paused_after_misses(missed, until, _clock(row, directory, at)), line, call),)
    if after.calls_off_until is not None and after.calls_off_until != before.calls_off_until:
        said = snoozed(after.calls_off_until, _clock(row, directory, at))
        return (_notice(row, "snoozed", said, line, call),)
    return ()


def end_talk(
    db: Connection, *, agent_id: int, call: str, wrap_up_s: int, at: datetime, was_let_go: bool = False
) -> None:
    """The two have parted: wrap-up begins, and so does the time this agent counts as idle.

    `was_let_go`: the agent had been freed already, because the talk was heard of only now.
    """
    row = lock_agent(db, agent_id)
    if row is None or not (row.reserved_call == call or (was_let_go and row.reserved_call is None)):
        return  # The end of this talk was heard before, or the phone has long been offered another call.
    release_agents(db, ids=(agent_id,), call=call)
    update_agent(db, agent_id, idle_since=at)
    before = switches_of(row)
    save_switches(db, agent_id, before, availability.after_talk(before, at, wrap_up_s))


def _clock(row: Row[Any], directory: Directory, at: datetime) -> Clock:
    return Clock(at, directory.schedule_of(row.key).time_zone)


def _notice(row: Row[Any], occasion: str, body: str, line: E164, call: str) -> SendText:
    key = f"{occasion}/{call}/{row.key}"
    return SendText(to=E164(row.phone), line=line, body=body, dedupe_key=key, call=call, agent_id=row.id)
