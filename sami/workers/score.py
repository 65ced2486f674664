"""How many points does the policy give this lead, and for what?"""

from sami.domain.assignment.scoring import describe_score, score_inquiry
from sami.workers.contracts import StepInput, StepOutput


def score(step: StepInput) -> StepOutput:
    """Nothing, and no zero, where the policy names no points."""
    if not step.policy.score:
        return StepOutput({}, ("The policy names no points.",))
    judged = score_inquiry(step.policy.score, step.inquiry, step.facts.at, step.facts.time_zone)
    return StepOutput({"score": judged.total}, describe_score(judged), judged.known)
