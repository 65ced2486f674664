"""One decision in words: who was chosen, and who was passed by and why."""

from collections.abc import Iterator
from itertools import groupby

from sami.domain.assignment.owner import Assignment
from sami.domain.calls.refused_agents import AGENT_REASONS
from sami.domain.calls.routing import NobodyLeft, Ring, Stage, Way
from sami.domain.language.trace import SENTENCES, Finding, Reason
from sami.views.phrases import Phrases
from sami.views.skips import is_last_word, refusals
from sami.views.stored_decisions import StoredDecision


def choice_words(decision: StoredDecision, words: Phrases) -> str:
    match decision.decision.chosen:
        case Assignment() as assigned:
            if assigned.owner is None:
                return f"The lead has no owner: {assigned.unowned_reason}."
            return f"The lead got an owner: {words.name(assigned.owner)}, {_way(decision)}."
        case NobodyLeft() if is_last_word(decision):
            return "Nobody was left to ring: voicemail."
        case NobodyLeft():
            return "Nobody could join while the owner rang."
        case Ring() as ring:
            return f"{_stage_words(ring, decision, words)}, for up to {ring.ring_s} s."


def _way(decision: StoredDecision) -> str:
    """How the owner was chosen of those who might have been."""
    seen = next((found.detail for found in decision.decision.trace if found.reason is Reason.CHOSEN), "")
    return "next in turn" if seen in ("", "round robin") else seen


def _stage_words(ring: Ring, decision: StoredDecision, words: Phrases) -> str:
    first = ring.candidates[0]
    name = words.candidate(first)
    match ring.stage:
        case Stage.ASKER:
            return f"Who asked for the call: {name}"
        case Stage.NUMBER:
            return f"Always to one number: {name}"
        case Stage.OWNER if any(f.reason is Reason.COVERS for f in decision.decision.trace):
            return f"Owner: {name}, who covers"
        case Stage.OWNER:
            return f"Owner: {name}"
        case Stage.STICKY:
            return f"Spoke with the caller last: {name}"
        case Stage.FALLBACK:
            return f"Fallback: {name}"
        case Stage.GROUP:
            one_by_one = ring.way is Way.DIAL and len(ring.candidates) == 1
            how = "Group, one phone at a time" if one_by_one else "Group, longest idle first"
            return f"{how}: {', '.join(map(words.candidate, ring.candidates))}"


def refusal_words(
    decision: StoredDecision, rung: frozenset[str], told: set[tuple[str, Reason]], words: Phrases
) -> Iterator[str]:
    """What this decision refused and none in `told` did, which grows by it: each subject with every gate's no."""
    if decision.kind == "assignment":
        yield from _not_given(decision, words)
        return
    others = [f for f in decision.decision.trace if not f.passed and f.reason not in AGENT_REASONS]
    for _, findings in groupby((*refusals(decision, rung), *others), key=lambda found: found.subject):
        news = {f.reason: f for f in findings if (f.subject, f.reason) not in told}
        told |= {(f.subject, f.reason) for f in news.values()}
        if news:
            yield _refused(tuple(news.values()), words)


def _not_given(decision: StoredDecision, words: Phrases) -> Iterator[str]:
    failed = [f for f in decision.decision.trace if not f.passed]
    waiting = [words.name(f.subject) for f in failed if f.reason is Reason.NOT_THEIR_TURN]
    if waiting:
        yield f"Not next in turn: {', '.join(waiting)}."
    yield from (_refused((f,), words) for f in failed if f.reason is not Reason.NOT_THEIR_TURN)


def _refused(findings: tuple[Finding, ...], words: Phrases) -> str:
    reason, subject = findings[0].reason, findings[0].subject
    if reason in _WHOLE_SENTENCES:
        sentence = SENTENCES[reason]
        return f"{sentence[0].upper()}{sentence[1:]}."
    said = " and ".join(f"{SENTENCES[f.reason]}{words.detail(f)}" for f in findings)
    not_rung = "Not rung: " if reason in AGENT_REASONS else ""
    return f"{not_rung}{words.subject(subject)} {said}."


# Sentences about everybody, which need no subject.
_WHOLE_SENTENCES = frozenset({Reason.NO_OWNER, Reason.EMPTY_POOL, Reason.NO_REST})
