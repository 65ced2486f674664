"""How does a phone behave when it rings?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from webhooks.simulator.actors import HungUp, KeyPressed, PickedUp, RingRefused, Signal, Spoke
from webhooks.simulator.people import CallerScript

if TYPE_CHECKING:
    from webhooks.simulator.legs import Leg


GREETING = "You have reached my voicemail. Please leave a message."


@dataclass(frozen=True, slots=True)
class Answers:
    """Somebody picks up; `presses=""` says nothing and presses nothing."""

    after_s: float = 4.0
    presses: str = "1"
    press_after_s: float = 2.0
    talks_s: float | None = 60.0
    """Hangs up so long after being joined; None leaves it to the other."""
    hangs_up_after_s: float | None = None
    """Hangs up so long after picking up, whatever happens."""
    performs: CallerScript | None = None
    """A whole script in place of the keys and times above."""

    @property
    def script(self) -> CallerScript:
        if self.performs is not None:
            return self.performs
        keys = [(self.press_after_s, self.presses)] if self.presses else []
        return CallerScript(keys=keys, talks_s=self.talks_s, hangs_up_after_s=self.hangs_up_after_s)


@dataclass(frozen=True, slots=True)
class Voicemail:
    """The phone's own machine picks up: at 22 seconds, or at once where the phone is off."""

    after_s: float = 22.0
    speaks_s: float = 30.0
    """The machine hangs up so long after picking up."""
    greeting_s: float = 12.0
    """Its beep, for those who wait for it."""

    @property
    def script(self) -> CallerScript:
        return CallerScript(speech=[GREETING] * 3, hangs_up_after_s=self.speaks_s)


@dataclass(frozen=True, slots=True)
class Ignores:
    """Rings until somebody gives up."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Refuses: at once, or after ringing a while when a person declines."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DoesNotExist:
    """The network knows no such phone."""


@dataclass(frozen=True, slots=True)
class Manual:
    """Decided from outside, key by key."""


Behaviour: TypeAlias = Answers | Voicemail | Ignores | Busy | DoesNotExist | Manual


def passes(after_s: float = 4.0, press_after_s: float = 2.0) -> Answers:
    return Answers(after_s, "2", press_after_s)


def passes_for_an_hour(after_s: float = 4.0, press_after_s: float = 2.0) -> Answers:
    return Answers(after_s, "3", press_after_s)


def says_nothing(after_s: float = 4.0, talks_s: float | None = 60.0) -> Answers:
    return Answers(after_s, "", talks_s=talks_s)


@dataclass(frozen=True, slots=True)
class DoubleRing:
    """A phone was rung while it was already ringing, or being screened, or talking."""

    at: datetime
    phone: str
    leg_sids: tuple[str, ...]
    already: str


@dataclass(slots=True)
class Phone:
    """A phone in somebody's hand; each call uses up one behaviour, the last stays."""

    number: str
    behaviours: list[Behaviour] = field(default_factory=lambda: [Ignores()])
    landline: bool = False
    """Takes no texts (30006)."""
    unreachable: bool = False
    """Texts to it end undelivered (30003)."""
    legs: list[Leg] = field(default_factory=list)
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

    def ring(self, leg: Leg) -> RingRefused | None:
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

    def _tell(self, signal: Signal) -> None:
        if self.legs:
            leg = self.legs[-1]
            leg.timeline.post(lambda: leg.tell(signal))
