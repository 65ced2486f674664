"""What the API can be asked: method, address, scope, what is sent and what is answered; read by door and OpenAPI."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from sami.database.away import DatabaseAway, DatabaseBusy
from sami.domain.access.scopes import Scope
from sami.errors import SamiError
from webhooks.api.refusals import (
    BodyTooLarge,
    InvalidFields,
    InvalidJson,
    KeyMissing,
    KeyRefused,
    NotFound,
    NotJson,
    Overloaded,
    ScopeMissing,
    TooManyRequests,
)

Refusals = tuple[type[SamiError], ...]

ALWAYS: Refusals = (
    *(KeyMissing, KeyRefused, ScopeMissing, InvalidFields, TooManyRequests, Overloaded),
    *(DatabaseAway, DatabaseBusy, SamiError),
)
WITH_BODY: Refusals = (InvalidJson, BodyTooLarge, NotJson)

UNCHANGED = {"If-None-Match": "The ETag of what you have: 304, without a body, while it is still the same."}
LINK = {"Link": 'Leads to the next page, with rel="next", where there is one.'}


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` is Flask's, below /api/v1; `answers` is by status, `several` of them or one. `streams`: another type of
    media than JSON, which is answered whole (200) or in part (206).

    `also`: other media types in which it answers who accepts them, and what stands in them.
    `takes` and `gives` say what headers mean that may be sent and may be answered. `refuses`: beside what any may be.
    """

    name: str
    method: str
    path: str
    scope: Scope
    summary: str
    answers: Mapping[int, type[BaseModel]]
    streams: str | None = None
    several: bool = False
    one_or_several: bool = False
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    refuses: Refusals = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    gives: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def refusals(self) -> Refusals:
        of_one = (NotFound,) if "<" in self.path else ()
        return (*ALWAYS, *of_one, *(WITH_BODY if self.body else ()), *self.refuses)

    @property
    def may_be_unchanged(self) -> bool:
        """Whoever has it already need not be sent it again."""
        return self.method == "GET" and "If-None-Match" in self.takes

    @property
    def changes(self) -> bool:
        return self.method != "GET"


OPERATIONS: list[Operation] = []
