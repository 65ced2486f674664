"""A phone that is rung so that whoever carries it presses 1."""

from pydantic import Field

from sami.domain.agents.verification import RingState
from webhooks.api.schemas.base import Document, Instant


class RingAsked(Document):
    """The phone rings within seconds; pick up and press 1. `verified_at` says when somebody last did."""

    phone: str = Field(examples=["+15125550101"])
    name: str = Field(examples=["Ana Ruiz"])
    agent: str | None = Field(description="Null for a fallback number.", examples=["ana"])
    state: RingState = Field(description="Of the ring that was asked for now.")
    verified_at: Instant | None
