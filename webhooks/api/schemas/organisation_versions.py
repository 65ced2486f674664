"""The organisation's versions, and what two of them differ in."""

from typing import Annotated, Any

from pydantic import Field

from webhooks.api.schemas.base import ROW_ID_MAX, Document, Instant, Query, Request, RowId
from webhooks.api.schemas.policy import Note


class OrganisationVersion(Document):
    """An organisation as it was published. It never changes; the newest is in force."""

    version: int = Field(examples=[7])
    in_force: bool
    note: str = Field(examples=["1 changed"])
    from_file: bool = Field(description="A whole file made it, and no change of one thing.")
    published_at: Instant
    published_by: str = Field(examples=["api/crm"])


class OrganisationVersionWithDocument(OrganisationVersion):
    """A version with all that it says; what was no fault in its release may be one today."""

    document: Annotated[dict[str, Any], Field(examples=[{"organisation": {"name": "Harbor Homes"}}])]


class Return(Request):
    """Why an earlier version is to be in force again, for the list of versions."""

    note: Note


class OrganisationChange(Document):
    """One row, or one field of it, that differs."""

    table: str = Field(examples=["bots"])
    row: str = Field(examples=["main"])
    what: str = Field(examples=["changed"])
    field: str = Field(examples=["ring_timeout"])
    before: Any
    after: Any


class VersionsQuery(Query):
    """All of them, page by page, the newest first."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=0, le=ROW_ID_MAX, description="As the Link header of the last page gave it.")] = 0


class OrganisationDiffQuery(Query):
    """Each is a version's number."""

    from_: Annotated[RowId, Field(alias="from", examples=[3])]
    to: RowId | None = None
