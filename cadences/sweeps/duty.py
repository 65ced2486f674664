"""Offs that are over say so; whoever runs a team hears when nobody of it is left on duty."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.agents.misses_and_rests import save_switches, switches_of
from sami.apply import apply
from sami.database.engine import Database
from sami.domain.agents.availability import Ending, due_endings, end_what_is_due, state_at
from sami.domain.agents.duty import away_until, is_left_alone, next_return
from sami.domain.agents.gates import AgentFacts
from sami.domain.agents.switches import Switches
from sami.domain.language.hours import to_local
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.messages.wording.staff import leads_off_ended, nobody_on_duty, off_ended, pause_ended
from sami.domain.organisation.document import Team
from sami.domain.outcomes.effects import SendText
from sami.store.facts import Directory, agent_facts, read_directory, read_roster
from sami.store.sweeping import is_any_agent_due, lock_agents_due


def end_offs(database: Database, now: datetime) -> None:
    with database.read() as db:
        if not is_any_agent_due(db, at=now):
            return
    with database.begin() as db:
        directory = read_directory(db)
        for row in lock_agents_due(db, at=now):
            _end_off(db, row, directory, now)


def notice_empty_teams(database: Database, now: datetime) -> None:
    """Once a day and team, however often its last member comes and goes."""
    with database.read() as db:
        directory = read_directory(db)
        roster = {agent.key: agent for agent in read_roster(db, directory, now)}
    notices = [_notice(team, roster, directory, now) for team in directory.file.teams]
    texts = [notice for notice in notices if notice is not None]
    if texts:
        with database.begin() as db:
            apply(db, texts, now)


def _end_off(db: Connection, row: Row[Any], directory: Directory, now: datetime) -> None:
    before = switches_of(row)
    endings, after = due_endings(before, now), end_what_is_due(before, now)
    save_switches(db, row.id, before, after)
    line = directory.staff_line
    if row.active and line is not None:
        apply(db, [_ended_text(ending, row, before, after, line, directory, now) for ending in endings], now)


def _ended_text(
    ending: Ending, row: Row[Any], before: Switches, after: Switches, line: E164, directory: Directory, now: datetime
) -> SendText:
    schedule = directory.schedule_of(row.key)
    state = state_at(after, schedule, now, away_until(agent_facts(row, directory, now), schedule))
    clock = Clock(now, schedule.time_zone)
    match ending:
        case Ending.CALLS_OFF:
            body, ended_at = off_ended(state, clock), before.calls_off_until
        case Ending.LEADS_OFF:
            body, ended_at = leads_off_ended(), before.leads_off_until
        case Ending.PAUSE:
            body, ended_at = pause_ended(state, clock), before.resting_until
    assert ended_at is not None, "what ends by itself had an end"
    key = f"{ending}_ended/{row.key}/{ended_at.isoformat()}"
    return SendText(E164(row.phone), line, body, key, agent_id=row.id)


def _notice(team: Team, roster: dict[str, AgentFacts], directory: Directory, now: datetime) -> SendText | None:
    members = [roster[key] for key in team.members if key in roster]
    told = roster.get(team.manager or "") or roster.get(directory.organisation.account_owner or "")
    line = directory.staff_line
    if told is None or line is None or not is_left_alone(members, now):
        return None
    returns_at = next_return([(agent, directory.schedule_of(agent.key)) for agent in members], now)
    today = to_local(now, directory.organisation.time_zone).date()
    body = nobody_on_duty(team.name, returns_at, Clock(now, directory.schedule_of(told.key).time_zone))
    return SendText(told.phone, line, body, f"nobody_on_duty/{team.key}/{today.isoformat()}", agent_id=told.id)
