"""What does a phone do by itself when it rings?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from webhooks.simulator.people import CallerScript

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
