"""Leads change hands in one go: which, to whom, and what came of it."""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sami.domain.leads.stages import Stage
from sami.leads.bulk import WEIGHT_MAX
from webhooks.api.reading import PLAIN, WRONG
from webhooks.api.schemas.base import Document, Moment, Request, given
from webhooks.api.schemas.lead_changes import AgentKey, Reason

Line = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)]


class LeadsWanted(Request):
    """The leads that fit every part, as GET /leads finds them; at least one part is needed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"owner": "ana", "stage": "NEW"}]})

    owner: Annotated[AgentKey | None, Field(description="An agent's key, or \"pond\" for nobody's.")] = None
    stage: Stage | None = None
    source: Line | None = None
    tag: Line | None = None
    state: Line | None = None
    q: Annotated[Line | None, Field(description="A part of the name or e-mail, or digits of the phone.")] = None
    from_: Annotated[Moment | None, Field(alias="from", description="Came in at this instant or later.")] = None
    to: Annotated[Moment | None, Field(description="Came in before this instant.")] = None


Weight = Annotated[int, Field(ge=1, le=WEIGHT_MAX)]


class GivenTo(Request):
    """One agent, or several by weights."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [given("agent"), given("split")], "examples": [{"split": {"ben": 60, "dee": 40}}]}
    )

    agent: AgentKey | None = None
    split: Annotated[dict[AgentKey, Weight] | None, Field(min_length=1, max_length=100)] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "GivenTo":
        if (self.agent is None) == (self.split is None):
            raise PydanticCustomError(WRONG, "names nobody, or both", {"right": "send either agent or split"})
        return self


class NewReassignment(Request):
    """Whose leads go to whom, and why. Each side hears once; with `dry_run` nothing is moved."""

    filter: LeadsWanted
    to: GivenTo
    reason: Reason
    notify: bool = True
    dry_run: bool = False


class Moved(Document):
    """`leads` of them; an owner is an agent's key, null the pond."""

    from_: str | None = Field(serialization_alias="from", examples=["ana"])
    to: str | None = Field(examples=["ben"])
    leads: int


class LeftAlone(Document):
    """A lead that was not moved, or not moved back, because somebody knew better."""

    lead: int
    why: str = Field(examples=["changed hands meanwhile"])


class Reassignment(Document):
    """`remaining` are still to be moved, or to be moved back: a worker goes on with them."""

    id: str | None = Field(description="Null for a dry run.")
    moves: tuple[Moved, ...] = Field(description="What was moved so far; of a dry run, what would be.")
    conflicts: tuple[LeftAlone, ...]
    remaining: int
    undone: bool
