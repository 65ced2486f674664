"""What does a person hear, and what is gathered from them? Sentences, sounds, and questions with keys or words."""

from __future__ import annotations

from datetime import timedelta

from webhooks.simulator.legs import Leg, Scene, Signal
from webhooks.simulator.player.player_loop import Page
from webhooks.simulator.signals import Goto, KeyPressed, Spoke
from webhooks.simulator.twiml.document import Element

CHARACTERS_PER_S = 14
PLAY_S = 4.0


def start_sound(leg: Leg, verb: Element) -> float:
    """The person hears it begin; answers how long it lasts."""
    if verb.name == "Pause":
        return float(verb.whole("length", 1))
    leg.hears(verb.name.lower(), verb.text or verb.get("digits", ""))
    times = verb.whole("loop", 1) or 1000
    once_s = len(verb.text) / CHARACTERS_PER_S if verb.name == "Say" else _play_s(leg, verb)
    return times * max(0.5, once_s)


def _play_s(leg: Leg, verb: Element) -> float:
    return 0.5 * len(verb.get("digits", "")) or leg.exchange.play_s.get(verb.text, PLAY_S)


def play_sound(leg: Leg, verb: Element, _: Page) -> Scene[Goto | None]:
    seconds = start_sound(leg, verb)
    yield from leg.rest(leg.now + timedelta(seconds=seconds))
    return None


def gather(leg: Leg, verb: Element, page: Page) -> Scene[Goto | None]:
    """A key counts from the first syllable of the question; silence goes on to the next verb."""
    first = yield from _first_input(leg, verb)
    if isinstance(first, Spoke):
        spoken = [("SpeechResult", first.text), ("Confidence", "0.92"), ("Language", verb.get("language", "en-US"))]
        return Goto(page.action(verb), tuple(spoken))
    digits = ""
    if isinstance(first, KeyPressed):
        digits = yield from _collect(leg, verb, first.key)
    if not digits and not verb.is_set("actionOnEmptyResult"):
        return None
    return Goto(page.action(verb), (("Digits", digits), ("msg", "Gather End")))


def _first_input(leg: Leg, verb: Element) -> Scene[Signal | None]:
    for prompt in verb.children:
        heard = yield from _await_input(leg, verb, start_sound(leg, prompt))
        if heard is not None:
            return heard
    if "speech" in verb.get("input", "dtmf"):
        leg.person.is_asked_to_speak(leg)
    heard = yield from _await_input(leg, verb, _silence_s(verb))
    return heard


def _await_input(leg: Leg, verb: Element, seconds: float) -> Scene[Signal | None]:
    until = leg.now + timedelta(seconds=seconds)
    while leg.now < until:
        signal = yield from leg.listen(until)
        if _counts(verb, signal):
            return signal
    return None


def _counts(verb: Element, signal: Signal | None) -> bool:
    modes = verb.get("input", "dtmf").split()
    return (isinstance(signal, KeyPressed) and "dtmf" in modes) or (isinstance(signal, Spoke) and "speech" in modes)


def _collect(leg: Leg, verb: Element, first: str) -> Scene[str]:
    """Keys until there are enough, until the finishing one, or until no more come."""
    finish, most = verb.get("finishOnKey", "#"), verb.whole("numDigits", 1000)
    digits, key = "", first
    while key not in finish:
        digits += key
        if len(digits) >= most:
            break
        signal = yield from _await_input(leg, verb, _silence_s(verb))
        if not isinstance(signal, KeyPressed):
            break
        key = signal.key
    return digits


def _silence_s(verb: Element) -> float:
    timeout = verb.get("timeout", "5")
    return 5.0 if timeout == "auto" else float(timeout)
