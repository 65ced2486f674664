"""Twilio's own words, as its documentation writes them: made at the two doors, so that none is raw text inside."""

from enum import StrEnum
from typing import Self


class CarrierWord(StrEnum):
    """A word of tomorrow is unknown, and never an exception in front of a caller."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown")


class CallStatus(CarrierWord):
    """The status of a call or leg (CallStatus), and of the leg that a <Dial> rang (DialCallStatus)."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    """It was answered once, and nothing more: not that two people were joined."""
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    FAILED = "failed"
    NOT_CREATED = "not-created"
    """Our own word beside theirs: the leg was never made."""
    UNKNOWN = "unknown"


OVER = frozenset({CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED, CallStatus.CANCELED})
"""Statuses after which no more reports of a call or leg follow."""


class CallDirection(CarrierWord):
    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"
    UNKNOWN = "unknown"


class QueueResult(CarrierWord):
    """How a caller left the queue."""

    BRIDGED = "bridged"
    REDIRECTED_FROM_BRIDGED = "redirected-from-bridged"
    HANGUP = "hangup"
    LEAVE = "leave"
    REDIRECTED = "redirected"
    QUEUE_FULL = "queue-full"
    SYSTEM_ERROR = "system-error"
    ERROR = "error"
    UNKNOWN = "unknown"


JOINED_IN_QUEUE = frozenset({QueueResult.BRIDGED, QueueResult.REDIRECTED_FROM_BRIDGED})


class AnsweredBy(CarrierWord):
    """What the detection of answering machines takes whoever picked up for."""

    HUMAN = "human"
    FAX = "fax"
    MACHINE_START = "machine_start"
    MACHINE_END_BEEP = "machine_end_beep"
    MACHINE_END_SILENCE = "machine_end_silence"
    MACHINE_END_OTHER = "machine_end_other"
    UNKNOWN = "unknown"
    """Their own word, too."""


class MessageStatus(CarrierWord):
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    READ = "read"
    CANCELED = "canceled"
    RECEIVING = "receiving"
    RECEIVED = "received"
    UNKNOWN = "unknown"


class OptOutType(CarrierWord):
    """How Advanced Opt-Out read an inbound text."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"
    UNKNOWN = "unknown"
