"""When what we promise a caller will come true, and how that is said to them (R23)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sami.domain.agents.gates import AgentFacts
from sami.domain.language.hours import clock_time, to_local

SHORTLY = timedelta(hours=1)
_DAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def promised_time(at: datetime, now: datetime, zone: str, *, spanish: bool = False) -> str:
    """ "shortly" only where it is within the hour; else the day and the time, on the business's own clock."""
    if at - now <= SHORTLY:
        return "en breve" if spanish else "shortly"
    return _in_spanish(at, now, zone) if spanish else _in_english(at, now, zone)


def staffed_at(agents: Iterable[AgentFacts], now: datetime) -> datetime | None:
    """When the first of these may ring again, as far as is known; None where nobody ever does.

    Who is off without an end may be back at any moment: that counts where nothing is known of anybody else.
    """
    able = [agent for agent in agents if _ever_rings(agent)]
    known = [_back_at(agent, now) for agent in able if agent.calls_on or agent.off_until is not None]
    return min(known) if known else now if able else None


def _ever_rings(agent: AgentFacts) -> bool:
    is_there = agent.active and agent.verified and not agent.opted_out and agent.away_through is None
    return is_there and (agent.open_now or agent.opens_at is not None)


def _back_at(agent: AgentFacts, now: datetime) -> datetime:
    opens_at = now if agent.open_now or agent.opens_at is None else agent.opens_at
    off_until = now if agent.calls_on or agent.off_until is None else agent.off_until
    return max(now, opens_at, off_until)


def _in_english(at: datetime, now: datetime, zone: str) -> str:
    local, days = to_local(at, zone), _days_between(at, now, zone)
    clock = clock_time(local)
    if days < 2:
        return f"{'today' if days == 0 else 'tomorrow'} at {clock}"
    return f"on {local:%A} at {clock}" if days < 7 else f"on {local:%A, %B} {local.day}, at {clock}"


def _in_spanish(at: datetime, now: datetime, zone: str) -> str:
    local, days = to_local(at, zone), _days_between(at, now, zone)
    clock = f"a la{'' if local.hour == 1 else 's'} {local.hour}:{local:%M}"
    if days < 2:
        return f"{'hoy' if days == 0 else 'mañana'} {clock}"
    day = f"el {_DAYS_ES[local.weekday()]}"
    return f"{day} {clock}" if days < 7 else f"{day} {local.day} de {_MONTHS_ES[local.month - 1]} {clock}"


def _days_between(at: datetime, now: datetime, zone: str) -> int:
    return (to_local(at, zone).date() - to_local(now, zone).date()).days
