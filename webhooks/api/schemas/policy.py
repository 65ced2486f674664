"""The policy: in force, as a draft, its versions, and what two of them differ in."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, RootModel, StringConstraints
from pydantic_core import CoreSchema

from sami.documents.checks.names import FILE_TYPES, POLICY
from webhooks.api.schemas.base import PLAIN_LINES, Document, Instant, Query, Request
from webhooks.api.schemas.errors import WrongField
from webhooks.api.schemas.inlined import schema_of

PolicyDocument = Annotated[
    dict[str, Any],
    Field(
        description="With the names of the organisation file's [policy]. A worker's secret reads (secret).",
        examples=[{"default": {"pond": True}, "rules": [{"name": "Everybody", "to": {"team": "buyers"}}]}],
    ),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=PLAIN_LINES),
    Field(examples=["Texas goes to the buyers' team"]),
]


class PolicyVersion(Document):
    """A policy as it was published or tried. It never changes."""

    version: int = Field(examples=[4])
    state: Literal["in force", "scheduled", "past", "on trial", "tried", "withdrawn"]
    note: str
    effective_at: Instant
    ends_at: Instant | None = Field(description="Of a trial.")
    share: int = Field(description="Per cent of the leads that it decides.", examples=[100])
    published_at: Instant
    published_by: str


class Policy(Document):
    """The policy in force. Before the first was published both are null, and leads go round robin."""

    version: PolicyVersion | None
    document: PolicyDocument | None


class DraftDocument(RootModel[dict[str, Any]]):
    """A policy, with the names of the organisation file's [policy]. A draft may have faults, but none of type."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        example = {"default": {"pond": True}, "rules": [{"name": "Everybody", "to": {"team": "buyers"}}]}
        return {**schema_of(FILE_TYPES[POLICY]), "description": cls.__doc__ or "", "examples": [example]}


class Draft(Document):
    """A policy being edited. `faults` would keep it from being published."""

    name: str = Field(examples=["autumn"])
    based_on: int | None = Field(description="The version published last when it was begun.")
    changed_at: Instant
    changed_by: str
    document: PolicyDocument
    faults: tuple[WrongField, ...]


class Publication(Request):
    """Why this policy is published, for the list of versions."""

    note: Note


class PolicyChange(Document):
    """One row, or one field of it, that differs."""

    table: str = Field(examples=["policy.rules"])
    row: str = Field(examples=["Texas buyers"])
    what: str = Field(examples=["changed"])
    field: str
    before: Any
    after: Any


class DiffQuery(Query):
    """Each is a version's number or a draft's name."""

    a: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_.-]+$", examples=["3"])]
    b: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_.-]+$", examples=["autumn"])]
