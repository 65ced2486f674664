"""How many points does the policy give this lead, and for what?"""

from sami.domain.assignment.scoring import score_inquiry, tell_score
from sami.workers.contracts import StepInput, StepOutput


def score(asked: StepInput) -> StepOutput:
    """Nothing, and no zero, where the policy names no points."""
    if not asked.policy.score:
        return StepOutput({}, ("The policy names no points.",))
    judged = score_inquiry(asked.policy.score, asked.inquiry, asked.facts.at, asked.facts.time_zone)
    return StepOutput({"score": judged.total}, tell_score(judged), judged.known)
