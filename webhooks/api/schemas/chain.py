"""Where a call to a line ends."""

from typing import Annotated, Literal

from pydantic import Field

from sami.domain.language.trace import Reason
from webhooks.api.schemas.base import ROW_ID_MAX, Document, Instant, Moment, Query, RowId


class InChain(Document):
    """Whoever rings in a stage, or does not: then `gate` says why."""

    agent: str | None = Field(description="A key; null for a fallback or the one number.", examples=["ana"])
    name: str = Field(examples=["Ana Ruiz"])
    phone: str | None = Field(examples=["+15125550101"])
    gate: Reason | None = Field(description="Null: the phone rings.")
    detail: str = Field(examples=["until 2026-11-16T20:00:00+00:00"])
    verified_at: Instant | None = Field(description="When the phone last passed a test ring.")


class ChainStep(Document):
    """One stage, in its turn; `seconds` null: it is passed over, and no time is spent on it."""

    stage: Literal["number", "owner", "sticky", "group", "fallback", "voicemail"]
    starts_s: int = Field(description="Seconds from the beginning of the transfer.")
    seconds: int | None = Field(description="For how long phones ring.", examples=[20])
    who: tuple[InChain, ...]
    gate: Reason | None = Field(description="Why the whole stage is passed over.")
    detail: str


class ChainProblem(Document):
    """What an admin should put right."""

    code: str = Field(examples=["fallback_unverified"])
    sentence: str = Field(examples=["+15125550190 was never verified; it rings all the same."])


class Chain(Document):
    """What happens to a caller whom nobody takes, from the first phone to the end."""

    line: str = Field(examples=["+15125550100"])
    name: str = Field(examples=["Website"])
    bot: str | None = Field(examples=["main"])
    at: Instant
    owner: str | None = Field(description="Whose lead the caller is; of somebody new, whose turn it would be.")
    steps: tuple[ChainStep, ...]
    ends_in: Literal["voicemail", "safety_net", "blocked"]
    problems: tuple[ChainProblem, ...]


class ChainQuery(Query):
    """Of whom, and when."""

    at: Annotated[Moment | None, Field(description="Null: now. Switches and rests count as they stand now.")] = None
    lead: Annotated[RowId | None, Field(le=ROW_ID_MAX, description="Who calls; null: somebody new.")] = None
