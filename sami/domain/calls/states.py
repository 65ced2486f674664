"""Where a call stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sami.domain.calls.routing import Stage


class CallState(StrEnum):
    """`calling_back`: no caller is there, agents are offered to call the lead."""

    MENU = "menu"
    ASKING = "asking"
    RINGING = "ringing"
    QUEUED = "queued"
    MESSAGE = "message"
    CALLING_BACK = "calling_back"
    SAFETY_NET = "safety_net"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallProgress:
    """Where a call stands. `turn` numbers the last URL handed out, so that one never means two things.

    `position`, `tried` and `rung` are where routing goes on; `round` are the attempts now ringing; after
    `legs_failed` the rest of the call is rung by <Dial>. `ours`: we called them. `asked_by`: an agent asked to
    call them.
    """

    state: CallState
    turn: int = 0
    asked_again: bool = False
    question: int = 0
    skill: str | None = None
    wish: str | None = None
    started_at: datetime | None = None
    position: int = 0
    legs_failed: bool = False
    tried: tuple[str, ...] = ()
    rung: tuple[str, ...] = ()
    stage: Stage | None = None
    round: tuple[str, ...] = ()
    round_at: datetime | None = None
    round_ends_at: datetime | None = None
    group_joins_at: datetime | None = None
    wants_message: bool = False
    wants_call_back: bool = False
    ours: bool = False
    asked_by: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state is CallState.ENDED

    @property
    def is_dialling(self) -> bool:
        return self.state is CallState.RINGING

    @property
    def is_rung(self) -> bool:
        """Phones of ours ring for the caller, by <Dial> or while they wait in the queue."""
        return self.state in (CallState.RINGING, CallState.QUEUED)

    @property
    def calls_back(self) -> bool:
        return self.state is CallState.CALLING_BACK

    @property
    def is_with_safety_net(self) -> bool:
        return self.state is CallState.SAFETY_NET
