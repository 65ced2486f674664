"""Which agents did not ring, and which gate kept each from it."""

from collections.abc import Iterable

from sami.domain.calls.refused_agents import refused_agents
from sami.domain.language.trace import Finding, Reason
from sami.views.call_story import Skip
from sami.views.stored_decisions import StoredDecision


def skips_of(decisions: Iterable[StoredDecision], rung: frozenset[str]) -> tuple[Skip, ...]:
    """Each agent and gate once, as first seen."""
    first: dict[tuple[str, Reason], Skip] = {}
    for decision in decisions:
        for found in refusals(decision, rung):
            first.setdefault((found.subject, found.reason), Skip(found.subject, found.reason, found.detail))
    return tuple(first.values())


def refusals(decision: StoredDecision, rung: frozenset[str]) -> tuple[Finding, ...]:
    """What kept agents from ringing in one decision."""
    return refused_agents(decision.decision.trace, rung) if decision.kind == "transfer" else ()


def is_last_word(decision: StoredDecision) -> bool:
    """Whether nobody is left at all, not merely nobody who could join the owner who rings."""
    return any(found.reason is Reason.ENDING for found in decision.decision.trace)
