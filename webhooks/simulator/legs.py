"""What is one side of a call? A leg: its numbers, its status, the person on it, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from webhooks.simulator.actors import Actor, Result, SceneOf
from webhooks.simulator.behaviours import Behaviour
from webhooks.simulator.exchange import ExchangeOf, MemberOf, QueueOf
from webhooks.simulator.paperwork import INBOUND, LIVE, Reporting, Status, call_form, report_form
from webhooks.simulator.people import CallerScript, Person
from webhooks.simulator.phones import PhoneOf
from webhooks.simulator.signals import (
    Cancelled,
    EndedByRest,
    Goto,
    HungUp,
    KeyPressed,
    PickedUp,
    Redirected,
    RingRefused,
    Spoke,
)
from webhooks.simulator.signing import Form
from webhooks.simulator.story import Did, Heard, Ring, Story
from webhooks.simulator.timeline import Event


@dataclass(frozen=True, slots=True)
class LegAnswered:
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegReady:
    """The leg's screening let it through."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class LegEnded:
    leg: Leg


@dataclass(frozen=True, slots=True)
class Joined:
    partner: Leg


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody dialled the queue this leg waits in."""

    by: Leg
    member: MemberOf[Leg]
    page_url: str | None


@dataclass(frozen=True, slots=True)
class Parted:
    """The other side of the talk is gone."""

    partner: Leg


Signal: TypeAlias = (
    KeyPressed
    | Spoke
    | HungUp
    | EndedByRest
    | Redirected
    | PickedUp
    | RingRefused
    | Cancelled
    | LegAnswered
    | LegReady
    | LegEnded
    | Joined
    | Taken
    | Parted
)
Scene: TypeAlias = SceneOf[Signal, Result]


class Departed(Exception):
    """The leg is over: its person hung up, or somebody ended it."""


class Diverted(Exception):
    """A REST request sent the leg to another document."""

    def __init__(self, goto: Goto) -> None:
        super().__init__(goto.url)
        self.goto = goto


class Dequeued(Exception):
    """Somebody dialled the queue this leg waits in."""

    def __init__(self, taken: Taken) -> None:
        super().__init__(taken.by.sid)
        self.taken = taken


class Leg(Actor[Signal]):
    def __init__(
        self,
        exchange: ExchangeOf[Leg],
        *,
        direction: str,
        from_: str,
        to: str,
        parent: Leg | None = None,
        reporting: Reporting | None = None,
        script: CallerScript | None = None,
    ) -> None:
        super().__init__(exchange.timeline)
        self.exchange = exchange
        self.sid = exchange.sid("CA")
        self.account_sid = exchange.account_sid
        self.direction = direction
        self.from_ = from_
        self.to = to
        self.parent = parent
        self.reporting = reporting or Reporting()
        self.person = Person(script or CallerScript())
        self.behaviour: Behaviour | None = None
        self.ring: Ring | None = None
        self.status = Status.RINGING if direction == INBOUND else Status.QUEUED
        self.created_at = self.now
        self.answered_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.call_token: str | None = None
        self.answered_by: str | None = None
        self.is_dialled = False
        """Still a part of the <Dial> that rang it."""
        self.caller_is_gone = False
        self.story = Story(self.now)
        self._plans: list[Event] = []
        self._reports = 0
        self._fetches: tuple[datetime, int] = (self.now, 0)
        exchange.legs[self.sid] = self

    @property
    def now(self) -> datetime:
        return self.timeline.now

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def far_number(self) -> str:
        """The phone in somebody's hand."""
        return self.from_ if self.direction == INBOUND else self.to

    @property
    def duration_s(self) -> int:
        """Whole seconds since the answer, 0 if there was none."""
        if self.answered_at is None:
            return 0
        return round(((self.ended_at or self.now) - self.answered_at).total_seconds())

    def params(self) -> Form:
        return call_form(self)

    # What happens to it.

    def start_dialling(self) -> None:
        self.status = Status.INITIATED
        self.report("initiated")

    def start_ringing(self) -> None:
        self.status = Status.RINGING
        self.report("ringing")

    def answer(self) -> None:
        if self.answered_at is not None or not self.is_live:
            return
        self.status = Status.IN_PROGRESS
        self.answered_at = self.now
        self._end_ring("answered")
        self.report("answered")
        if self.direction != INBOUND:
            self.person.begins(self)

    def close(self, unanswered: str = Status.CANCELED) -> None:
        """The leg is over: completed if it was ever answered, else as told."""
        if not self.is_live:
            return
        self.status = Status.COMPLETED if self.answered_at is not None else Status(unanswered)
        self.ended_at = self.now
        self._end_ring(self.status)
        for event in self._plans:
            event.cancelled = True
        phone = self.exchange.phone(self.far_number)
        if self in phone.legs:
            phone.legs.remove(self)
        self.story.tell(self.now, f"call ends: {self.status}")
        self.report("completed")

    def report(self, event: str) -> None:
        if event not in self.reporting.events:
            return
        form = report_form(self, event, self._reports)
        self._reports += 1
        self.exchange.posting.notify(self.reporting.url, form)

    # What its person perceives and does.

    def cast(self, script: CallerScript) -> None:
        self.person = Person(script)

    def hears(self, kind: str, text: str) -> None:
        self.story.heard.append(Heard(self.now, kind, text))
        self.story.tell(self.now, f"hears {kind}: {text}" if text else f"hears {kind}")
        self.person.hears(self, text)

    def plan(self, after_s: float, signal: Signal) -> None:
        """What would happen later does not, once the leg is over."""
        self._plans.append(self.timeline.after(after_s, lambda: self.tell(signal)))

    def listen(self, until: datetime | None) -> Scene[Signal | None]:
        """The next signal, or None at that instant; what ends or moves the leg is raised."""
        signal = yield None if until is None else (until - self.now).total_seconds()
        match signal:
            case HungUp():
                self.story.tell(self.now, f"{self.far_number} hangs up")
                self.close(Status.NO_ANSWER if self.direction == INBOUND else Status.BUSY)
                raise Departed
            case EndedByRest():
                self.close(Status.CANCELED)
                raise Departed
            case Cancelled(status):
                self.close(status)
                raise Departed
            case Redirected(goto):
                raise Diverted(goto)
            case KeyPressed(key):
                self.story.did.append(Did(self.now, f"presses {key}"))
            case Spoke(text):
                self.story.did.append(Did(self.now, f"says: “{text}”"))
            case Taken() if signal.member.is_taken_by(signal.by):
                raise Dequeued(signal)
        return signal

    def rest(self, until: datetime) -> Scene[None]:
        """Let time pass; keys and words go unheard."""
        while self.now < until:
            yield from self.listen(until)

    def count_fetch(self) -> int:
        """How many documents were fetched at this very instant."""
        at, count = self._fetches
        self._fetches = (self.now, count + 1 if at == self.now else 1)
        return self._fetches[1]

    def forget_fetches(self) -> None:
        self._fetches = (self.now, 0)

    def _end_ring(self, result: str) -> None:
        if self.ring is None or self.ring.ended_at is not None:
            return
        self.ring.ended_at, self.ring.result = self.now, str(result)
        caller = self.parent or self
        caller.story.tell(self.now, f"{self.to}: {result}")


Exchange: TypeAlias = ExchangeOf[Leg]
Member: TypeAlias = MemberOf[Leg]
Queue: TypeAlias = QueueOf[Leg]
Phone: TypeAlias = PhoneOf[Leg]
