"""What may be changed of a lead: its owner, by hand or by a claim, and what it says of itself."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from sami.documents.lead_schema import with_lead_fields
from sami.domain.leads.stages import Stage
from webhooks.api.reading import PLAIN, WRONG
from webhooks.api.schemas.base import PLAIN_LINES, Moment, Request
from webhooks.api.schemas.new_leads import WRITTEN, Attributes, Email, Phone, Tags

NOTE_LENGTH_MAX = 2_000

AgentKey = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["ben"])]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=PLAIN),
    Field(examples=["Ana is on leave"]),
]


class NewOwner(Request):
    """Who owns the lead from now on, and why. Both sides are told by text unless `notify` is false."""

    agent: AgentKey
    reason: Reason
    notify: bool = True


class Claim(Request):
    """The agent who takes the lead out of the pond."""

    agent: AgentKey


class NewNote(Request):
    """A line for the lead's timeline."""

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=NOTE_LENGTH_MAX, pattern=PLAIN_LINES),
        Field(examples=["Prefers mornings; has a dog."]),
    ]


class NewAttempt(Request):
    """Somebody tried to reach the lead, at `at` or just now: it stops the clock of the first response."""

    channel: Literal["call", "text", "email", "visit"]
    result: Literal["no_answer", "left_message", "busy", "reached"]
    at: Moment | None = None


@with_lead_fields(WRITTEN, default=None)
class LeadChange(Request):
    """What is left out stays. Null empties a field; of attributes only the named ones are set, or removed by null."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"stage": "QUALIFIED", "tags": ["first-home"], "language": "es"}],
        }
    )

    stage: Stage | None = None
    phone: Phone = None
    email: Email = None
    tags: Tags = None
    attributes: Attributes | None = None

    @model_validator(mode="after")
    def _something(self) -> "LeadChange":
        if not self.model_fields_set:
            given = {"field": "stage", "right": f"send one of {', '.join(type(self).model_fields)}"}
            raise PydanticCustomError(WRONG, "is missing, and so is everything else", given)
        return self
