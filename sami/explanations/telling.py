"""A call's story in words: what happened when, who was rung, who was not and why, as a manager would explain it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sami.domain.assignment import Assignment
from sami.domain.call_flow import CallState
from sami.domain.outcomes import Outcome
from sami.domain.routing import NobodyLeft, Ring, Stage, Way
from sami.domain.trace import SENTENCES, Finding, Reason
from sami.explanations.decisions import StoredDecision
from sami.explanations.phrases import Phrases, seconds
from sami.explanations.rings import ring_words
from sami.explanations.skips import AGENT_REASONS, is_last_word, refusals
from sami.explanations.story import CallStory, RungPhone


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened at an instant, and what is to be said of it. `clock` is the organisation's."""

    at: datetime
    clock: str
    said: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    headline: str
    result: str
    moments: tuple[Moment, ...]
    tasks: tuple[str, ...]
    texts: tuple[str, ...]


_Said = tuple[datetime, str, tuple[str, ...]]


def tell(story: CallStory) -> Telling:
    words = Phrases(story)
    return Telling(
        headline=_headline(story, words),
        result=_result(story, words),
        moments=tuple(_moments(story, words)),
        tasks=tuple(_tasks(story, words)),
        texts=tuple(_texts(story, words)),
    )


def _headline(story: CallStory, words: Phrases) -> str:
    line = f"{story.line_name} ({story.line})" if story.line_name else story.line
    return f"{words.caller} called {line} on {words.date(story.arrived_at)} at {words.time(story.arrived_at)}."


def _result(story: CallStory, words: Phrases) -> str:
    waited = "" if story.wait_s is None else f" after {seconds(story.wait_s)}"
    match story.outcome:
        case None:
            return f"No outcome{' yet' if story.transfer_at else ''}: {_state(story)}."
        case Outcome.SUCCESSFUL_TRANSFER:
            taker = next((a for a in story.attempts if a.joined_at is not None), None)
            return f"Successful transfer: {words.phone(taker) if taker else 'a person'} took the call{waited}."
        case Outcome.MISSED_TRANSFER if story.abandoned:
            return f"Missed transfer: the caller hung up{waited} while phones rang."
        case Outcome.MISSED_TRANSFER:
            return f"Missed transfer: nobody took the call{f', given up{waited}' if waited else ''}."
        case outcome:
            return f"{str(outcome).replace('_', ' ').capitalize()}, as the caller chose."


def _state(story: CallStory) -> str:
    if story.state is CallState.ENDED and story.transfer_at is not None:
        return "the call ended, and how is not known"
    return _STATES[story.state]


_STATES = {
    CallState.MENU: "the caller is in the menu",
    CallState.ASKING: "the caller is being asked questions",
    CallState.RINGING: "a phone is ringing or talking",
    CallState.QUEUED: "the caller waits while phones ring",
    CallState.MESSAGE: "the caller may leave a message",
    CallState.ENDED: "the call ended before a person was wanted",
}


def _moments(story: CallStory, words: Phrases) -> Iterator[Moment]:
    """In the order of time; of one instant, what was decided before what came of it."""
    moments = (*_beginning(story), *_choices(story, words), *_consequences(story, words))
    for at, said, details in sorted(moments, key=lambda moment: moment[0]):
        yield Moment(at, words.time(at), said, details)


def _beginning(story: CallStory) -> Iterator[_Said]:
    if story.safety_net:
        yield story.arrived_at, "The safety net answered, because SAMI itself could not.", ()
    if story.wish is not None:
        yield story.transfer_at or story.arrived_at, f"The caller chose: {story.wish}.", ()


def _choices(story: CallStory, words: Phrases) -> Iterator[_Said]:
    """Each decision with whom it passed by, and how the phones fared that it rang."""
    told: set[tuple[str, Reason]] = set()
    rung = frozenset(attempt.agent for attempt in story.attempts if attempt.agent)
    for decision in story.decisions:
        passed_by = tuple(_not_told(decision, rung, told, words))
        rings = tuple(ring_words(attempt, words) for attempt in _rung_by(decision, story.attempts))
        yield decision.at, _choice_words(decision, words), (*passed_by, *rings)


def _consequences(story: CallStory, words: Phrases) -> Iterator[_Said]:
    for change in story.owner_changes:
        new = "nobody" if change.to is None else words.name(change.to)
        yield change.at, f"The lead went to {new}: {change.why.replace('_', ' ')}.", ()
    if story.recording_url is not None:
        yield story.ended_at or story.arrived_at, f"The caller left a message: {story.recording_url}", ()
    if story.ended_at is not None:
        yield story.ended_at, "The call ended.", ()


def _rung_by(decision: StoredDecision, attempts: Iterable[RungPhone]) -> Iterator[RungPhone]:
    chosen = decision.decision.chosen
    phones = {c.phone for c in chosen.candidates} if isinstance(chosen, Ring) else set()
    return (a for a in attempts if a.offered_at == decision.at and a.phone in phones)


def _choice_words(decision: StoredDecision, words: Phrases) -> str:
    match decision.decision.chosen:
        case Assignment() as assigned:
            if assigned.owner is None:
                return f"The lead has no owner: {assigned.unowned_reason}."
            return f"The lead got an owner: {words.name(assigned.owner)}, next in turn."
        case NobodyLeft() if is_last_word(decision):
            return "Nobody was left to ring: voicemail."
        case NobodyLeft():
            return "Nobody could join while the owner rang."
        case Ring() as ring:
            return f"{_stage_words(ring, decision, words)}, for up to {ring.ring_s} s."


def _stage_words(ring: Ring, decision: StoredDecision, words: Phrases) -> str:
    first = ring.candidates[0]
    name = words.candidate(first)
    match ring.stage:
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
            how = "longest idle of the group first" if one_by_one else "Group, longest idle first"
            names = ", ".join(map(words.candidate, ring.candidates))
            return f"{how[0].upper()}{how[1:]}: {names}"


def _not_told(
    decision: StoredDecision, rung: frozenset[str], told: set[tuple[str, Reason]], words: Phrases
) -> Iterator[str]:
    """What this decision refused and no earlier one did: an agent on one line, with every gate that said no."""
    if decision.kind == "assignment":
        return _not_given(decision, words)
    about_agents = refusals(decision, rung)
    others = tuple(f for f in decision.decision.trace if not f.passed and f.reason not in AGENT_REASONS)
    news = {(f.subject, f.reason): f for f in reversed((*about_agents, *others))}
    fresh = [f for seen, f in reversed(news.items()) if seen not in told]
    told |= news.keys()
    return (_refused(tuple(findings), words) for _, findings in groupby(fresh, key=lambda f: f.subject))


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
    return (
        f"Not rung: {words.subject(subject)} {said}."
        if reason in AGENT_REASONS
        else f"{words.subject(subject)} {said}."
    )


# Sentences about everybody, which need no subject.
_WHOLE_SENTENCES = frozenset({Reason.NO_OWNER, Reason.EMPTY_POOL, Reason.NO_REST})


def _tasks(story: CallStory, words: Phrases) -> Iterator[str]:
    for task in story.tasks:
        owner = "the admins' queue" if task.owner is None else words.name(task.owner)
        yield f"{task.title}: {owner}, due {words.day_and_time(task.due_at)}, {task.state}."


def _texts(story: CallStory, words: Phrases) -> Iterator[str]:
    for text in story.texts:
        state = text.delivery or _TEXT_STATES.get(text.state, text.state)
        yield f"To {words.addressee(text)} ({state}{f': {text.error}' if text.error else ''}): {text.body}"


_TEXT_STATES = {"pending": "not sent yet", "sending": "being sent", "unknown": "perhaps sent"}
