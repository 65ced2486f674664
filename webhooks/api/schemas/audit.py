"""Who changed what, from where, and why."""

from typing import Annotated, Any

from pydantic import Field

from sami.domain.audit.entry import Door, Verb
from sami.domain.language.actor import ActorKind
from webhooks.api.schemas.base import ROW_ID_MAX, Document, Instant, Line100, Moment, Query

Values = Annotated[dict[str, Any] | None, Field(examples=[{"ring_timeout": 20}])]


class AuditEntry(Document):
    """One change, sealed to the one before. `before` and `after` hold only what changed; what was erased is empty."""

    number: int = Field(description="Counted without a gap.", examples=[512])
    at: Instant
    by: str = Field(
        description="As everywhere: an agent's key, api/NAME, the account on the shell.", examples=["api/crm"]
    )
    kind: ActorKind
    door: Door = Field(description="Where they came in; clock: nobody did, one change caused another.")
    place: str = Field(description="The address they came from, or their account.", examples=["203.0.113.7"])
    verb: Verb
    thing: str = Field(examples=["organisation.bots"])
    key: str = Field(description="Which one of them.", examples=["main"])
    before: Values
    after: Values
    why: str
    erased: bool = Field(description="What it said of a person was erased; its seal still holds.")


class AuditQuery(Query):
    """Entries that fit every filter that is given, the newest first."""

    by: Annotated[Line100 | None, Field(description="As `by` is written, or the key alone.", examples=["api/crm"])] = (
        None
    )
    from_: Annotated[Moment | None, Field(alias="from", description="At this instant or later.")] = None
    to: Annotated[Moment | None, Field(description="Before this instant.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=0, le=ROW_ID_MAX, description="As the Link header of the last page gave it.")] = 0
