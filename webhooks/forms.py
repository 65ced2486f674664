"""Twilio's fields to our values. No other file knows what Twilio calls a thing."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from werkzeug.datastructures import MultiDict

from sami.calls.dialled import DialReport
from sami.calls.flow import Arrival
from sami.calls.legs import LegReport
from sami.domain.calls.signals import QueueEnded, Replied
from sami.domain.phone import E164, read_caller

Form = MultiDict[str, str]

ATTACHMENTS_MAX = 10
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~/%?&=+-]{1,500}")

# Twilio's words for a call that has no caller any more.
_OVER = frozenset({"completed", "canceled", "failed", "busy", "no-answer"})
# A leg's <Number> events say "initiated" where its CallStatus says "queued"; "answered" where it says "in-progress".
_STATUSES = {"answered": "in-progress", "initiated": "queued"}


def is_called(form: Form) -> bool:
    """We called them: `From` is our line."""
    return form.get("Direction") == "outbound-api"


def line_of(form: Form) -> str:
    return form.get("From" if is_called(form) else "To", "")


def caller_of(form: Form) -> str:
    """Who is at the other end of the line, whoever called whom."""
    return form.get("To" if is_called(form) else "From", "")


def arrival(form: Form) -> Arrival:
    return Arrival(
        sid=form["CallSid"],
        line=E164(line_of(form)),
        caller=read_caller(caller_of(form)),
        call_token=form.get("CallToken") or None,
    )


def replied(form: Form, turn: int) -> Replied:
    return Replied(turn, form.get("Digits", ""), form.get("SpeechResult", ""))


def caller_left(form: Form) -> bool:
    return form.get("CallStatus") in _OVER


def dial_report(form: Form) -> DialReport:
    """`completed` only says that the called leg was answered; DialBridged alone says that two people were joined."""
    return DialReport(
        bridged=form.get("DialBridged") == "true",
        status=form.get("DialCallStatus", ""),
        caller_left=caller_left(form) or form.get("DialCallStatus") == "canceled",
        leg_sid=form.get("DialCallSid") or None,
        talk_s=_code(form.get("DialCallDuration", "")) or 0,
    )


def queue_ended(form: Form, turn: int) -> QueueEnded:
    return QueueEnded(turn, form.get("QueueResult", "error"), caller_left(form))


def is_first_wait(form: Form) -> bool:
    """Whether the caller has just entered the queue; QueueTime is in seconds."""
    return form.get("QueueTime") == "0"


def leg_report(form: Form, now: datetime) -> LegReport:
    status = form.get("CallStatus", "")
    return LegReport(
        status=_STATUSES.get(status, status),
        at=_instant(form.get("Timestamp", ""), now),
        leg_sid=form.get("CallSid"),
        error_code=_code(form.get("ErrorCode", "")) or _code(form.get("SipResponseCode", "")),
    )


def attachments(form: Form) -> tuple[str, ...]:
    """The carrier's links to what was attached: at most ten, and none that a browser would take for anything else."""
    count = min(_code(form.get("NumMedia", "")) or 0, ATTACHMENTS_MAX)
    links = (form.get(f"MediaUrl{number}", "") for number in range(count))
    return tuple(link for link in links if _LINK.fullmatch(link))


def _instant(text: str, now: datetime) -> datetime:
    """Twilio writes RFC 2822 with whole seconds; anything else means now."""
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return now
    return at.astimezone(UTC) if at.tzinfo is not None else now


def _code(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
