"""Leads that a person should look at, and why."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sami.domain.leads.exception_kinds import ExceptionKind
from webhooks.api.schemas.base import PLAIN_LINES, Document, Instant, Moment, Request
from webhooks.api.schemas.leads import PageQuery


class LeadException(Document):
    """What a person should look at about a lead. One that was reassigned is listed as closed, for review."""

    id: int = Field(examples=[12])
    lead: int = Field(examples=[1])
    kind: ExceptionKind
    state: Literal["open", "closed"]
    detail: str
    at: Instant
    closed_at: Instant | None
    closed_by: str | None = Field(description="A person, or what put it right.")
    note: str | None
    unowned_reason: str | None = Field(description="Why the lead has no owner, where it has none.")


class ExceptionChange(Request):
    """What is left out stays."""

    state: Literal["open", "closed"] | None = None
    note: Annotated[str, StringConstraints(max_length=500, pattern=PLAIN_LINES)] | None = Field(
        default=None, examples=["called them, all is well"]
    )


class ExceptionQuery(PageQuery):
    """Exceptions that fit every filter that is given."""

    kind: ExceptionKind | None = None
    state: Literal["open", "closed"] | None = None
    from_: Annotated[Moment | None, Field(alias="from", description="At this instant or later.")] = None
    to: Annotated[Moment | None, Field(description="Before this instant.")] = None
