"""In which words can the ring of a phone end, and which of them count against its agent?"""

from enum import StrEnum


class AttemptEnd(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SNOOZED = "snoozed"
    NO_KEY = "no_key"
    RANG_OUT = "rang_out"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    INVALID_NUMBER = "invalid_number"
    LOST_RACE = "lost_race"
    CALLER_LEFT = "caller_left"
    LOST_AFTER_ACCEPT = "lost_after_accept"
    BLOCKED_BY_CARRIER = "blocked_by_carrier"
    ERROR = "error"
    UNKNOWN = "unknown"


MISSES = frozenset({AttemptEnd.RANG_OUT, AttemptEnd.NO_KEY})
