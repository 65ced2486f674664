"""Was a lead answered in time? The clock runs from intake to the first response, whoever owns the lead meanwhile."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sami.domain.assignment.policy import FirstResponse, Policy
from sami.domain.leads.stages import SlaState

ESCALATES_ON = "sla_breached"
"""The name under which a policy's `reassign_on` runs it again for a lead that nobody answered."""


@dataclass(frozen=True, slots=True)
class SlaClock:
    """What is stored of it. `state` None: no clock was ever started for the lead."""

    state: SlaState | None
    started_at: datetime
    due_at: datetime | None = None
    responded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlaReading:
    """The clock at one instant. `took_s`: until the response; `overrun_s`: how far past the target, and still counting
    while nobody responded.
    """

    state: SlaState
    due_at: datetime
    took_s: int | None = None
    overrun_s: int | None = None


def target_of(policy: Policy | None, source: str) -> timedelta:
    """How long the first response may take for a lead of this source, whose case does not matter."""
    wanted = FirstResponse() if policy is None else policy.sla
    minutes = {name.casefold(): minutes for name, minutes in wanted.sources.items()}
    return timedelta(minutes=minutes.get(source.casefold(), wanted.minutes))


def sla_due_at(policy: Policy | None, source: str, at: datetime) -> datetime:
    """The instant by which a lead that arrives now has to be answered."""
    return at + target_of(policy, source)


def counts_working_hours(policy: Policy | None) -> bool:
    return policy is not None and policy.sla.counts == "working_hours"


def state_after_response(due_at: datetime, at: datetime) -> SlaState:
    """The very instant of the target is still in time."""
    return SlaState.MET if at <= due_at else SlaState.BREACHED


def read_clock(clock: SlaClock, now: datetime) -> SlaReading | None:
    """Breached from the instant on, also where nobody has looked since; None where no clock runs."""
    if clock.state is None or clock.due_at is None:
        return None
    if clock.state is SlaState.ENDED:
        return SlaReading(SlaState.ENDED, clock.due_at)
    took_s = None if clock.responded_at is None else _seconds(clock.started_at, clock.responded_at)
    ended_at = clock.responded_at or now
    state = state_after_response(clock.due_at, ended_at)
    if clock.responded_at is None and state is SlaState.MET:
        return SlaReading(SlaState.ACTIVE, clock.due_at)
    overrun_s = _seconds(clock.due_at, ended_at) if state is SlaState.BREACHED else None
    return SlaReading(state, clock.due_at, took_s, overrun_s)


def escalates(policy: Policy | None) -> bool:
    """Whether a breach runs the policy again."""
    return policy is not None and (policy.sla.escalate or ESCALATES_ON in policy.reassign_on)


def _seconds(begin: datetime, end: datetime) -> int:
    return round((end - begin).total_seconds())
