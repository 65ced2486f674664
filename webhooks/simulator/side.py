"""One side of a call as those see it who make it ring, write about it and keep it: everything but what it plays."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, Self, TypeVar

from webhooks.simulator.behaviours import Behaviour
from webhooks.simulator.people import CallerScript
from webhooks.simulator.signals import PersonSignal
from webhooks.simulator.story import Ring, Story
from webhooks.simulator.timeline import Timeline


class Side(Protocol):
    sid: str
    account_sid: str
    direction: str
    from_: str
    to: str
    timeline: Timeline
    behaviour: Behaviour | None
    ring: Ring | None
    answered_at: datetime | None
    call_token: str | None
    answered_by: str | None
    story: Story

    @property
    def parent(self) -> Self | None: ...
    @property
    def status(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def duration_s(self) -> int: ...

    def cast(self, script: CallerScript) -> None: ...
    def plan(self, after_s: float, signal: PersonSignal) -> None: ...
    def tell(self, signal: PersonSignal) -> None: ...


SideT = TypeVar("SideT", bound=Side)
