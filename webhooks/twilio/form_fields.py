"""Twilio's fields to our values. No other file knows what Twilio calls a thing."""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from sami.calls.dialled import DialReport
from sami.calls.inbound import Arrival
from sami.calls.legs import LegReport
from sami.domain.calls.signals import QueueEnded, Replied
from sami.domain.delivery.carrier_words import (
    JOINED_IN_QUEUE,
    OVER,
    AnsweredBy,
    CallDirection,
    CallStatus,
    CarrierWord,
    MessageStatus,
    OptOutType,
    QueueResult,
)
from sami.domain.language.phone import E164, read_caller

Form = MultiDict[str, str]

ATTACHMENTS_MAX = 10
WORD_LOGGED = 40
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~/%?&=+-]{1,500}")

# A leg's <Number> events say "initiated" where its CallStatus says "queued"; "answered" where it says "in-progress".
_OF_LEG = {"answered": "in-progress", "initiated": "queued"}
# So a <Dial> says of a conference.
_OF_DIAL = {"answered": "completed"}
W = TypeVar("W", bound=CarrierWord)

_log = logging.getLogger(__name__)


def is_called(form: Form) -> bool:
    """We called them: `From` is our line."""
    return form.get("Direction") == CallDirection.OUTBOUND_API


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
    return _word(CallStatus, form, "CallStatus", _OF_LEG) in OVER


def is_bridged(form: Form) -> bool:
    """By a <Dial>: `completed` only says that the called leg was answered, this alone that two people were joined."""
    return form.get("DialBridged") == "true"


def were_joined(form: Form) -> bool:
    """By a <Dial>, or in the queue."""
    return is_bridged(form) or _word(QueueResult, form, "QueueResult") in JOINED_IN_QUEUE


def dial_report(form: Form) -> DialReport:
    status = _word(CallStatus, form, "DialCallStatus", _OF_DIAL)
    return DialReport(
        bridged=is_bridged(form),
        status=status,
        caller_left=caller_left(form) or status is CallStatus.CANCELED,
        leg_sid=form.get("DialCallSid") or None,
        talk_s=_code(form.get("DialCallDuration", "")) or 0,
    )


def queue_ended(form: Form, turn: int) -> QueueEnded:
    return QueueEnded(turn, _word(QueueResult, form, "QueueResult") or QueueResult.ERROR, caller_left(form))


def is_first_wait(form: Form) -> bool:
    """Whether the caller has just entered the queue; QueueTime is in seconds."""
    return form.get("QueueTime") == "0"


def leg_report(form: Form, now: datetime) -> LegReport:
    return LegReport(
        status=_word(CallStatus, form, "CallStatus", _OF_LEG) or CallStatus.UNKNOWN,
        at=_instant(form.get("Timestamp", ""), now),
        leg_sid=form.get("CallSid"),
        error_code=_code(form.get("ErrorCode", "")) or _code(form.get("SipResponseCode", "")),
    )


def answered_by(form: Form) -> AnsweredBy | None:
    """None where nothing was detected."""
    return _word(AnsweredBy, form, "AnsweredBy")


def message_status(form: Form) -> MessageStatus:
    return _word(MessageStatus, form, "MessageStatus") or MessageStatus.UNKNOWN


def opt_out_type(form: Form) -> OptOutType | None:
    """None without Advanced Opt-Out."""
    return _word(OptOutType, form, "OptOutType")


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


def _word(words: type[W], form: Form, field: str, also: Mapping[str, str] = MappingProxyType({})) -> W | None:
    """None where the field is missing or empty. A word that nobody knows here is logged, and is no fault."""
    written = form.get(field, "")
    if not written:
        return None
    meant = also.get(written, written)
    word = words(meant)
    if word != meant:
        _log.warning("unknown_word", extra={"field": field, "word": written[:WORD_LOGGED]})
    return word


def _code(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
