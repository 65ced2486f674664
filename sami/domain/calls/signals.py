"""What the network tells us of a call."""

from dataclasses import dataclass
from datetime import datetime

from sami.domain.delivery.carrier_words import QueueResult


@dataclass(frozen=True, slots=True)
class Arrived:
    pass


@dataclass(frozen=True, slots=True)
class Replied:
    """The caller pressed or said something to the menu or a question; both empty means silence."""

    turn: int
    digits: str = ""
    speech: str = ""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A <Dial> is over. `answered` means that a person accepted and both were joined."""

    turn: int
    answered: bool
    bridged: bool
    caller_left: bool


@dataclass(frozen=True, slots=True)
class QueueEnded:
    """The caller left the queue."""

    turn: int
    result: QueueResult
    caller_left: bool


@dataclass(frozen=True, slots=True)
class MessageWanted:
    """A key in the queue: the caller would rather leave a message, or be called back."""

    turn: int
    call_back: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """A key after nobody took the call: to be called back, or else to leave a message at once."""

    turn: int
    call_back: bool


@dataclass(frozen=True, slots=True)
class MessageEnded:
    turn: int


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller's own leg is over, or nothing more will be heard of the call."""


@dataclass(frozen=True, slots=True)
class SafetyNetAnswered:
    """The caller is rung through from memory since `at`: nothing of ours rings any more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class LateResult:
    """What a ring came to, of ours or of the safety net's, heard from the spool. `over`: the caller is gone."""

    arrived_at: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class CallBackEnded:
    """Nobody is asked any more to call the lead. `transfer_at`: where the two talked, since when that was wanted."""

    transfer_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StillWaits:
    """The queue asks what the caller hears next."""

    turn: int


@dataclass(frozen=True, slots=True)
class PickedUp:
    """Somebody has a rung phone in their hand: they picked it up, or pressed a key."""

    attempt: str


@dataclass(frozen=True, slots=True)
class CallerNotMet:
    """Who took the caller from the queue did not find them there."""

    attempt: str


# Where the caller hears what follows; what is heard while nobody waits for an answer; what changes nothing by itself.
CallerSignal = Arrived | Replied | DialEnded | QueueEnded | MessageWanted | ChoiceMade | MessageEnded
News = HungUp | SafetyNetAnswered | LateResult | CallBackEnded
Enquiry = StillWaits | PickedUp | CallerNotMet
Signal = CallerSignal | News | Enquiry
