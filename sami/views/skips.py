"""Which agents did not ring, and which gate kept each from it."""

from collections.abc import Iterable

from sami.domain.language.trace import Finding, Reason
from sami.views.call_story import Skip
from sami.views.stored_decisions import StoredDecision

# Findings about an agent, as against a stage, a phone or the whole group.
AGENT_REASONS = frozenset(
    {
        Reason.INACTIVE,
        Reason.UNVERIFIED,
        Reason.CALLS_OFF,
        Reason.OUT_OF_OFFICE,
        Reason.OUTSIDE_HOURS,
        Reason.ON_CALL,
        Reason.RESERVED,
        Reason.RESTING,
        Reason.OPTED_OUT,
        Reason.LACKS_SKILL,
        Reason.ALREADY_TRIED,
        Reason.MAX_RING,
    }
)


def skips_of(decisions: Iterable[StoredDecision], rung: frozenset[str]) -> tuple[Skip, ...]:
    """Each agent and gate once, as first seen."""
    first: dict[tuple[str, Reason], Skip] = {}
    for decision in decisions:
        for found in refusals(decision, rung):
            first.setdefault((found.subject, found.reason), Skip(found.subject, found.reason, found.detail))
    return tuple(first.values())


def refusals(decision: StoredDecision, rung: frozenset[str]) -> tuple[Finding, ...]:
    """What kept agents from ringing in one decision.

    Of those whose phone was rung before nothing is said: that they now rest, or were tried, is this call's own doing.
    """
    if decision.kind != "transfer":
        return ()
    failed = [f for f in decision.decision.trace if not f.passed and f.reason in AGENT_REASONS]
    tried = {f.subject for f in failed if f.reason is Reason.ALREADY_TRIED} & rung
    return tuple(f for f in failed if f.subject not in tried)


def is_last_word(decision: StoredDecision) -> bool:
    """Whether nobody is left at all, not merely nobody who could join the owner who rings."""
    return any(found.reason is Reason.ENDING for found in decision.decision.trace)
