"""Tables of the organisation and its agents."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from sami.domain.organisation import Role
from sami.store.schema import e164, one_of, table_of
from sami.store.types import Json, UtcDateTime


class OrganisationVersionRow(SQLModel, table=True):
    """The organisation as published at an instant, never changed afterwards.

    The newest version is in force; a call keeps the version it began with (R16).
    """

    __tablename__ = "organisation_version"

    version: int | None = Field(default=None, primary_key=True)
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str
    note: str = ""
    document: dict[str, Any] = Field(sa_type=Json)


class AgentRow(SQLModel, table=True):
    """An agent as somebody who can own, ring and switch. Hours and skills stand in the published document."""

    __tablename__ = "agent"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("phone"),
        e164("phone"),
        one_of("role", Role),
        CheckConstraint("misses >= 0", name="misses_not_negative"),
        CheckConstraint("calls_on = false OR calls_off_until IS NULL", name="off_until_only_when_off"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    name: str
    phone: str
    email: str | None = None
    role: str = "agent"
    active: bool = True
    verified: bool = False

    calls_on: bool = True
    calls_off_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leads_on: bool = True
    leads_off_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resting_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resting_why: str | None = None
    misses: int = 0
    opted_out: bool = False

    reserved_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reserved_call: str | None = None
    bridged: bool = False
    idle_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


organisation_versions = table_of(OrganisationVersionRow)
agents = table_of(AgentRow)
