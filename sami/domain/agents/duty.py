"""Is anybody of a team left on duty, and if not, who comes back when?"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sami.domain.agents.gates import AgentFacts
from sami.domain.agents.switches import Rest
from sami.domain.language.hours import Schedule, end_of_day, next_opening, opening_on, to_local
from sami.domain.language.when import TODAY, read_day, read_when

OFF_MAX = timedelta(days=366)


def is_on_duty(agent: AgentFacts, at: datetime) -> bool:
    """Short rests and calls are part of duty; a pause, an off and an absence are not."""
    return agent.calls_on and not agent.opted_out and _should_work(agent) and not _is_paused(agent, at)


def is_left_alone(team: Iterable[AgentFacts], at: datetime) -> bool:
    """Nobody is on duty though somebody should be: a night alone is no news, nor is an agent who never rings."""
    members = tuple(agent for agent in team if agent.active and agent.verified)
    return not any(is_on_duty(agent, at) for agent in members) and any(
        _should_work(agent) and _switched_away(agent, at) for agent in members
    )


def next_return(team: Sequence[tuple[AgentFacts, Schedule]], at: datetime) -> datetime | None:
    """When the first of them may ring again by itself; None where that takes a text or an admin."""
    returns = (_returns_at(agent, schedule, at) for agent, schedule in team if agent.active and agent.verified)
    return min((instant for instant in returns if instant is not None), default=None)


def may_be_woken_at(agent: AgentFacts, schedule: Schedule, at: datetime) -> datetime:
    """From when on they may be told what is urgent: at once on duty, else as their hours begin again.

    Who takes no calls at all, as managers do, is on duty inside their hours; without hours, always.
    """
    off_until = None if agent.calls_on else agent.off_until
    ends = [end for end in (off_until, away_until(agent, schedule)) if end is not None and end > at]
    begins = max(ends, default=at)
    return next_opening(schedule, begins) or begins


def away_until(agent: AgentFacts, schedule: Schedule) -> datetime | None:
    """The end of an out-of-office that covers this moment: midnight after its last day."""
    if agent.away_through is None:
        return None
    return end_of_day(agent.away_through, schedule.time_zone)


def read_off_until(words: str, schedule: Schedule, at: datetime) -> datetime | None:
    """When an OFF TIL ends: a bare day means its first opening. None: no time of the year to come."""
    today = to_local(at, schedule.time_zone).date()
    day = today + timedelta(days=1) if words == TODAY else read_day(words, schedule.time_zone, at)
    until = read_when(words, schedule.time_zone, at) if day is None else opening_on(schedule, day)
    if day is not None and until is not None and until <= at:  # Today's; a weekday is that of next week then.
        until = opening_on(schedule, day + timedelta(days=7))
    return until if until is not None and until <= at + OFF_MAX else None


def _should_work(agent: AgentFacts) -> bool:
    return agent.open_now and agent.away_through is None


def _switched_away(agent: AgentFacts, at: datetime) -> bool:
    return agent.opted_out or _is_paused(agent, at) or (not agent.calls_on and agent.off_until is not None)


def _is_paused(agent: AgentFacts, at: datetime) -> bool:
    return agent.resting_why == Rest.PAUSED and agent.resting_until is not None and at < agent.resting_until


def _returns_at(agent: AgentFacts, schedule: Schedule, at: datetime) -> datetime | None:
    if agent.opted_out or (not agent.calls_on and agent.off_until is None):
        return None
    ends = (agent.off_until, agent.resting_until, away_until(agent, schedule))
    return next_opening(schedule, max((end for end in ends if end is not None and end > at), default=at))
