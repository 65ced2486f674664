"""A lead as it is read out, with its story and its owners."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sami.documents.lead_schema import TypeOf, with_lead_fields
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.leads.fields import Kind
from sami.domain.leads.stages import SlaState, Stage
from sami.store.selections import LEADS_COUNTED
from webhooks.api.schemas.base import ROW_ID_MAX, Document, Instant, Moment, OneOf, Query


class Owner(Document):
    """The agent who owns a lead."""

    key: str = Field(examples=["ana"])
    name: str = Field(examples=["Ana Ruiz"])


class ReceivedLead(Document):
    """What came of a lead that was handed in. Without an owner, `unowned_reason` says why."""

    id: int = Field(examples=[9])
    created: bool = Field(description="False where the lead was known already.")
    owner: Owner | None
    unowned_reason: str | None
    stage: Stage
    decision: str | None = Field(
        description="Where the decision about its owner can be read; null where nothing had to be decided.",
        examples=["/api/v1/decisions/5f0c2d7e9a1b3c4d"],
    )


class Sla(Document):
    """The first response: awaited, in time, too late, or ended because the lead is not to be contacted."""

    state: SlaState
    due_at: Instant | None
    responded_at: Instant | None
    took_s: int | None = Field(description="From intake to the first response.")
    overrun_s: int | None = Field(description="How much later than due the response came, or is by now.")


class PoolRule(Document):
    """What of the policy gave the lead its owner; its agents are the group that rings."""

    policy_version: int | None
    kind: str = Field(examples=["rule"])
    name: str = Field(examples=["Texas buyers"])


class Enrolment(Document):
    """How a lead stands, or stood, in one cadence."""

    key: str = Field(examples=["ten-day"])
    name: str = Field(examples=["Ten-day follow-up"])
    state: EnrolmentState
    reason: str = Field(description="Of the last change of state.", examples=["successful transfer"])
    by: str = Field(description="Who or what made that change.", examples=["outcome successful_transfer"])
    step: int | None = Field(description="The step that comes next, counted from 1; null when it is over.")
    due_at: Instant | None = Field(description="When that is looked at; null where a person must resume it.")
    paused_until: Instant | None


_READ: Mapping[Kind, TypeOf] = {
    Kind.LINE: lambda line: str | None if line.is_optional else str,
    Kind.EMAIL: lambda _: str | None,
    Kind.TAGS: lambda _: tuple[str, ...],
    Kind.PRICE: lambda _: int | None,
    Kind.SCORE: lambda _: int | None,
    Kind.NAMED: lambda _: dict[str, Any],
}


@with_lead_fields(_READ)
class Lead(Document):
    """A lead with everything that is known of it."""

    id: int = Field(examples=[9])
    phone: str | None = Field(examples=["+15125550142"])
    other_phones: tuple[str, ...] = Field(
        description="Other phones that it came with; PATCH makes one of them its own."
    )
    other_emails: tuple[str, ...]
    findings: dict[str, Any] = Field(
        description="What we found out by ourselves; where an attribute has the same name, that counts.",
        examples=[{"region": "South", "line_type": "mobile"}],
    )
    stage: Stage
    owner: Owner | None
    unowned_reason: str | None
    pool_rule: PoolRule | None
    sla: Sla | None
    cadences: tuple[Enrolment, ...] = Field(description="The cadences it is or was in, the first one first.")
    consent: Literal["opted_in", "opted_out"] | None = Field(description="The phone's last word; null: none yet.")
    do_not_contact_until: Instant | None
    created_at: Instant


class TimelineEntry(Document):
    """One line of what happened to a lead."""

    at: Instant
    kind: str = Field(examples=["received"])
    text: str
    call: str | None = Field(description="The CallSid it belongs to.")


class OwnerChange(Document):
    """One change of a lead's owner. `from` and `to` are agents' keys; null means nobody."""

    from_: str | None = Field(serialization_alias="from", examples=["ana"])
    to: str | None = Field(examples=["ben"])
    why: str = Field(examples=["Ana left the company"])
    who: str = Field(description="Who or what changed it.", examples=["api/crm"])
    at: Instant
    decision: str | None = Field(description="Where the decision behind it can be read, if a policy made it.")


PAGE_MAX = 200


CountedLeads = Annotated[str, OneOf(tuple(LEADS_COUNTED), "is nothing that reports count")]


class LeadQuery(Query):
    """Either one lead by its phone or e-mail, or those that fit every other filter, page by page."""

    phone: Annotated[str | None, Field(max_length=100)] = None
    email: Annotated[str | None, Field(max_length=200)] = None
    owner: Annotated[str | None, Field(max_length=64, description="An agent's key, or \"pond\" for nobody's.")] = None
    stage: Stage | None = None
    source: Annotated[str | None, Field(max_length=100)] = None
    tag: Annotated[str | None, Field(max_length=100)] = None
    q: Annotated[
        str | None, Field(max_length=100, description="A part of the name or e-mail address, or digits of the phone.")
    ] = None
    from_: Annotated[Moment | None, Field(alias="from", description="Came in at this instant or later.")] = None
    to: Annotated[Moment | None, Field(description="Came in before this instant.")] = None
    segment: Annotated[str | None, Field(max_length=100)] = None
    rule: Annotated[str | None, Field(max_length=200, description="What of the policy chose the owner.")] = None
    counted: Annotated[
        CountedLeads | None, Field(description="What a figure of a report counts; reports link here with it.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    cursor: Annotated[int, Field(ge=0, le=ROW_ID_MAX, description="As the Link header of the last page gave it.")] = 0


class PageQuery(Query):
    """All of them, page by page, the oldest first."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    cursor: Annotated[int, Field(ge=0, le=ROW_ID_MAX, description="As the Link header of the last page gave it.")] = 0
