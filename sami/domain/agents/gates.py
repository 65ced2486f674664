"""May this agent's phone ring now? Every gate runs, because people ask "why not me?" and want all the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sami.domain.language.phone import E164
from sami.domain.language.trace import Finding, Reason


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """An agent at one instant. `calls_on` already counts an off that has ended; dates are local to the agent."""

    id: int
    key: str
    name: str
    phone: E164
    active: bool = True
    verified: bool = True
    calls_on: bool = True
    off_until: datetime | None = None
    leads_on: bool = True
    open_now: bool = True
    opens_at: datetime | None = None
    away_through: date | None = None
    cover: str | None = None
    resting_until: datetime | None = None
    resting_why: str | None = None
    reserved_until: datetime | None = None
    bridged: bool = False
    calling: bool = False
    opted_out: bool = False
    skills: tuple[str, ...] = ()
    screening: bool = True
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RingRequest:
    """What this ring asks of an agent."""

    at: datetime
    skill: str | None = None
    tried: tuple[str, ...] = ()


Gate = Callable[[AgentFacts, RingRequest], Finding]


def _finding(agent: AgentFacts, passed: bool, reason: Reason, detail: str = "") -> Finding:
    return Finding(agent.key, True, Reason.PASSED) if passed else Finding(agent.key, False, reason, detail)


def _until(at: datetime | None) -> str:
    return "" if at is None else f"until {at.isoformat()}"


def is_active(agent: AgentFacts, request: RingRequest) -> Finding:
    return _finding(agent, agent.active, Reason.INACTIVE)


def has_verified_phone(agent: AgentFacts, request: RingRequest) -> Finding:
    return _finding(agent, agent.verified, Reason.UNVERIFIED)


def is_switched_on(agent: AgentFacts, request: RingRequest) -> Finding:
    return _finding(agent, agent.calls_on, Reason.CALLS_OFF, _until(agent.off_until))


def is_in_office(agent: AgentFacts, request: RingRequest) -> Finding:
    away = agent.away_through
    return _finding(agent, away is None, Reason.OUT_OF_OFFICE, "" if away is None else f"through {away.isoformat()}")


def is_inside_hours(agent: AgentFacts, request: RingRequest) -> Finding:
    detail = "never opens" if agent.opens_at is None else f"opens {agent.opens_at.isoformat()}"
    return _finding(agent, agent.open_now, Reason.OUTSIDE_HOURS, detail)


def is_off_the_phone(agent: AgentFacts, request: RingRequest) -> Finding:
    if agent.calling:
        return _finding(agent, False, Reason.ON_CALL, "is the caller")
    busy = agent.bridged and _lasts(agent.reserved_until, request.at)
    return _finding(agent, not busy, Reason.ON_CALL)


def is_unreserved(agent: AgentFacts, request: RingRequest) -> Finding:
    offered = not agent.bridged and _lasts(agent.reserved_until, request.at)
    return _finding(agent, not offered, Reason.RESERVED, _until(agent.reserved_until))


def is_rested(agent: AgentFacts, request: RingRequest) -> Finding:
    resting = _lasts(agent.resting_until, request.at)
    return _finding(agent, not resting, Reason.RESTING, f"{agent.resting_why} {_until(agent.resting_until)}")


def may_be_contacted(agent: AgentFacts, request: RingRequest) -> Finding:
    return _finding(agent, not agent.opted_out, Reason.OPTED_OUT)


def has_the_skill(agent: AgentFacts, request: RingRequest) -> Finding:
    missing = request.skill is not None and request.skill not in agent.skills
    return _finding(agent, not missing, Reason.LACKS_SKILL, request.skill or "")


def is_untried(agent: AgentFacts, request: RingRequest) -> Finding:
    return _finding(agent, agent.key not in request.tried, Reason.ALREADY_TRIED)


GATES: tuple[Gate, ...] = (
    is_active,
    has_verified_phone,
    is_switched_on,
    is_in_office,
    is_inside_hours,
    is_off_the_phone,
    is_unreserved,
    is_rested,
    may_be_contacted,
    has_the_skill,
    is_untried,
)


GATES_OF_WHO_ASKED: tuple[Gate, ...] = (is_active, is_off_the_phone, is_unreserved, is_untried)
"""The gates of an agent who asked to be rung now: hours and switches are about what others want of them."""


def assess(agent: AgentFacts, request: RingRequest, gates: tuple[Gate, ...] = GATES) -> tuple[Finding, ...]:
    """The findings of the gates that refused; empty when the phone may ring."""
    findings = (gate(agent, request) for gate in gates)
    return tuple(finding for finding in findings if not finding.passed)


def _lasts(until: datetime | None, at: datetime) -> bool:
    return until is not None and until > at
