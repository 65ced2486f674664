"""A call as it is told afterwards: frozen values, nothing decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.outbound_calls import OutboundResult
from sami.domain.calls.routing import Stage
from sami.domain.calls.states import CallState
from sami.domain.language.actor import Actor
from sami.domain.language.trace import Reason
from sami.domain.leads.outcome import Outcome
from sami.views.stored_decisions import StoredDecision


@dataclass(frozen=True, slots=True)
class LeadToldOf:
    """The lead as it is now; `owner` is an agent's key."""

    id: int
    phone: str | None
    name: str
    owner: str | None
    stage: str


@dataclass(frozen=True, slots=True)
class RungPhone:
    """One attempt. `agent` is a key, None for a phone that is nobody's of ours; `ended` is None while it lasts.

    `pressed`: the last key that whoever picked up pressed.
    """

    stage: Stage
    agent: str | None
    name: str
    phone: str
    screened: bool
    ended: AttemptEnd | None
    offered_at: datetime
    ringing_at: datetime | None
    picked_up_at: datetime | None
    accepted_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None
    pressed: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """An agent whom one gate kept from ringing, with what the gate saw when it first did."""

    agent: str
    gate: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """The lead changed hands while the call lasted, or because of it; both are agents' keys."""

    at: datetime
    from_: str | None
    to: str | None
    why: str


@dataclass(frozen=True, slots=True)
class TaskMade:
    """`owner` is a key; None means the admins' queue."""

    id: int
    title: str
    owner: str | None
    due_at: datetime
    state: str
    lead: int | None
    recording_url: str | None


@dataclass(frozen=True, slots=True)
class TextSent:
    """A text of this call; `agent` is a key, None where it went to no agent.

    `state` is the outbox's word, `delivery` the carrier's once there is one.
    """

    to: str
    agent: str | None
    line: str
    body: str
    dedupe_key: str
    state: str
    delivery: str | None
    sid: str | None
    error: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportMade:
    """What somebody said afterwards; `later_at` is when the caller wants to be contacted."""

    outcome: Outcome
    note: str
    later_at: datetime | None
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class PlacedAs:
    """An outbound call. `agent_first`: an agent was rung, who called the lead. `call` names what it became.

    `asked_by` is the agent who asked for it, where it was not the lead.
    """

    at: datetime
    agent_first: bool
    result: OutboundResult | None
    why: str
    of_call: str | None
    call: str | None
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class CallHead:
    """A call as it stands in a list. `wait_s` runs from the wish for a person to being joined, else to giving up.

    `placed`: we called them; `blocked`: they were kept out, and why.
    """

    sid: str
    number: int
    line: str
    caller: str | None
    state: CallState
    outcome: Outcome | None
    abandoned: bool
    arrived_at: datetime
    transfer_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None
    wait_s: int | None
    time_to_person_s: int | None
    recording_url: str | None
    lead: LeadToldOf | None
    attempts: tuple[RungPhone, ...]
    placed: PlacedAs | None
    blocked: str | None

    @property
    def is_talking(self) -> bool:
        """Somebody accepted and has not parted yet; the call's own state stays where it was left for that."""
        return self.ended_at is None and any(a.accepted_at is not None and a.ended is None for a in self.attempts)


@dataclass(frozen=True, slots=True)
class CallStory(CallHead):
    """`wish` is what the menu heard; `names` of agents by key; `cadences_cancelled`: by key, those that its outcome
    ended; `asked_for` are the calls of ours that were asked for in this one.
    """

    line_name: str
    safety_net: bool
    line_is_known: bool
    wish: str | None
    skipped: tuple[Skip, ...]
    decisions: tuple[StoredDecision, ...]
    owner_changes: tuple[OwnerChange, ...]
    tasks: tuple[TaskMade, ...]
    texts: tuple[TextSent, ...]
    names: Mapping[str, str]
    zone: str
    reports: tuple[ReportMade, ...] = ()
    cadences_cancelled: tuple[str, ...] = ()
    asked_for: tuple[PlacedAs, ...] = ()
