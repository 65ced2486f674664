"""The phone network as its users see it: lines, phones, calls, texts, and time."""

from __future__ import annotations

import json
import random
from datetime import datetime

from webhooks.simulator.behaviours import Behaviour
from webhooks.simulator.client import Post
from webhooks.simulator.exchange import Line, Text
from webhooks.simulator.legs import Exchange, Leg, Phone, Signal
from webhooks.simulator.paperwork import INBOUND, Reporting
from webhooks.simulator.people import CallerScript
from webhooks.simulator.phones import DoubleRing
from webhooks.simulator.player.call import play_inbound
from webhooks.simulator.posting import CallbackFaults, Fault, Posting, Request
from webhooks.simulator.rest.answers import Rest
from webhooks.simulator.signals import HungUp, KeyPressed, Spoke
from webhooks.simulator.story import Heard, Ring, Talk
from webhooks.simulator.texts import receive_text
from webhooks.simulator.timeline import Timeline


class SimulatedCall:
    """A call somebody makes to a line, and the caller's hand on it."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    @property
    def sid(self) -> str:
        return self._leg.sid

    @property
    def state(self) -> str:
        return str(self._leg.status)

    @property
    def is_live(self) -> bool:
        return self._leg.is_live

    @property
    def ended_at(self) -> datetime | None:
        return self._leg.ended_at

    @property
    def heard(self) -> list[Heard]:
        return self._leg.story.heard

    @property
    def rang(self) -> list[Ring]:
        return self._leg.story.rang

    @property
    def joined(self) -> list[Talk]:
        return self._leg.story.joined

    @property
    def story(self) -> list[str]:
        return self._leg.story.lines

    def has_heard(self, phrase: str) -> bool:
        return any(phrase.lower() in heard.text.lower() for heard in self.heard)

    # The caller's hand, from any thread.

    def press(self, keys: str) -> None:
        for key in keys:
            self._tell(KeyPressed(key))

    def say(self, text: str) -> None:
        self._tell(Spoke(text))

    def hang_up(self) -> None:
        self._tell(HungUp())

    def _tell(self, signal: Signal) -> None:
        self._leg.timeline.post(lambda: self._leg.tell(signal))


class Network:
    """Everything outside the program, on one timeline."""

    def __init__(
        self, post: Post, *, start: datetime, account_sid: str, auth_token: str, seed: int | None = None
    ) -> None:
        chance = random.Random(seed)
        self.timeline = Timeline(start)
        self.posting = Posting(self.timeline, post, auth_token, random.Random(chance.random()))
        self.exchange = Exchange(self.timeline, self.posting, account_sid, chance)
        self.rest = Rest(self.exchange, auth_token)
        self.calls: list[SimulatedCall] = []

    # The world.

    def add_line(
        self,
        phone: str,
        voice_url: str = "",
        voice_fallback_url: str = "",
        status_callback: str = "",
        sms_url: str = "",
    ) -> Line:
        """A number of the account; one without addresses was bought and connected to nothing yet."""
        line = Line(phone, voice_url, voice_fallback_url, status_callback, sms_url)
        self.exchange.lines[phone] = line
        return line

    def phone(self, number: str) -> Phone:
        """Somebody's phone; one that nobody described rings out."""
        return self.exchange.phone(number)

    def add_phone(self, number: str, *behaviours: Behaviour) -> Phone:
        """Each call uses up one behaviour; the last one stays."""
        phone = self.phone(number)
        phone.behave(behaviours)
        return phone

    # What people do.

    def call(self, caller: str, line: str, script: CallerScript | None = None) -> SimulatedCall:
        ours = self.exchange.lines[line]
        reporting = Reporting(ours.status_callback or None)
        leg = Leg(
            self.exchange,
            direction=INBOUND,
            from_=caller,
            to=line,
            reporting=reporting,
            script=script,
        )
        token = f"{self.exchange.chance.getrandbits(256):064x}"
        leg.call_token = json.dumps({"parentCallInfoToken": token, "identityHeaderTokens": []})
        self.timeline.post(lambda: self._connect(leg, ours))
        call = SimulatedCall(leg)
        self.calls.append(call)
        return call

    def text(self, from_: str, to: str, body: str) -> Text:
        return receive_text(self.exchange, from_, to, body)

    def _connect(self, leg: Leg, line: Line) -> None:
        self.exchange.phone(leg.from_).legs.append(leg)
        leg.begin(play_inbound(leg, line))

    # Time.

    @property
    def now(self) -> datetime:
        return self.timeline.now

    def run(self, until: datetime | None = None) -> None:
        self.timeline.run(until)

    def run_for(self, seconds: float) -> None:
        self.timeline.run_for(seconds)

    # What can be looked at.

    @property
    def faults(self) -> list[Fault]:
        return self.posting.faults

    @property
    def requests(self) -> list[Request]:
        return self.posting.requests

    @property
    def callbacks(self) -> CallbackFaults:
        return self.posting.callbacks

    @callbacks.setter
    def callbacks(self, faults: CallbackFaults) -> None:
        self.posting.callbacks = faults

    @property
    def texts(self) -> list[Text]:
        """Those sent by the program, in order."""
        return [text for text in list(self.exchange.texts.values()) if text.direction != "inbound"]

    def texts_to(self, phone: str) -> list[Text]:
        return [text for text in self.texts if text.to == phone]

    def heard_by(self, phone: str) -> list[Heard]:
        """Everything a called phone was told, over all its calls."""
        legs = [leg for leg in list(self.legs.values()) if leg.far_number == phone]
        return [heard for leg in legs for heard in leg.story.heard]

    @property
    def rings(self) -> list[Ring]:
        return self.exchange.rings

    @property
    def double_rings(self) -> list[DoubleRing]:
        return self.exchange.double_rings

    @property
    def legs(self) -> dict[str, Leg]:
        return self.exchange.legs
