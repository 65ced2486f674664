"""A call's story as a document, with the names that others depend on."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sami.domain.language.instants import rfc3339
from sami.views.call_story import CallHead, CallStory, PlacedAs, RungPhone, TaskMade, TextSent
from sami.views.decision import decision_document


def head_document(call: CallHead) -> dict[str, Any]:
    """What `GET /api/v1/calls` answers of each: JSON values only, instants in UTC with Z."""
    document = {
        "sid": call.sid,
        "number": call.number,
        "line": call.line,
        "caller": call.caller,
        "state": "talking" if call.is_talking else call.state,
        "outcome": call.outcome,
        "abandoned": call.abandoned,
        "arrived_at": call.arrived_at,
        "ended_at": call.ended_at,
        "wait_s": call.wait_s,
        "time_to_person_s": call.time_to_person_s,
        "recording_url": call.recording_url,
        "blocked": call.blocked,
        "placed": None if call.placed is None else _placed(call.placed),
        "lead": None if call.lead is None else asdict(call.lead),
    }
    return {name: as_plain(value) for name, value in document.items()}


def call_document(story: CallStory) -> dict[str, Any]:
    """What `GET /api/v1/calls/{call_sid}` answers."""
    document = {
        "reports": [{**asdict(report), "by": report.by.written} for report in story.reports],
        "attempts": [_attempt(attempt) for attempt in story.attempts],
        "skipped": [asdict(skip) for skip in story.skipped],
        "decisions": [decision_document(decision) for decision in story.decisions],
    }
    return head_document(story) | {name: as_plain(value) for name, value in document.items()}


def why_document(story: CallStory) -> dict[str, Any]:
    """The call with what it caused beside it."""
    return {
        **call_document(story),
        "tasks": as_plain([_task(task, story.sid) for task in story.tasks]),
        "texts": as_plain([_text(text) for text in story.texts]),
        "cadences_cancelled": list(story.cadences_cancelled),
    }


def _placed(placed: PlacedAs) -> dict[str, Any]:
    return {
        "agent_first": placed.agent_first,
        "result": placed.result,
        "why": placed.why,
        "of_call": placed.of_call,
        "asked_by": placed.asked_by,
    }


def _attempt(attempt: RungPhone) -> dict[str, Any]:
    return {
        "agent": attempt.agent,
        "name": attempt.name,
        "phone": attempt.phone,
        "stage": attempt.stage,
        "ended": attempt.ended,
        "offered_at": attempt.offered_at,
        "ringing_at": attempt.ringing_at,
        "picked_up_at": attempt.picked_up_at,
        "accepted_at": attempt.accepted_at,
        "joined_at": attempt.joined_at,
        "ended_at": attempt.ended_at,
    }


def _task(task: TaskMade, sid: str) -> dict[str, Any]:
    return {**asdict(task), "call": sid}


def _text(text: TextSent) -> dict[str, Any]:
    values = asdict(text)
    return {"to": values.pop("to"), "from": values.pop("line"), **values}


def as_plain(value: Any) -> Any:
    """As JSON has it."""
    match value:
        case datetime():
            return rfc3339(value)
        case str():
            return str(value)
        case dict():
            return {name: as_plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [as_plain(inner) for inner in value]
        case _:
            return value
