"""What the network tells us of a call, and what we tell it: signals in, instructions out."""

from dataclasses import dataclass

from sami.domain.organisation import Question
from sami.domain.phone import E164


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
    """The caller left the queue; `result` is Twilio's QueueResult."""

    turn: int
    result: str
    caller_left: bool


@dataclass(frozen=True, slots=True)
class MessageWanted:
    turn: int


@dataclass(frozen=True, slots=True)
class MessageEnded:
    turn: int


@dataclass(frozen=True, slots=True)
class HungUp:
    pass


Signal = Arrived | Replied | DialEnded | QueueEnded | MessageWanted | MessageEnded | HungUp


@dataclass(frozen=True, slots=True)
class AskMenu:
    turn: int
    greet: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class AskQuestion:
    turn: int
    question: Question
    greet: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class RingNext:
    """Routing is asked who rings; the edge answers with what it says. `greet` when nothing was said yet."""

    greet: bool = False


@dataclass(frozen=True, slots=True)
class TakeMessage:
    turn: int
    apologise: bool
    greet: bool = False


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    pass


@dataclass(frozen=True, slots=True)
class ConfirmOptOut:
    pass


@dataclass(frozen=True, slots=True)
class PromiseCallBack:
    """The next agent who is free calls back."""


@dataclass(frozen=True, slots=True)
class ThankForMessage:
    pass


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


@dataclass(frozen=True, slots=True)
class OldNews:
    """The signal belongs to a turn that is over: recorded, never obeyed."""


@dataclass(frozen=True, slots=True)
class RungPhone:
    attempt: str
    phone: E164
    screened: bool


@dataclass(frozen=True, slots=True)
class DialPhones:
    """One <Dial>. `timeout_s` as Twilio is told, five seconds less than the phones ring."""

    turn: int
    phones: tuple[RungPhone, ...]
    timeout_s: int
    time_limit_s: int
    caller_id: E164
    record: bool = False
    greet: bool = False


@dataclass(frozen=True, slots=True)
class HoldInQueue:
    turn: int
    queue: str
    greet: bool = False


Instruction = (
    AskMenu
    | AskQuestion
    | RingNext
    | DialPhones
    | HoldInQueue
    | TakeMessage
    | LeaveQueue
    | ConfirmOptOut
    | PromiseCallBack
    | ThankForMessage
    | HangUp
    | OldNews
)


# What a rung leg hears.
@dataclass(frozen=True, slots=True)
class Screen:
    attempt: str
    prompt: str


@dataclass(frozen=True, slots=True)
class JoinCaller:
    """On a <Dial>ed leg, a document that simply ends joins the two (twilio.md, fact 3)."""


@dataclass(frozen=True, slots=True)
class TakeFromQueue:
    attempt: str
    queue: str
    time_limit_s: int
    record: bool = False


@dataclass(frozen=True, slots=True)
class TooLate:
    """`taken_by` is the agent who was faster; None when the caller is gone."""

    taken_by: str | None


@dataclass(frozen=True, slots=True)
class EndLegNow:
    pass


LegInstruction = Screen | JoinCaller | TakeFromQueue | TooLate | EndLegNow


# What the waiting caller hears, again and again; never longer than five seconds.
@dataclass(frozen=True, slots=True)
class KeepWaiting:
    turn: int
    seconds: int


WaitInstruction = KeepWaiting | LeaveQueue
