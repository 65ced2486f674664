"""What the network tells us of a call."""

from dataclasses import dataclass

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
    pass


Signal = Arrived | Replied | DialEnded | QueueEnded | MessageWanted | ChoiceMade | MessageEnded | HungUp
