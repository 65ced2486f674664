"""How one rung phone ended, in one word, whatever order the news of it came in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.delivery.carrier_codes import Meaning, meaning_for_call
from sami.domain.delivery.carrier_words import CallStatus

OFFERED_BEYOND_RING_S = 30  # A lost callback may keep an agent this much longer (R8).

SILENCE = ""  # What was pressed, where Twilio told us that nothing was.

_ENDS_BY_MEANING = {
    Meaning.BAD_NUMBER: AttemptEnd.INVALID_NUMBER,
    Meaning.BLOCKED: AttemptEnd.BLOCKED_BY_CARRIER,
    Meaning.REGION_CLOSED: AttemptEnd.BLOCKED_BY_CARRIER,
    Meaning.CONFIGURATION: AttemptEnd.ERROR,
}
"""How a failed leg ended. Without a code that says more, its phone was out of reach."""
_LET_GO = (None, CallStatus.CANCELED, CallStatus.COMPLETED)
_ABOUT_THE_PHONE = frozenset({AttemptEnd.INVALID_NUMBER, AttemptEnd.BLOCKED_BY_CARRIER})


def offer_ends_at(offered_at: datetime, ring_s: int) -> datetime:
    """When a phone is free again of which nothing more was heard."""
    return offered_at + timedelta(seconds=ring_s + OFFERED_BEYOND_RING_S)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one attempt. `bridged` is Twilio's DialBridged (or a queue's), None while unheard.

    `asked`: whoever picked up a screened phone was told which keys to press; without that it is nobody's miss (R25).
    `pressed` is None where Twilio told us of no key, and of no silence either.
    `leg_status` is the leg's last CallStatus or the dial's DialCallStatus; `error_code` a Twilio or SIP code.
    """

    screened: bool
    picked_up: bool
    accepted: bool
    pressed: str | None = None
    bridged: bool | None = None
    leg_status: CallStatus | None = None
    error_code: int | None = None
    caller_left: bool = False
    taken_by_another: bool = False
    asked: bool = False


def end_of(evidence: Evidence) -> AttemptEnd:
    """The word for an attempt that is over.

    A screened phone was answered by a person only if our own key press and Twilio's bridge agree (twilio.md, Dial).
    """
    if evidence.bridged:
        agrees = evidence.accepted or not evidence.screened
        return AttemptEnd.ACCEPTED if agrees else AttemptEnd.ERROR
    if evidence.accepted:
        return AttemptEnd.LOST_AFTER_ACCEPT
    if evidence.pressed == "2":
        return AttemptEnd.DECLINED
    if evidence.pressed == "3":
        return AttemptEnd.SNOOZED
    if evidence.taken_by_another and evidence.leg_status in _LET_GO:
        return AttemptEnd.LOST_RACE
    if evidence.pressed == "1":
        return AttemptEnd.CALLER_LEFT if evidence.caller_left else AttemptEnd.LOST_RACE
    if evidence.caller_left and evidence.leg_status in _LET_GO:
        return AttemptEnd.CALLER_LEFT
    if evidence.screened and evidence.pressed:
        return AttemptEnd.DECLINED  # A key that means nothing, and none that does: a person, who did not take it.
    if evidence.screened and (evidence.asked or evidence.picked_up):
        return _end_without_key(evidence)
    return _end_by_status(evidence)


def _end_without_key(evidence: Evidence) -> AttemptEnd:
    """Only silence that was told is a person's. A hang-up looks like a key whose request died in us, or never came."""
    if not evidence.asked:
        return AttemptEnd.ERROR
    return AttemptEnd.UNKNOWN if evidence.pressed is None else AttemptEnd.NO_KEY


def _end_by_status(evidence: Evidence) -> AttemptEnd:
    match evidence.leg_status:
        case CallStatus.BUSY:
            return AttemptEnd.BUSY
        case CallStatus.NO_ANSWER | CallStatus.CANCELED:
            return AttemptEnd.RANG_OUT
        case CallStatus.NOT_CREATED:
            return AttemptEnd.ERROR
        case CallStatus.FAILED:
            return _end_by_code(evidence.error_code)
        case CallStatus.COMPLETED:
            # Answered and never joined. On a screened phone our question never came, or it would be known.
            return AttemptEnd.ERROR if evidence.screened else AttemptEnd.UNKNOWN
        case _:
            return AttemptEnd.UNKNOWN


def _end_by_code(code: int | None) -> AttemptEnd:
    return _ENDS_BY_MEANING.get(meaning_for_call(code), AttemptEnd.UNREACHABLE)


def refused_status(code: int | None) -> CallStatus:
    """The status of a leg whose creation was refused: failed by a code about its phone, else our own fault."""
    return CallStatus.FAILED if _end_by_code(code) in _ABOUT_THE_PHONE else CallStatus.NOT_CREATED
