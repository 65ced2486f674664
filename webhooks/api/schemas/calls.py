"""A call: who was rung, who was passed by and why, and what came of it."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.outbound_calls import OutboundResult
from sami.domain.calls.refused_agents import GATES_OF_CALLS
from sami.domain.leads.outcome import Outcome
from sami.domain.leads.stages import Stage
from sami.domain.reports.catalogue import WAIT_MAX_S, WITHIN_S
from sami.store.selections import CALLS_COUNTED
from webhooks.api.reading import PLAIN
from webhooks.api.schemas.base import ROW_ID_MAX, Document, Instant, Line200, Moment, OneOf, Request, RowId
from webhooks.api.schemas.blocked import Day
from webhooks.api.schemas.decisions import Finding
from webhooks.api.schemas.leads import PageQuery

GATES: tuple[str, ...] = tuple(sorted(GATES_OF_CALLS))


CallGate = Annotated[str, OneOf(GATES, "is no gate that a call can be found by")]


CountedCalls = Annotated[str, OneOf(tuple(CALLS_COUNTED), "is nothing that reports count")]


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


class ListedCall(Document):
    """A call as it stands in a list: what came of it, without who was rung."""

    sid: str
    number: int = Field(description="By which agents name it in their texts: RESULT 12 ...")
    line: str
    caller: str | None = Field(description="Null where the number was withheld.")
    state: str
    outcome: Outcome | None
    abandoned: bool
    arrived_at: Instant
    ended_at: Instant | None
    wait_s: int | None = Field(description="From the wish for a person to being joined, else to giving up.")
    time_to_person_s: int | None
    recording_url: str | None
    blocked: str | None = Field(description="Why this caller was kept out; null where they were not.")
    placed: Placed | None = Field(description="Null where they called us.")
    lead: CallLead | None


class Call(ListedCall):
    """A call from ring to consequence."""

    reports: tuple[ReportedOutcome, ...]
    attempts: tuple[Attempt, ...]
    skipped: tuple[Skip, ...]
    decisions: tuple[CallDecision, ...]


class CallQuery(PageQuery):
    """Calls that fit every filter that is given."""

    line: Annotated[str | None, Field(max_length=100, description="A number of ours.")] = None
    agent: Annotated[
        str | None,
        Field(max_length=64, description="The key of somebody who was rung; with `attempt`: and whose ring ended so."),
    ] = None
    outcome: Outcome | None = None
    attempt: Annotated[AttemptEnd | None, Field(description="How the ring of a phone ended.")] = None
    gate: Annotated[CallGate | None, Field(description="A gate that kept somebody from ringing.")] = None
    lead: Annotated[RowId | None, Field(le=ROW_ID_MAX)] = None
    from_: Annotated[Moment | None, Field(alias="from", description="Arrived at this instant or later.")] = None
    to: Annotated[Moment | None, Field(description="Arrived before this instant.")] = None
    bot: Annotated[str | None, Field(max_length=64, description="A bot's key.")] = None
    source: Annotated[str | None, Field(max_length=100, description="The source of the caller's lead.")] = None
    rule: Annotated[str | None, Field(max_length=200, description="What of the policy chose the owner.")] = None
    counted: Annotated[
        CountedCalls | None, Field(description="What a figure of a report counts; reports link here with it.")
    ] = None
    within: Annotated[int, Field(ge=0, le=WAIT_MAX_S, description="Seconds, for `counted=answered_within`.")] = WITHIN_S


class CallBackRequest(Request):
    """Who is rung first; without, whoever the key belongs to."""

    agent: Annotated[str | None, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["ana"])] = None


class CallBackAsked(Document):
    """The agent's phone rings within seconds; the call that comes of it stands in GET /calls?lead=."""

    agent: str = Field(examples=["ana"])
    lead: int
    phone: str = Field(description="The lead's, which rings when the agent presses 1.", examples=["+15125550142"])
    of_call: str


class BlockWhoCalled(Request):
    """Why, and until when: the last day, included, in the organisation's zone; without it for good."""

    why: Line200 | None = None
    until: Annotated[Day | None, Field(examples=["2027-01-31"])] = None


class OutcomeReport(Request):
    """`at` belongs to needs_follow_up and contact_later; without it: a day on, inside working hours."""

    outcome: Outcome
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=PLAIN)] = ""
    at: AwareDatetime | None = None
