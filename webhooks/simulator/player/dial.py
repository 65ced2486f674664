"""How does <Dial> ring phones? The first to answer wins, is screened, and is joined unless refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webhooks.simulator.legs import Departed, Diverted, Joined, Leg, LegAnswered, LegEnded, LegReady, Scene
from webhooks.simulator.paperwork import BY_DIAL, Reporting, Status
from webhooks.simulator.player.called_side import play_dialled_leg
from webhooks.simulator.player.player_loop import Page, request_unheeded
from webhooks.simulator.player.queue import dial_queue
from webhooks.simulator.player.record import file_recording
from webhooks.simulator.player.talk import talk
from webhooks.simulator.signals import Cancelled, Goto
from webhooks.simulator.signing import Form
from webhooks.simulator.twiml.document import Element

EXTRA_RING_S = 5  # "Twilio adds five seconds to a dial's timeout."
INVALID_CALLER_ID = 13214
TIME_LIMIT_S = 4 * 3600


@dataclass(slots=True)
class Dialling:
    """One <Dial> while it lasts."""

    caller: Leg
    verb: Element
    legs: list[Leg] = field(default_factory=list)
    winner: Leg | None = None
    bridged: bool = False

    @property
    def live(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.is_dialled]

    @property
    def ringing(self) -> list[Leg]:
        return [leg for leg in self.live if leg is not self.winner]


def dial(caller: Leg, verb: Element, page: Page) -> Scene[Goto | None]:
    nouns = verb.children or (Element("Number", {}, verb.text, ()),)
    action = page.link(verb.find("action"))
    if nouns[0].name == "Queue":
        return (yield from dial_queue(caller, verb, nouns[0], page))
    dialling = Dialling(caller, verb)
    caller_id = _caller_id(caller, verb, page)
    try:
        if caller_id is not None:
            _place_legs(dialling, nouns, caller_id, page)
            yield from _ring_and_join(dialling)
    except (Departed, Diverted):
        _let_go(dialling)
        request_unheeded(caller, action, _abandoned_form(dialling))
        raise
    return None if action is None else Goto(action, tuple(_ended_form(dialling, page)))


def _caller_id(caller: Leg, verb: Element, page: Page) -> str | None:
    """Only From, To or a number of the account may be shown."""
    shown = verb.get("callerId", caller.from_)
    if "callerId" not in verb.attributes or shown in {caller.to, *caller.exchange.lines}:
        return shown
    if shown == caller.from_ and shown not in WITHHELD:
        return shown
    caller.exchange.posting.note_fault(page.url, INVALID_CALLER_ID, f"may not show {shown} as caller")
    return None


WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""Withheld callers that look like numbers."""


def _place_legs(dialling: Dialling, nouns: tuple[Element, ...], caller_id: str, page: Page) -> None:
    for noun in nouns:
        reporting = Reporting(
            page.link(noun.find("statusCallback")),
            frozenset(noun.get("statusCallbackEvent", "completed").split()),
        )
        leg = Leg(
            dialling.caller.exchange,
            direction=BY_DIAL,
            from_=caller_id,
            to=noun.text,
            parent=dialling.caller,
            reporting=reporting,
        )
        leg.is_dialled = True
        dialling.legs.append(leg)
        leg.begin(play_dialled_leg(leg, dialling.caller, page.link(noun.find("url"))))


def _ring_and_join(dialling: Dialling) -> Scene[None]:
    caller = dialling.caller
    caller.hears("ringing", "")
    until: datetime | None = caller.now + timedelta(seconds=dialling.verb.whole("timeout", 30) + EXTRA_RING_S)
    while dialling.live:
        match (yield from caller.listen(until)):
            case None:
                _cancel(dialling.ringing, Status.NO_ANSWER)
                until = None
            case LegAnswered(leg) if dialling.winner is None:
                dialling.winner, until = leg, None
                _cancel(dialling.ringing, Status.CANCELED)
            case LegReady(leg) if leg is dialling.winner:
                yield from _join(dialling, leg)
            case LegEnded():
                pass  # Seen by the loop's own question; one that comes during the talk must not be missed.


def _join(dialling: Dialling, leg: Leg) -> Scene[None]:
    caller = dialling.caller
    dialling.bridged = True
    caller.answer()
    leg.tell(Joined(caller))
    limit_s = dialling.verb.whole("timeLimit", TIME_LIMIT_S)
    yield from talk(caller, leg, caller.now + timedelta(seconds=limit_s))


def _cancel(legs: list[Leg], status: str) -> None:
    for leg in legs:
        leg.tell(Cancelled(status))


def _let_go(dialling: Dialling) -> None:
    """The caller is gone or was sent elsewhere."""
    _cancel(dialling.ringing, Status.CANCELED)
    winner = dialling.winner
    if winner is None or dialling.bridged:
        return
    winner.caller_is_gone = True
    if not winner.exchange.screen_outlives_caller:
        _cancel([winner], Status.CANCELED)


# What the action is told.


def _ended_form(dialling: Dialling, page: Page) -> Form:
    form = [("DialCallStatus", _status(dialling)), ("DialBridged", str(dialling.bridged).lower())]
    spokesman = dialling.winner or (dialling.legs[0] if len(dialling.legs) == 1 else None)
    if spokesman is not None:
        form.append(("DialCallSid", spokesman.sid))
    if dialling.winner is not None:
        form.append(("DialCallDuration", str(dialling.winner.duration_s)))
    if dialling.bridged and dialling.verb.get("record", "false") not in ("false", "do-not-record"):
        talked_s = dialling.winner.duration_s if dialling.winner is not None else 0
        form.append(("RecordingUrl", file_recording(dialling.caller, dialling.verb, page, talked_s, "DialVerb").url))
    return form


def _abandoned_form(dialling: Dialling) -> Form:
    status = Status.COMPLETED if dialling.bridged else Status.CANCELED
    form = [("DialCallStatus", str(status)), ("DialBridged", str(dialling.bridged).lower())]
    if dialling.winner is not None:
        form.append(("DialCallSid", dialling.winner.sid))
    if dialling.bridged and dialling.winner is not None:
        form.append(("DialCallDuration", str(dialling.winner.duration_s)))
    return form


def _status(dialling: Dialling) -> str:
    """`completed` means that a leg was answered, nothing more."""
    if dialling.winner is not None:
        return str(Status.COMPLETED)
    ends = {leg.status for leg in dialling.legs}
    telling = (Status.NO_ANSWER, Status.BUSY, Status.CANCELED)
    return str(next((status for status in telling if status in ends), Status.FAILED))
