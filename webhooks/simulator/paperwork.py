"""What does Twilio write about a leg? Its statuses, and the fields of the requests about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from enum import StrEnum

from webhooks.simulator.side import Side
from webhooks.simulator.signing import Form


class Status(StrEnum):
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


LIVE = frozenset({Status.QUEUED, Status.INITIATED, Status.RINGING, Status.IN_PROGRESS})

INBOUND, BY_REST, BY_DIAL = "inbound", "outbound-api", "outbound-dial"

ATTESTED = "TN-Validation-Passed-A"


@dataclass(frozen=True, slots=True)
class Reporting:
    """Where a leg's progress is posted, and which steps of it."""

    url: str | None = None
    events: frozenset[str] = frozenset({"completed"})


def call_form(leg: Side) -> Form:
    """What every request about this leg says."""
    form = [
        ("CallSid", leg.sid),
        ("AccountSid", leg.account_sid),
        ("From", leg.from_),
        ("To", leg.to),
        ("Caller", leg.from_),
        ("Called", leg.to),
        ("CallStatus", str(leg.status)),
        ("ApiVersion", "2010-04-01"),
        ("Direction", leg.direction),
        *_places(),
    ]
    if leg.parent is not None:
        form.append(("ParentCallSid", leg.parent.sid))
    if leg.call_token is not None:
        form += [("StirVerstat", ATTESTED), ("CallToken", leg.call_token)]
    if leg.answered_by is not None:
        form.append(("AnsweredBy", leg.answered_by))
    return form


def report_form(leg: Side, event: str, sequence: int) -> Form:
    """What a status callback says; one `completed` covers every ending."""
    form = [
        *call_form(leg),
        ("Timestamp", format_datetime(leg.now)),
        ("SequenceNumber", str(sequence)),
        ("CallbackSource", "call-progress-events"),
    ]
    if event == "completed":
        form += [("CallDuration", str(leg.duration_s)), ("Duration", str(-(-leg.duration_s // 60)))]
    if leg.status is Status.FAILED:
        form += [("SipResponseCode", "404"), ("ErrorCode", "13224")]
    return form


def _places() -> Sequence[tuple[str, str]]:
    """Twilio sends what it knows of both ends; some of it is empty, and is signed all the same."""
    known = {"City": "", "State": "TX", "Zip": "", "Country": "US"}
    return [(side + name, value) for side in ("From", "To", "Caller", "Called") for name, value in known.items()]
