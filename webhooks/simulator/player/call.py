"""How does a whole call go? From its first request to its last report, on each side that has a life of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webhooks.simulator.behaviours import Voicemail
from webhooks.simulator.exchange import Line
from webhooks.simulator.legs import Departed, Dequeued, Diverted, Leg, Scene
from webhooks.simulator.paperwork import Status
from webhooks.simulator.player.called_side import ring
from webhooks.simulator.player.dial import EXTRA_RING_S, dial
from webhooks.simulator.player.player_loop import EndCall, LeaveQueue, Page, Repertoire, perform
from webhooks.simulator.player.queue import enqueue
from webhooks.simulator.player.record import record
from webhooks.simulator.player.repertoires import SCREENING
from webhooks.simulator.signals import Goto
from webhooks.simulator.twiml.document import Element, NotTwiml

DETECTION_S = 3.0


class Rejected(Exception):
    """<Reject/> was played: the call ends without having been answered."""


def reject(leg: Leg, verb: Element, _: Page) -> Scene[Goto | None]:
    yield from ()
    leg.close(Status.BUSY if verb.get("reason", "rejected") == "busy" else Status.NO_ANSWER)
    raise Rejected


CALL: Repertoire = {**SCREENING, "Dial": dial, "Enqueue": enqueue, "Record": record, "Reject": reject}


def play_inbound(leg: Leg, line: Line) -> Scene[None]:
    leg.person.begins(leg)
    if line.answers_calls:
        yield from _live(leg, Goto(line.voice_url), line.voice_fallback_url or None)
    else:
        leg.story.tell(leg.now, f"{line.phone} announces its calls to no address of this network")
        leg.close(Status.FAILED)


@dataclass(frozen=True, slots=True)
class CreatedCall:
    """What a REST request asked of a new call."""

    goto: Goto
    fallback_url: str | None = None
    ring_s: int = 60
    time_limit_s: int | None = None
    detects_machine: str = ""
    """Twilio's MachineDetection: empty, Enable, or DetectMessageEnd."""


def play_created(leg: Leg, wanted: CreatedCall) -> Scene[None]:
    """A call made by REST: its document running out hangs up."""
    try:
        answered = yield from ring(leg, leg.now + timedelta(seconds=wanted.ring_s + EXTRA_RING_S))
        if answered:
            yield from _detect_machine(leg, wanted.detects_machine)
    except Departed:
        return
    except Diverted as diverted:
        yield from _live(leg, diverted.goto, wanted.fallback_url)
        return
    if answered:
        yield from _live(leg, wanted.goto, wanted.fallback_url)


def _detect_machine(leg: Leg, mode: str) -> Scene[None]:
    """The document is fetched only once it is known who answered."""
    if not mode:
        return
    machine = leg.behaviour if isinstance(leg.behaviour, Voicemail) else None
    waits_for_beep = machine is not None and mode == "DetectMessageEnd"
    seconds = machine.greeting_s if machine is not None and waits_for_beep else DETECTION_S
    yield from leg.rest(leg.now + timedelta(seconds=seconds))
    leg.answered_by = "human" if machine is None else "machine_end_beep" if waits_for_beep else "machine_start"


def _live(leg: Leg, goto: Goto, fallback_url: str | None) -> Scene[None]:
    """Play until the call ends; a document that cannot be played leads to the fallback URL, once."""
    following: Goto | None = goto
    while following is not None:
        try:
            yield from perform(leg, following, CALL)
            following = None
        except Diverted as diverted:
            leg.story.tell(leg.now, "is sent elsewhere by a REST request")
            following = diverted.goto
        except NotTwiml as failed:
            following, fallback_url = _fall_back(leg, failed, fallback_url), None
        except (Departed, EndCall, Rejected, LeaveQueue, Dequeued):
            following = None
    leg.close(Status.COMPLETED)


def _fall_back(leg: Leg, failed: NotTwiml, fallback_url: str | None) -> Goto | None:
    leg.story.tell(leg.now, f"the document cannot be played: {failed}")
    if fallback_url is None:
        return None
    return Goto(fallback_url, (("ErrorCode", str(failed.code)), ("ErrorUrl", failed.url)))
