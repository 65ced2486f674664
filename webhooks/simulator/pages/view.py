"""What is there to see? Everything the page shows, as one frozen document; plain enough for a terminal too."""

from __future__ import annotations

from dataclasses import dataclass

from sami.views.call_words import CallDescription
from webhooks.simulator.pages.captions import Caption
from webhooks.simulator.pages.directory import Caller
from webhooks.simulator.pages.duty import Duty
from webhooks.simulator.pages.live_story import Line


@dataclass(frozen=True, slots=True)
class Bubble:
    """A text of an agent's conversation; `mine` went out from their phone."""

    mine: bool
    body: str


@dataclass(frozen=True, slots=True)
class PhoneView:
    """`state` is idle, ringing, talking; `partner` is who they talk with, `is_machine`: their voicemail picked up."""

    key: str
    phone: str
    name: str
    kind: str
    is_desk: bool
    state: str
    is_ignored: bool
    is_machine: bool
    partner: str | None
    habit: str
    duty: Duty | None
    captions: tuple[Caption, ...]
    texts: tuple[Bubble, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """`state` is said to people; `why` comes from SAMI's own rows, so it is absent while they are away."""

    sid: str
    caller: str
    line: str
    is_live: bool
    is_talking: bool
    state: str
    captions: tuple[Caption, ...]
    story: tuple[Line, ...]
    why: CallDescription | None
    has_outcome: bool


@dataclass(frozen=True, slots=True)
class LineView:
    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class View:
    business: str
    time: str
    is_night: bool
    is_faster: bool
    database: str
    rest: str
    callers: tuple[Caller, ...]
    lines: tuple[LineView, ...]
    phones: tuple[PhoneView, ...]
    call: CallView | None
