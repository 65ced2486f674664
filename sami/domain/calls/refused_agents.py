"""Which agents did a decision about a call not ring, and which gates kept them from it?"""

from collections.abc import Collection

from sami.domain.language.trace import Finding, Reason

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
"""Findings about an agent, as against a stage, a phone or the whole group."""
GATES_OF_CALLS = AGENT_REASONS - {Reason.ALREADY_TRIED}
"""By which a call can be found."""


def refused_agents(trace: Collection[Finding], rung: Collection[str]) -> tuple[Finding, ...]:
    """Of those who were rung before nothing is said: that they now rest, or were tried, is the call's own doing."""
    failed = [found for found in trace if not found.passed and found.reason in AGENT_REASONS]
    tried = {found.subject for found in failed if found.reason is Reason.ALREADY_TRIED}.intersection(rung)
    return tuple(found for found in failed if found.subject not in tried)
