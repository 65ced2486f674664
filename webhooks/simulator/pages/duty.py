"""May this agent's phone ring now, until when, and what are their hours today? In words for a card on a page."""

from dataclasses import dataclass

from sami.domain.agents.gates import AgentFacts, RingRequest, assess
from sami.domain.language.hours import Schedule, next_closing
from sami.domain.language.local_time import Clock
from sami.domain.language.trace import SENTENCES, Finding, Reason

BUSY = frozenset({Reason.ON_CALL, Reason.RESERVED})


@dataclass(frozen=True, slots=True)
class Duty:
    """`state` is one of on, busy, resting, off."""

    state: str
    words: str
    hours: str


def duty_of(agent: AgentFacts, schedule: Schedule, clock: Clock) -> Duty:
    refused = assess(agent, RingRequest(clock.now))
    return Duty(_state(refused), _words(agent, refused, schedule, clock), schedule.hours or "Always")


def _state(refused: tuple[Finding, ...]) -> str:
    reasons = {finding.reason for finding in refused}
    if not reasons:
        return "on"
    if reasons <= BUSY:
        return "busy"
    return "resting" if reasons <= {*BUSY, Reason.RESTING} else "off"


def _words(agent: AgentFacts, refused: tuple[Finding, ...], schedule: Schedule, clock: Clock) -> str:
    if not refused:
        closes_at = next_closing(schedule, clock.now)
        return "Until texted OFF" if closes_at is None else f"Until {clock.say(closes_at)}"
    said = " and ".join(_sentence(finding.reason) + _end(agent, finding.reason, clock) for finding in refused)
    return said[0].upper() + said[1:]


def _sentence(reason: Reason) -> str:
    return "is being offered a call" if reason is Reason.RESERVED else SENTENCES[reason]


def _end(agent: AgentFacts, reason: Reason, clock: Clock) -> str:
    match reason:
        case Reason.CALLS_OFF:
            return f" until {clock.say(agent.off_until)}" if agent.off_until else " until ON is texted"
        case Reason.OUTSIDE_HOURS if agent.opens_at is not None:
            return f", opens {clock.say(agent.opens_at)}"
        case Reason.RESTING if agent.resting_until is not None:
            why = (agent.resting_why or "").replace("_", " ")
            return f"{f' ({why})' if why else ''} until {clock.say(agent.resting_until)}"
        case _:
            return ""
