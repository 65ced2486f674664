"""What happens to an agent's switches because of calls: misses, rests, wrap-up, an hour off by key."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.agents import availability, misses_and_rests
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.agents.duty import away_until
from sami.domain.agents.misses_and_rests import MISSES_MAX, PAUSE_S
from sami.domain.agents.switches import Switches
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.messages.wording.staff import pause_taken_back, paused_after_misses, snoozed
from sami.domain.outcomes.effects import SendText
from sami.store.calls import attempts_of, last_misses
from sami.store.facts import Directory, agent_facts
from sami.store.people import update_agent
from sami.store.reservations import release_agents, shorten_reservation
from sami.store.senders import lock_agent
from sami.store.work import cancel_items_of

_PAUSE = timedelta(seconds=PAUSE_S)
_PAUSED = "paused"


def switches_of(row: Row[Any]) -> Switches:
    return Switches(**{field.name: getattr(row, field.name) for field in fields(Switches)})


def save_switches(db: Connection, agent_id: int, before: Switches, after: Switches) -> None:
    if after != before:
        update_agent(db, agent_id, **asdict(after))


def free_agent(db: Connection, attempt: Row[Any], *, call: str) -> None:
    """The leg is over."""
    if attempt.agent_id is not None and not _is_offered_again(db, attempt):
        release_agents(db, ids=(attempt.agent_id,), call=call)


def free_agent_soon(db: Connection, attempt: Row[Any], *, call: str, at: datetime, within_s: float) -> None:
    """The attempt is over, and so is its leg by then, also if nothing more is heard of it."""
    if attempt.agent_id is not None and attempt.ended is not None and not _is_offered_again(db, attempt):
        until = at + timedelta(seconds=within_s)
        shorten_reservation(db, agent_id=attempt.agent_id, call=call, until=until)


def _is_offered_again(db: Connection, attempt: Row[Any]) -> bool:
    """The same call by another way, after a leg that was believed never made: the reservation is for that now."""
    others = [other for other in attempts_of(db, attempt.call_id) if other.id > attempt.id]
    return any(other.agent_id == attempt.agent_id and other.ended is None for other in others)


def end_offer(
    db: Connection, *, agent_id: int, call: str, ended: AttemptEnd, line: E164, directory: Directory, at: datetime
) -> Sequence[SendText]:
    """The offer is over, though the leg may not be: the agent rests if the word asks for it, and hears of a pause."""
    row = lock_agent(db, agent_id)
    if row is None:
        return ()
    before = switches_of(row)
    after, paused = misses_and_rests.after_attempt(before, ended, at)
    if ended is AttemptEnd.SNOOZED:
        after = availability.snooze(after, at)
    save_switches(db, agent_id, before, after)
    if paused:
        until = at + _PAUSE
        missed = last_misses(db, agent_id=row.id, count=MISSES_MAX)
        return (_notice(row, _PAUSED, paused_after_misses(missed, until, _clock(row, directory, at)), line, call),)
    if after.calls_off_until is not None and after.calls_off_until != before.calls_off_until:
        said = snoozed(after.calls_off_until, _clock(row, directory, at))
        return (_notice(row, "snoozed", said, line, call),)
    return ()


def take_back_miss(
    db: Connection, *, agent_id: int, call: str, line: E164, directory: Directory, at: datetime
) -> Sequence[SendText]:
    """It was counted before anybody knew that it was none. What was said of a pause is not said, or taken back too."""
    row = lock_agent(db, agent_id)
    if row is None:
        return ()
    before = switches_of(row)
    after = misses_and_rests.take_back_miss(before, at)
    save_switches(db, row.id, before, after)
    if not misses_and_rests.is_paused(before, at):
        return ()
    if cancel_items_of(db, occasion=_occasion(_PAUSED, row), why="the pause was taken back"):
        return ()
    schedule = directory.schedule_of(row.key)
    state = availability.state_at(after, schedule, at, away_until(agent_facts(row, directory, at), schedule))
    body = pause_taken_back(state, Clock(at, schedule.time_zone))
    return (_notice(row, "pause_taken_back", body, line, call),)


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
    save_switches(db, agent_id, before, misses_and_rests.after_talk(before, at, wrap_up_s))


def _clock(row: Row[Any], directory: Directory, at: datetime) -> Clock:
    return Clock(at, directory.schedule_of(row.key).time_zone)


def _notice(row: Row[Any], what: str, body: str, line: E164, call: str) -> SendText:
    occasion = _occasion(what, row)
    return SendText(
        to=E164(row.phone),
        line=line,
        body=body,
        dedupe_key=f"{occasion}/{call}",
        call=call,
        agent_id=row.id,
        occasion=occasion,
    )


def _occasion(what: str, row: Row[Any]) -> str:
    return f"{what}/{row.key}"
