"""What do all calls of the network share? Lines, phones, legs, queues, and the chance that names them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Generic

from webhooks.simulator.phones import DoubleRing, PhoneOf
from webhooks.simulator.posting import Posting
from webhooks.simulator.recordings import Recording
from webhooks.simulator.side import SideT
from webhooks.simulator.signals import RingRefused
from webhooks.simulator.story import Ring
from webhooks.simulator.timeline import Timeline

DIALLED_OUR_OWN_LINE = 13224


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the account, and where its calls and texts are announced; empty where nowhere."""

    phone: str
    voice_url: str = ""
    voice_fallback_url: str = ""
    status_callback: str = ""
    sms_url: str = ""
    sms_fallback_url: str = ""
    voice_method: str = "POST"
    voice_fallback_method: str = "POST"
    status_callback_method: str = "POST"
    sms_method: str = "POST"
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    """Of another program of the account: where one is named, Twilio ignores the addresses beside it. So with texts."""
    sms_application_sid: str = ""
    trunk_sid: str = ""
    friendly_name: str = ""

    @property
    def sid(self) -> str:
        return f"PN{sha256(self.phone.encode()).hexdigest()[:32]}"

    @property
    def answers_calls(self) -> bool:
        """Whether a call is announced by a POST to an address that stands here."""
        return (
            bool(self.voice_url) and self.voice_method == "POST" and not (self.voice_application_sid or self.trunk_sid)
        )

    @property
    def answers_texts(self) -> bool:
        return bool(self.sms_url) and self.sms_method == "POST" and not self.sms_application_sid


@dataclass(frozen=True, slots=True)
class Text:
    sid: str
    at: datetime
    from_: str
    to: str
    body: str
    direction: str
    """inbound, outbound-api, outbound-reply."""
    status: str
    error_code: int | None = None
    status_callback: str | None = None


@dataclass(slots=True)
class MemberOf(Generic[SideT]):
    """One call waiting in a queue; `taken_by` is set at the instant somebody dials the queue."""

    leg: SideT
    joined_at: datetime
    taken_by: SideT | None = None
    bridged: bool = False
    left_at: datetime | None = None

    def is_taken_by(self, leg: SideT) -> bool:
        """Still here, and still wanted by that leg."""
        return self.left_at is None and self.taken_by is leg


@dataclass(slots=True)
class QueueOf(Generic[SideT]):
    sid: str
    name: str
    created_at: datetime
    members: list[MemberOf[SideT]] = field(default_factory=list)

    def front(self) -> MemberOf[SideT] | None:
        return next((member for member in self.members if member.taken_by is None), None)


@dataclass(slots=True)
class ExchangeOf(Generic[SideT]):
    timeline: Timeline
    posting: Posting
    account_sid: str
    chance: random.Random
    lines: dict[str, Line] = field(default_factory=dict)
    phones: dict[str, PhoneOf[SideT]] = field(default_factory=dict)
    legs: dict[str, SideT] = field(default_factory=dict)
    queues: dict[str, QueueOf[SideT]] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    blocked: set[tuple[str, str]] = field(default_factory=set)
    """(line, phone) pairs after STOP."""
    rings: list[Ring] = field(default_factory=list)
    double_rings: list[DoubleRing] = field(default_factory=list)
    recordings: dict[str, Recording] = field(default_factory=dict)
    """By SID, until somebody deletes them."""
    play_s: dict[str, float] = field(default_factory=dict)
    """How long the sounds at these URLs are; others last four seconds."""
    screen_outlives_caller: bool = False
    """Twilio has not said whether a screen plays on after the caller left: it is played both ways."""

    def sid(self, prefix: str) -> str:
        return f"{prefix}{self.chance.getrandbits(128):032x}"

    def phone(self, number: str) -> PhoneOf[SideT]:
        return self.phones.setdefault(number, PhoneOf(number))

    def queue(self, name: str) -> QueueOf[SideT]:
        if name not in self.queues:
            self.queues[name] = QueueOf(self.sid("QU"), name, self.timeline.now)
        return self.queues[name]

    def ring_phone(self, leg: SideT) -> RingRefused | None:
        """Make the called phone ring, and keep that it did."""
        if leg.to in self.lines:
            self.posting.note_fault(leg.to, DIALLED_OUR_OWN_LINE, "one of our own lines was dialled")
            return RingRefused("failed")
        phone = self.phone(leg.to)
        self._notice_double_ring(phone, leg)
        refusal = phone.ring(leg)
        if refusal is None:
            phone.legs.append(leg)
        self._keep_ring(leg, refusal)
        return refusal

    def _notice_double_ring(self, phone: PhoneOf[SideT], leg: SideT) -> None:
        if phone.legs:
            already = "talking" if phone.is_talking else "ringing"
            sids = tuple(other.sid for other in (*phone.legs, leg))
            self.double_rings.append(DoubleRing(self.timeline.now, phone.number, sids, already))

    def _keep_ring(self, leg: SideT, refusal: RingRefused | None) -> None:
        now = self.timeline.now
        caller = leg.parent or leg
        ring = Ring(leg.to, leg.sid, caller.sid, now)
        if refusal is not None:
            ring.ended_at, ring.result = now, refusal.status
        leg.ring = ring
        self.rings.append(ring)
        caller.story.rang.append(ring)
        caller.story.tell(now, f"{leg.to} rings" if refusal is None else f"{leg.to} is {refusal.status}")
