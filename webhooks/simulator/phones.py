"""A phone in somebody's hand: what it is doing, and what it does when it is rung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic

from webhooks.simulator.behaviours import Answers, Behaviour, Busy, DoesNotExist, Ignores, Manual, Voicemail
from webhooks.simulator.side import SideT
from webhooks.simulator.signals import HungUp, KeyPressed, PersonSignal, PickedUp, RingRefused, Spoke


@dataclass(frozen=True, slots=True)
class DoubleRing:
    """A phone was rung while it was already ringing, or being screened, or talking."""

    at: datetime
    phone: str
    leg_sids: tuple[str, ...]
    already: str


@dataclass(slots=True)
class PhoneOf(Generic[SideT]):
    """A phone in somebody's hand; each call uses up one behaviour, the last stays."""

    number: str
    behaviours: list[Behaviour] = field(default_factory=lambda: [Ignores()])
    landline: bool = False
    """Takes no texts (30006)."""
    unreachable: bool = False
    """Texts to it end undelivered (30003)."""
    legs: list[SideT] = field(default_factory=list)
    """Those live now, ringing or talking."""

    def behave(self, behaviours: Sequence[Behaviour]) -> None:
        self.behaviours = list(behaviours) or [Ignores()]

    def next_behaviour(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    @property
    def is_talking(self) -> bool:
        return any(leg.answered_at is not None for leg in self.legs)

    @property
    def state(self) -> str:
        """idle, ringing, talking."""
        return "talking" if self.is_talking else "ringing" if self.legs else "idle"

    def ring(self, leg: SideT) -> RingRefused | None:
        """Start to ring; a refusal at once is the answer, everything else comes as a signal."""
        if self.is_talking:
            return RingRefused("busy")
        behaviour = self.next_behaviour()
        leg.behaviour = behaviour
        match behaviour:
            case DoesNotExist():
                return RingRefused("failed")
            case Busy(after_s=0.0):
                return RingRefused("busy")
            case Busy(after_s):
                leg.plan(after_s, RingRefused("busy"))
            case Answers(after_s=after_s) | Voicemail(after_s=after_s):
                leg.cast(behaviour.script)
                leg.plan(after_s, PickedUp())
            case Ignores() | Manual():
                pass
        return None

    # What a hand does, from any thread.

    def answer(self) -> None:
        self._tell(PickedUp())

    def decline(self) -> None:
        self._tell(RingRefused("busy"))

    def press(self, key: str) -> None:
        self._tell(KeyPressed(key))

    def say(self, text: str) -> None:
        self._tell(Spoke(text))

    def hang_up(self) -> None:
        self._tell(HungUp())

    def _tell(self, signal: PersonSignal) -> None:
        if self.legs:
            leg = self.legs[-1]
            leg.timeline.post(lambda: leg.tell(signal))
