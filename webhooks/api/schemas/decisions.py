"""A decision with the facts it was made from, and the same facts decided again."""

from typing import Any

from pydantic import Field

from webhooks.api.schemas.base import Document, Instant


class Finding(Document):
    """The result of one check of one subject: an agent's key, a phone, a rule, a stage."""

    subject: str = Field(examples=["ana"])
    passed: bool
    reason: str = Field(examples=["leads_off"])
    detail: str


class Decision(Document):
    """`facts` and `chosen` are as they were stored; their names depend on `kind`."""

    id: str = Field(examples=["5f0c2d7e9a1b3c4d"])
    kind: str = Field(examples=["assignment"])
    at: Instant
    policy_version: int | None = Field(description="Null before the first policy, and for a transfer.")
    version: int | None = Field(description="Of the organisation's file.")
    lead: int | None
    facts: dict[str, Any]
    trace: tuple[Finding, ...]
    chosen: dict[str, Any]


class Choice(Document):
    """What was chosen, with every finding."""

    chosen: dict[str, Any]
    trace: tuple[Finding, ...]


class Replay(Document):
    """The stored facts decided again by this release: `same` is false where the answer differs."""

    same: bool
    stored: Choice
    again: Choice
