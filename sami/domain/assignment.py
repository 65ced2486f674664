"""Who owns a new lead, and whose turn it is: smooth weighted round robin, interleaved, nobody made up for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.domain.gates import AgentFacts
from sami.domain.trace import Decision, Finding, Reason


@dataclass(frozen=True, slots=True)
class AssignmentInputs:
    """`credits` is each agent's credit in the pool before this turn; `weights` default to one each."""

    at: datetime
    pool: str
    agents: tuple[AgentFacts, ...]
    credits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The owner, or none with the reason. `credits` are the pool's credits after the turn, only of who had one."""

    owner: str | None
    unowned_reason: str | None
    credits: Mapping[str, int]


def assign_owner(inputs: AssignmentInputs) -> Decision[Assignment]:
    """Equal weights over active agents who take leads; nobody eligible means the pond."""
    findings = tuple(_may_own(agent) for agent in inputs.agents)
    eligible = [agent.key for agent, finding in zip(inputs.agents, findings, strict=True) if finding.passed]
    if not eligible:
        return Decision(Assignment(None, "nobody takes leads now", {}), findings)
    owner, after = next_turn(eligible, {}, inputs.credits)
    findings = tuple(
        Finding(f.subject, False, Reason.NOT_THEIR_TURN) if f.passed and f.subject != owner else f for f in findings
    )
    return Decision(Assignment(owner, None, after), (*findings, Finding(owner, True, Reason.CHOSEN, "round robin")))


def next_turn(
    eligible: list[str], weights: Mapping[str, int], credits: Mapping[str, int]
) -> tuple[str, Mapping[str, int]]:
    """Every eligible agent gains their weight, the highest credit wins (ties by key) and loses the sum of the weights.

    The absent neither gain nor lose, so that who comes back gets their normal share.
    """
    weight = {key: weights.get(key, 1) for key in eligible}
    after = {key: credits.get(key, 0) + weight[key] for key in eligible}
    winner = min(after, key=lambda key: (-after[key], key))
    after[winner] -= sum(weight.values())
    return winner, after


def _may_own(agent: AgentFacts) -> Finding:
    if not agent.active:
        return Finding(agent.key, False, Reason.INACTIVE)
    if not agent.leads_on:
        return Finding(agent.key, False, Reason.LEADS_OFF)
    if agent.away_through is not None:
        return Finding(agent.key, False, Reason.OUT_OF_OFFICE, f"through {agent.away_through.isoformat()}")
    return Finding(agent.key, True, Reason.PASSED)
