"""Something a person must do by a time."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from webhooks.api.schemas.base import ROW_ID_MAX, Document, Instant, Request, RowId
from webhooks.api.schemas.leads import PageQuery


class Task(Document):
    """A task; without an owner it stands in the admins' queue."""

    id: int = Field(examples=[12])
    title: str = Field(examples=["Call Lee Ortiz back"])
    owner: str | None = Field(description="An agent's key; null is the admins' queue.", examples=["ana"])
    due_at: Instant
    state: Literal["open", "done"]
    lead: int | None
    call: str | None = Field(description="The CallSid it came from.")
    recording_url: str | None
    created_at: Instant
    done_at: Instant | None
    done_by: str | None
    closed_because: str | None = Field(
        description="Done without being done: the outcome after which nobody is to contact the lead.",
        examples=["opt_out"],
    )


class TaskChange(Request):
    """What is left out stays. A later `due_at` puts the task off, and its owner is reminded anew."""

    state: Literal["open", "done"] | None = None
    due_at: AwareDatetime | None = None


class TaskQuery(PageQuery):
    """Tasks that fit every filter that is given."""

    lead: Annotated[RowId | None, Field(le=ROW_ID_MAX)] = None
    owner: Annotated[str | None, Field(max_length=64, description='An agent\'s key, or "admins" for their queue.')] = (
        None
    )
    state: Literal["open", "done"] | None = None
