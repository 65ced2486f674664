"""Which verbs may be played where? On a called leg's screen, and in a queue; a whole call adds to these."""

from webhooks.simulator.legs import Leg, Scene
from webhooks.simulator.player.gather import gather, play_sound
from webhooks.simulator.player.player_loop import EndCall, LeaveQueue, Page, Repertoire
from webhooks.simulator.signals import Goto
from webhooks.simulator.twiml.document import Element


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
