"""A call's story in words: what happened when, who was rung, who was not and why, as a manager would explain it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sami.domain.calls.outbound_calls import OutboundResult, said_of
from sami.domain.calls.routing import Ring
from sami.domain.calls.states import CallState
from sami.domain.language.durations import format_seconds
from sami.domain.language.trace import Reason
from sami.domain.leads.outcome import Outcome
from sami.views.call_story import CallStory, PlacedAs, RungPhone
from sami.views.decision_words import choice_words, refusal_words
from sami.views.phrases import Phrases
from sami.views.rings import ring_words
from sami.views.stored_decisions import StoredDecision


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened at an instant, and what is to be said of it. `clock` is the organisation's."""

    at: datetime
    clock: str
    said: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallDescription:
    headline: str
    result: str
    moments: tuple[Moment, ...]
    tasks: tuple[str, ...]
    texts: tuple[str, ...]
    cadences: tuple[str, ...] = ()


_Said = tuple[datetime, str, tuple[str, ...]]


def describe_call(story: CallStory) -> CallDescription:
    words = Phrases(story)
    return CallDescription(
        headline=_headline(story, words),
        result=_result(story, words),
        moments=tuple(_moments(story, words)),
        tasks=tuple(_tasks(story, words)),
        texts=tuple(_texts(story, words)),
        cadences=tuple(f"{key} was cancelled: nothing more of it is sent." for key in story.cadences_cancelled),
    )


def _headline(story: CallStory, words: Phrases) -> str:
    line = f"{story.line_name} ({story.line})" if story.line_name else story.line
    if story.placed is not None:
        who = "We called" if not story.placed.agent_first else "An agent was to call back"
        if story.placed.asked_by is not None:
            who = f"{words.name(story.placed.asked_by)} asked to call"
        at = f"{words.date(story.arrived_at)} at {words.time(story.arrived_at)}"
        asked = "" if story.placed.of_call is None else f", as asked in call {story.placed.of_call}"
        return f"{who} {words.caller} from {line} on {at}{asked}."
    return f"{words.caller} called {line} on {words.date(story.arrived_at)} at {words.time(story.arrived_at)}."


def _result(story: CallStory, words: Phrases) -> str:
    waited = "" if story.wait_s is None else f" after {format_seconds(story.wait_s)}"
    match story.outcome:
        case None if story.blocked is not None:
            return f"Turned away: this caller is blocked ({story.blocked})."
        case None if story.placed is not None and story.transfer_at is None:
            return _placed_result(story, story.placed)
        case None:
            return f"No outcome{' yet' if story.transfer_at else ''}: {_state(story)}."
        case Outcome.SUCCESSFUL_TRANSFER:
            taker = next((a for a in story.attempts if a.joined_at is not None), None)
            if story.placed is not None and story.placed.agent_first:
                back = " back" if story.placed.asked_by is None else ""
                return f"Successful transfer: {words.phone(taker) if taker else 'a person'} called them{back}{waited}."
            return f"Successful transfer: {words.phone(taker) if taker else 'a person'} took the call{waited}."
        case Outcome.MISSED_TRANSFER if story.abandoned:
            return f"Missed transfer: the caller hung up{waited} while phones rang."
        case Outcome.MISSED_TRANSFER:
            return f"Missed transfer: nobody took the call{f', given up{waited}' if waited else ''}."
        case outcome:
            reporter = next((report.by for report in reversed(story.reports) if report.outcome is outcome), None)
            chosen = "as the caller chose" if reporter is None else f"as {words.reporter(reporter)} reported"
            return f"{_spoken(outcome)}, {chosen}."


def _placed_result(story: CallStory, placed: PlacedAs) -> str:
    """What came of an outbound call in which nobody was transferred."""
    if placed.result is None:
        return f"No outcome yet: {_state(story)}."
    if placed.result is OutboundResult.PERSON:
        return "No outcome: they answered, and asked for nobody."
    return f"No outcome. {said_of(placed.result, placed.why)}."


def _spoken(outcome: Outcome) -> str:
    return str(outcome).replace("_", " ").capitalize()


def _state(story: CallStory) -> str:
    if story.state is CallState.ENDED and story.transfer_at is not None:
        return "the call ended, and how is not known"
    if story.is_talking:
        return "somebody took the call and is talking"
    return _standing(story.state)


def _standing(state: CallState) -> str:
    match state:
        case CallState.MENU:
            return "the caller is in the menu"
        case CallState.ASKING:
            return "the caller is being asked questions"
        case CallState.RINGING:
            return "a phone is ringing"
        case CallState.QUEUED:
            return "the caller waits while phones ring"
        case CallState.MESSAGE:
            return "the caller may leave a message"
        case CallState.CALLING_BACK:
            return "agents are asked to call back"
        case CallState.SAFETY_NET:
            return "the safety net has the call"
        case CallState.ENDED:
            return "the call ended before a person was wanted"
        case _:
            assert_never(state)


def _moments(story: CallStory, words: Phrases) -> Iterator[Moment]:
    """Sorted by time; within one instant, what was decided stands before what came of it."""
    moments = (*_beginning(story), *_choices(story, words), *_consequences(story, words))
    for at, said, details in sorted(moments, key=lambda moment: moment[0]):
        yield Moment(at, words.time(at), said, details)


def _beginning(story: CallStory) -> Iterator[_Said]:
    if not story.line_is_known:
        yield story.arrived_at, f"The safety net answered, because {story.line} is not in the organisation.", ()
    elif story.safety_net:
        yield story.arrived_at, "The safety net answered, because SAMI itself could not.", ()
    if story.wish is not None:
        yield story.transfer_at or story.arrived_at, f"The caller chose: {story.wish}.", ()


def _choices(story: CallStory, words: Phrases) -> Iterator[_Said]:
    """Each decision with whom it passed by, and how the phones fared that it rang."""
    told: set[tuple[str, Reason]] = set()
    rung = frozenset(attempt.agent for attempt in story.attempts if attempt.agent)
    for decision in story.decisions:
        passed_by = tuple(refusal_words(decision, rung, told, words))
        rings = tuple(ring_words(attempt, words) for attempt in _rung_by(decision, story.attempts))
        yield decision.at, choice_words(decision, words), (*passed_by, *rings)
    for attempt in _undecided(story):
        # Its instants are those at which we heard of it, so nothing is said of how long it rang.
        fate = (attempt.ended or "still open").replace("_", " ")
        yield attempt.offered_at, f"The safety net rang {words.phone(attempt)}: {fate}.", ()


def _consequences(story: CallStory, words: Phrases) -> Iterator[_Said]:
    for change in story.owner_changes:
        new = "nobody" if change.to is None else words.name(change.to)
        yield change.at, f"The lead went to {new}: {change.why.replace('_', ' ')}.", ()
    for asked in story.asked_for:
        became = "not yet" if asked.result is None else said_of(asked.result, asked.why)
        named = "" if asked.call is None else f" ({asked.call})"
        yield asked.at, f"They asked to be called back: {became[:1].lower()}{became[1:]}{named}.", ()
    if story.recording_url is not None:
        yield story.ended_at or story.arrived_at, f"The caller left a message: {story.recording_url}", ()
    if story.ended_at is not None:
        yield story.ended_at, "The call ended.", ()
    for report in story.reports:
        later = "" if report.later_at is None else f", {words.day_and_time(report.later_at)}"
        note = f": {report.note}" if report.note else ""
        said = f"{words.reporter(report.by)} reported: {_spoken(report.outcome).lower()}{later}{note}."
        yield report.at, said[:1].upper() + said[1:], ()


def _rung_by(decision: StoredDecision, attempts: Iterable[RungPhone]) -> Iterator[RungPhone]:
    chosen = decision.decision.chosen
    phones = {c.phone for c in chosen.candidates} if isinstance(chosen, Ring) else set()
    return (a for a in attempts if a.offered_at == decision.at and a.phone in phones)


def _undecided(story: CallStory) -> Iterator[RungPhone]:
    """Phones that no decision of ours chose."""
    decided = {id(attempt) for decision in story.decisions for attempt in _rung_by(decision, story.attempts)}
    return (attempt for attempt in story.attempts if id(attempt) not in decided)


def _tasks(story: CallStory, words: Phrases) -> Iterator[str]:
    for task in story.tasks:
        owner = "the admins' queue" if task.owner is None else words.name(task.owner)
        yield f"{task.title}: {owner}, due {words.day_and_time(task.due_at)}, {task.state}."


def _texts(story: CallStory, words: Phrases) -> Iterator[str]:
    for text in story.texts:
        state = text.delivery or _TEXT_STATES.get(text.state, text.state)
        yield f"To {words.addressee(text)} ({state}{f': {text.error}' if text.error else ''}): {text.body}"


_TEXT_STATES = {"pending": "not sent yet", "sending": "being sent", "unknown": "perhaps sent"}
