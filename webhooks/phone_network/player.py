"""How is a document played? Verb by verb, until one leads elsewhere or none is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urldefrag, urljoin

from webhooks.phone_network.actors import Goto, KeyPressed, Scene, Signal, Spoke
from webhooks.phone_network.document import Element, NotTwiml
from webhooks.phone_network.grammar import ATTRIBUTES
from webhooks.phone_network.legs import Leg

FETCHES_AT_ONCE_MAX = 30
CALLER_VERBS = frozenset(ATTRIBUTES) - {"Leave", "Message"}
SPINNING = 12000

CHARACTERS_PER_S = 14
PLAY_S = 4.0


class EndCall(Exception):
    """<Hangup/> was played."""


class LeaveQueue(Exception):
    """<Leave/> was played."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where the verb being played stands."""

    url: str

    def link(self, reference: str | None) -> str | None:
        """Relative addresses are understood from the page they stand on."""
        return None if reference is None else urljoin(urldefrag(self.url).url, reference)

    def action(self, verb: Element) -> str:
        """Gather and Record come back to their own page if told nothing else."""
        return self.link(verb.find("action")) or self.url


Play: TypeAlias = Callable[[Leg, Element, Page], Scene[Goto | None]]
Repertoire: TypeAlias = Mapping[str, Play]


def perform(leg: Leg, goto: Goto, repertoire: Repertoire) -> Scene[None]:
    """Play documents from here on, until one of them runs out."""
    following: Goto | None = goto
    while following is not None:
        verbs = _open(leg, following, repertoire)
        following = yield from _play(leg, verbs, Page(following.url), repertoire)


def _open(leg: Leg, goto: Goto, repertoire: Repertoire) -> tuple[Element, ...]:
    posting = leg.exchange.posting
    if goto.twiml is not None:
        return posting.check(goto.twiml, repertoire)
    if leg.count_fetch() > FETCHES_AT_ONCE_MAX:
        leg.forget_fetches()
        posting.note_fault(goto.url, SPINNING, "documents lead to each other without an end")
        raise NotTwiml(SPINNING, "spins")
    return posting.fetch(goto.url, [*leg.params(), *goto.extra], repertoire)


def _play(leg: Leg, verbs: tuple[Element, ...], page: Page, repertoire: Repertoire) -> Scene[Goto | None]:
    for verb in verbs:
        if verb.name not in ("Reject", "Redirect") and not verb.is_set("answerOnBridge"):
            leg.answer()
        goto = yield from repertoire[verb.name](leg, verb, page)
        if goto is not None:
            return goto
    return None


def request_unheeded(leg: Leg, action: str | None, form: Iterable[tuple[str, str]]) -> None:
    """The caller is gone: the action is requested all the same, and its document not played."""
    if action is None:
        return
    try:
        leg.exchange.posting.fetch(action, [*leg.params(), *form], CALLER_VERBS)
    except NotTwiml:
        return  # Kept as a fault already; there is nobody left to hear the difference.


# Sound.


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


# Questions.


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


# Ways out.


def redirect(_: Leg, verb: Element, page: Page) -> Scene[Goto | None]:
    yield from ()
    return Goto(page.link(verb.text) or page.url)


def hang_up(_: Leg, _verb: Element, _page: Page) -> Scene[Goto | None]:
    yield from ()
    raise EndCall


def leave(_: Leg, _verb: Element, _page: Page) -> Scene[Goto | None]:
    yield from ()
    raise LeaveQueue


SCREENING: Repertoire = {
    "Say": play_sound,
    "Play": play_sound,
    "Pause": play_sound,
    "Gather": gather,
    "Redirect": redirect,
    "Hangup": hang_up,
}
WAITING: Repertoire = {**SCREENING, "Leave": leave}
