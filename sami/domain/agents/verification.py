"""Test rings: was a person with this phone in hand able to press 1, when, and what kept them from it?"""

from datetime import datetime, timedelta
from enum import StrEnum

from sami.domain.delivery.carrier_words import CallStatus

PRESS_WITHIN_S = 10
RINGS_S = 30
ASK_AGAIN_AFTER = timedelta(days=90)
RINGS_PER_HOUR_MAX = 5  # To one phone: they cost money, and somebody's peace.
GIVEN_UP_AFTER = timedelta(minutes=10)
"""A test ring is wanted while somebody waits for it, and not much longer."""


class RingState(StrEnum):
    """`ringing`: Twilio was asked for the call. The last two are final."""

    WAITING = "waiting"
    RINGING = "ringing"
    CONFIRMED = "confirmed"
    FAILED = "failed"


ENDED_BECAUSE = {
    CallStatus.BUSY: "the phone was busy",
    CallStatus.NO_ANSWER: "nobody answered",
    CallStatus.CANCELED: "it was ended before anybody answered",
    CallStatus.FAILED: "the phone could not be reached",
    CallStatus.COMPLETED: "nobody pressed 1; a voicemail may have answered",
}
"""By the call's last status, in words that follow "because"."""


def is_stale(verified_at: datetime, now: datetime) -> bool:
    """Advice only: the phone goes on ringing."""
    return now - verified_at >= ASK_AGAIN_AFTER
