"""What was to be said outside, and what became of it."""

from typing import Annotated

from pydantic import Field

from sami.domain.delivery.kinds import Kind
from sami.domain.delivery.states import ItemState
from webhooks.api.schemas.base import Document, Instant
from webhooks.api.schemas.leads import PageQuery


class Delivery(Document):
    """A text, a ring, a mail or another thing said outside. What a text says stands in its call."""

    id: int
    kind: Kind
    state: ItemState = Field(description="unknown: its answer was lost, and nobody can say whether it arrived.")
    about: str = Field(description="Names the occasion, which speaks once.", examples=["missed_text/CA1"])
    to: str | None = Field(description="A phone or a mail address.", examples=["+15125550142"])
    call: str | None = Field(description="The call it belongs to.")
    due_at: Instant
    created_at: Instant
    sent_at: Instant | None
    tries: int
    error: str = Field(description="Why it was not, or not yet, said.")
    carrier_sid: str | None = Field(description="By which Twilio knows it.")


class DeliveryQuery(PageQuery):
    """Deliveries that fit every filter that is given."""

    kind: Annotated[Kind | None, Field(description="Only these.")] = None
    state: Annotated[ItemState | None, Field(description="Only these.")] = None
