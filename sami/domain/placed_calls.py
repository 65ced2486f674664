"""Calls that we place: what became of each."""

from enum import StrEnum


class PlacedState(StrEnum):
    """`waiting`: for its time, or for a free agent. `placed`: Twilio was asked. `answered`: it is a call now."""

    WAITING = "waiting"
    PLACED = "placed"
    ANSWERED = "answered"
    ENDED = "ended"
    CANCELLED = "cancelled"


OPEN_PLACED = frozenset({PlacedState.WAITING, PlacedState.PLACED, PlacedState.ANSWERED})
"""While one is open nobody is called a second time."""


class PlacedResult(StrEnum):
    """What answered, or why nothing did."""

    PERSON = "person"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    NOT_PERMITTED = "not_permitted"
    NOBODY_FREE = "nobody_free"
    UNKNOWN = "unknown"
