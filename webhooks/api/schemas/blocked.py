"""Whom calls are not taken from."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from webhooks.api.schemas.base import Document, Line100, Line200, Query, Request, given

Day = Annotated[date, Strict(False)]


class BlockedCaller(Document):
    """Exactly one of the first three is not null."""

    phone: str | None = Field(examples=["+15125550666"])
    prefix: str | None = Field(description="Every number that begins so.", examples=["+1512555"])
    withheld_on: str | None = Field(description="A line of ours that takes no calls of withheld numbers.")
    why: str
    until: date | None = Field(
        description="The last day, included, in the organisation's zone; null: for good.", examples=["2027-01-31"]
    )


class BlockRequest(Request):
    """One of the first three. A row of the same phone, prefix or line is replaced."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [given("phone"), given("prefix"), given("withheld_on")],
            "examples": [{"phone": "+15125550666", "why": "sells roofs"}],
        }
    )

    phone: Line100 | None = None
    prefix: Line100 | None = None
    withheld_on: Line100 | None = None
    why: Line200 | None = None
    until: Annotated[Day | None, Field(examples=["2027-01-31"])] = None


class BlockedQuery(Query):
    """One of the three, as it stands there."""

    phone: Annotated[str | None, Field(max_length=100)] = None
    prefix: Annotated[str | None, Field(max_length=100)] = None
    withheld_on: Annotated[str | None, Field(max_length=100)] = None
