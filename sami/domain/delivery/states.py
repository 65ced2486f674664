"""How far is something that is to be said outside?"""

from enum import StrEnum


class ItemState(StrEnum):
    """`sending` is marked before it is said; `unknown`: the answer was lost."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
