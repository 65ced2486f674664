"""What happens on the called side? The phone rings, is screened, and waits to be joined."""

from __future__ import annotations

from datetime import datetime

from webhooks.simulator.legs import Departed, Diverted, Joined, Leg, LegAnswered, LegEnded, LegReady, Parted, Scene
from webhooks.simulator.paperwork import Status
from webhooks.simulator.player.player_loop import EndCall, perform
from webhooks.simulator.player.repertoires import SCREENING
from webhooks.simulator.player.talk import talk
from webhooks.simulator.signals import Goto, PickedUp, RingRefused
from webhooks.simulator.twiml.document import NotTwiml


def ring(leg: Leg, until: datetime | None) -> Scene[bool]:
    """Ring the phone until it answers, refuses, or time is up; true when somebody or something picked up."""
    leg.start_dialling()
    refusal = leg.exchange.ring_phone(leg)
    if refusal is not None:
        leg.close(refusal.status)
        return False
    leg.start_ringing()
    while True:
        match (yield from leg.listen(until)):
            case None:
                leg.close(Status.NO_ANSWER)
                return False
            case RingRefused(status):
                leg.close(status)
                return False
            case PickedUp():
                leg.answer()
                return True


def play_dialled_leg(leg: Leg, caller: Leg, screen_url: str | None) -> Scene[None]:
    try:
        if (yield from ring(leg, None)):
            caller.tell(LegAnswered(leg))
            if screen_url is not None:
                yield from perform(leg, Goto(screen_url), SCREENING)
            yield from _be_joined(leg, caller)
    except Diverted as diverted:
        yield from _go_its_own_way(leg, caller, diverted.goto)
    except (Departed, EndCall, NotTwiml):
        pass
    leg.close()
    _leave_caller(leg, caller)


def _leave_caller(leg: Leg, caller: Leg) -> None:
    """Parted too: the caller may have just begun to talk to a leg that is gone."""
    leg.is_dialled = False
    caller.tell(Parted(leg))
    caller.tell(LegEnded(leg))


def _be_joined(leg: Leg, caller: Leg) -> Scene[None]:
    """The screen ran out, or there was none: that is consent."""
    if leg.caller_is_gone:
        return
    caller.tell(LegReady(leg))
    while True:
        match (yield from leg.listen(None)):
            case Joined(partner):
                yield from talk(leg, partner)
                return
            case Parted():
                return


def _go_its_own_way(leg: Leg, caller: Leg, goto: Goto) -> Scene[None]:
    """A REST request took the called leg away from its caller."""
    leg.story.tell(leg.now, "is taken out of the dial by a REST request")
    _leave_caller(leg, caller)
    try:
        yield from perform(leg, goto, SCREENING)
    except (Departed, Diverted, EndCall, NotTwiml):
        return
