"""A call: who was rung, who was passed by and why, and what came of it."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.outbound_calls import OutboundResult
from sami.domain.leads.outcome import Outcome
from sami.domain.leads.stages import Stage
from webhooks.api.reading import PLAIN
from webhooks.api.schemas.base import Document, Instant, Request
from webhooks.api.schemas.decisions import Finding


class CallLead(Document):
    """Who called, as the lead is now."""

    id: int
    phone: str | None
    name: str
    owner: str | None = Field(description="An agent's key.")
    stage: Stage


class Placed(Document):
    """We called them: the bot did, or an agent who was rung first."""

    agent_first: bool
    result: OutboundResult | None = Field(description="Null until it is over.")
    why: str
    of_call: str | None = Field(description="The call in which it was asked for.")
    asked_by: str | None = Field(description="The key of the agent who asked for it; null where the lead did.")


class Attempt(Document):
    """One phone that was rung: how it ended, in one word, and its six instants."""

    agent: str | None = Field(description="A key; null for a fallback.")
    name: str
    phone: str
    stage: str
    ended: AttemptEnd | None
    offered_at: Instant
    ringing_at: Instant | None
    picked_up_at: Instant | None
    accepted_at: Instant | None
    joined_at: Instant | None
    ended_at: Instant | None


class Skip(Document):
    """An agent who was not rung, the gate that refused them, and what it saw."""

    agent: str
    gate: str
    detail: str


class CallDecision(Document):
    """A decision of the call, without its facts: those are at /api/v1/decisions/{id}."""

    id: str
    kind: str
    at: Instant
    policy_version: int | None
    version: int | None
    trace: tuple[Finding, ...]
    chosen: dict[str, Any]


class ReportedOutcome(Document):
    """What somebody said afterwards."""

    outcome: Outcome
    note: str
    later_at: Instant | None = Field(description="When the caller wants to be contacted.")
    by: str
    at: Instant


class Call(Document):
    """A call from ring to consequence."""

    sid: str
    number: int = Field(description="By which agents name it in their texts: RESULT 12 ...")
    line: str
    caller: str | None = Field(description="Null where the number was withheld.")
    state: str
    outcome: Outcome | None
    reports: tuple[ReportedOutcome, ...]
    abandoned: bool
    arrived_at: Instant
    ended_at: Instant | None
    wait_s: int | None = Field(description="From the wish for a person to being joined, else to giving up.")
    time_to_person_s: int | None
    recording_url: str | None
    blocked: str | None = Field(description="Why this caller was kept out; null where they were not.")
    placed: Placed | None = Field(description="Null where they called us.")
    lead: CallLead | None
    attempts: tuple[Attempt, ...]
    skipped: tuple[Skip, ...]
    decisions: tuple[CallDecision, ...]


class OutcomeReport(Request):
    """`at` belongs to needs_follow_up and contact_later; without it: a day on, inside working hours."""

    outcome: Outcome
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=PLAIN)] = ""
    at: AwareDatetime | None = None
