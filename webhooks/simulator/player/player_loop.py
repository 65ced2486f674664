"""How is a document played? Verb by verb, until one leads elsewhere or none is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urldefrag, urljoin

from webhooks.simulator.legs import Leg, Scene
from webhooks.simulator.signals import Goto
from webhooks.simulator.twiml.document import Element, NotTwiml
from webhooks.simulator.twiml.grammar import ATTRIBUTES

FETCHES_AT_ONCE_MAX = 30
CALLER_VERBS = frozenset(ATTRIBUTES) - {"Leave", "Message"}
SPINNING = 12000


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
