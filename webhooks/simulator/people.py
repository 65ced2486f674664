"""What does a person on a leg do? Presses, speaks, waits, hangs up, each at a time of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from webhooks.simulator.signals import HungUp, KeyPressed, PersonSignal, Spoke

REACTION_S = 1.0


@dataclass(frozen=True, slots=True)
class CallerScript:
    """Seconds count from the start of the call, for a called phone from picking up."""

    keys: Sequence[tuple[float, str]] = ()
    reactions: Sequence[tuple[str, str]] = ()
    """(phrase, keys): pressed a second after a sentence with this phrase begins, each reaction once."""
    speech: Sequence[str] = ()
    """Said in this order, each to the next question that listens."""
    speaks_after_s: float = 1.0
    hangs_up_after_s: float | None = None
    hangs_up_on: str | None = None
    """Hangs up two seconds after a sentence with this phrase begins."""
    talks_s: float | None = None
    """Hangs up so long after being joined; None leaves it to the other."""
    voicemail_s: float | None = 8.0
    """How long a message is; None says nothing."""
    ends_voicemail_with: str = "hangup"
    """`hangup`, a key, or `silence`."""


class PlansAhead(Protocol):
    """The side of a call that a person is on."""

    def plan(self, after_s: float, signal: PersonSignal) -> None: ...


class Person:
    """Plays a script on one leg."""

    def __init__(self, script: CallerScript) -> None:
        self._script = script
        self._reactions = list(script.reactions)
        self._speech = list(script.speech)

    def begins(self, leg: PlansAhead) -> None:
        for after_s, keys in self._script.keys:
            self._press(leg, after_s, keys)
        if self._script.hangs_up_after_s is not None:
            self._later(leg, self._script.hangs_up_after_s, HungUp())

    def hears(self, leg: PlansAhead, text: str) -> None:
        for reaction in list(self._reactions):
            phrase, keys = reaction
            if phrase.lower() in text.lower():
                self._reactions.remove(reaction)
                self._press(leg, REACTION_S, keys)
        leaves_on = self._script.hangs_up_on
        if leaves_on is not None and leaves_on.lower() in text.lower():
            self._later(leg, 2 * REACTION_S, HungUp())

    def is_asked_to_speak(self, leg: PlansAhead) -> None:
        if self._speech:
            self._later(leg, self._script.speaks_after_s, Spoke(self._speech.pop(0)))

    def is_recorded(self, leg: PlansAhead) -> float:
        """The seconds this person will speak after the beep."""
        speaks_s = self._script.voicemail_s
        if speaks_s is None:
            return 0.0
        if self._script.ends_voicemail_with == "hangup":
            self._later(leg, speaks_s, HungUp())
        elif self._script.ends_voicemail_with != "silence":
            self._press(leg, speaks_s, self._script.ends_voicemail_with)
        return speaks_s

    def is_joined(self, leg: PlansAhead) -> None:
        if self._script.talks_s is not None:
            self._later(leg, self._script.talks_s, HungUp())

    def _press(self, leg: PlansAhead, after_s: float, keys: str) -> None:
        for place, key in enumerate(keys):
            self._later(leg, after_s + place * 0.4, KeyPressed(key))

    def _later(self, leg: PlansAhead, after_s: float, signal: PersonSignal) -> None:
        leg.plan(after_s, signal)
