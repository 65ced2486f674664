"""What we tell the network of a call: the caller, a rung leg, and whoever waits in the queue."""

from dataclasses import dataclass

from sami.domain.language.phone import E164
from sami.domain.organisation.document import Question


# What the caller hears next.
@dataclass(frozen=True, slots=True)
class AskMenu:
    """`ours`: we called them, so they first hear who it is."""

    turn: int
    greet: bool
    again: bool = False
    ours: bool = False


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
    """`call_back`: a key chooses that instead; `back`: nobody could be rung, and this is when somebody can."""

    turn: int
    apologise: bool
    greet: bool = False
    call_back: bool = False
    back: str = ""


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    pass


@dataclass(frozen=True, slots=True)
class ConfirmOptOut:
    pass


@dataclass(frozen=True, slots=True)
class PromiseCallBack:
    """The next agent who is free calls back; `when`: not at once, as far as is known."""

    when: str = ""


@dataclass(frozen=True, slots=True)
class LeaveWithMachine:
    """An answering machine took our call: it is told this, or nothing."""

    message: str


@dataclass(frozen=True, slots=True)
class TurnAway:
    """To a blocked caller: one sentence, and the end."""


@dataclass(frozen=True, slots=True)
class SayGoodbye:
    """The lead whom we called says nothing: nobody asked for a person."""


@dataclass(frozen=True, slots=True)
class ThankForMessage:
    """`calls_back`: somebody may, which is then said."""

    calls_back: bool = True


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
    | LeaveWithMachine
    | SayGoodbye
    | TurnAway
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
class AskKeyAgain:
    """A key that means nothing here. `number` tells this asking apart; `seconds` are left for an answer.

    `sentence` names the keys that do mean something.
    """

    attempt: str
    number: int
    seconds: int
    sentence: str


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
class AskResult:
    """The talk is over and the agent still there: a key says what it came to."""

    attempt: str


@dataclass(frozen=True, slots=True)
class ThankForResult:
    pass


@dataclass(frozen=True, slots=True)
class DialLead:
    """The agent calls back: from their leg to the lead, as our line. `timeout_s` as Twilio is told.

    Never recorded: the lead, who has just picked up, could not be told so.
    """

    attempt: str
    phone: E164
    caller_id: E164
    timeout_s: int
    time_limit_s: int


@dataclass(frozen=True, slots=True)
class NotReached:
    """The lead did not answer the agent who called back."""


@dataclass(frozen=True, slots=True)
class EndLegNow:
    pass


LegInstruction = (
    Screen
    | AskKeyAgain
    | JoinCaller
    | TakeFromQueue
    | DialLead
    | NotReached
    | TooLate
    | AskResult
    | ThankForResult
    | EndLegNow
)


# What the waiting caller hears, again and again; never longer than five seconds.
@dataclass(frozen=True, slots=True)
class KeepWaiting:
    turn: int
    seconds: int


WaitInstruction = KeepWaiting | LeaveQueue
