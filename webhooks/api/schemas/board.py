"""What goes on just now."""

from typing import Literal

from pydantic import Field

from sami.domain.language.trace import Reason
from sami.views.board import Light
from webhooks.api.schemas.base import Document, Instant


class BoardPhone(Document):
    """A phone that rings in this call, or is talked on."""

    agent: str | None = Field(description="A key; null for a fallback or the one number.")
    name: str
    phone: str
    stage: str = Field(examples=["owner"])
    doing: Literal["ringing", "picked_up", "talking"]
    since: Instant


class BoardCall(Document):
    """A call that is not over."""

    sid: str
    number: int
    line: str
    caller: str | None = Field(description="Null where the number was withheld.")
    lead: int | None
    name: str
    owner: str | None = Field(description="An agent's key.")
    stage: str = Field(description="talking, or the state of the call.", examples=["queued"])
    since: Instant = Field(description="When this stage began.")
    arrived_at: Instant
    waits_since: Instant | None = Field(description="Since when the caller waits for a person; null: they do not.")
    phones: tuple[BoardPhone, ...]


class BoardAgent(Document):
    """An agent: can they take a call?"""

    key: str
    name: str
    light: Light = Field(
        description="green: their phone may ring; amber: in a moment; red: not by itself; grey: outside their hours."
    )
    reason: Reason | None = Field(description="The first gate that keeps calls away; null where none does.")
    since: Instant | None = Field(description="When the light became what it is, where that is known.")
    until: Instant | None = Field(description="When that ends by itself.")
    leads: bool = Field(description="May they be given leads?")
    next_opening: Instant | None = Field(description="When their hours begin again; null inside them.")


class Board(Document):
    """Calls now, the newest first, and every active agent. It holds instants only: seconds are for whoever shows it."""

    calls: tuple[BoardCall, ...]
    agents: tuple[BoardAgent, ...]
