"""An agent's two switches as they are read and set."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sami.domain.language.trace import Reason
from webhooks.api.reading import PLAIN, WRONG
from webhooks.api.schemas.base import Document, Instant, Moment, Query, Request, given
from webhooks.api.schemas.notices import Notices, NoticesChange


class Calls(Document):
    """May this phone ring? `reason` is what keeps calls away, null where nothing does; `until`: when that ends."""

    on: bool = Field(description="The switch.")
    until: Instant | None
    reason: Reason | None = Field(examples=["calls_off"])


class Agent(Document):
    """An agent, and how they stand just now."""

    key: str = Field(examples=["ana"])
    name: str = Field(examples=["Ana Ruiz"])
    active: bool
    verified: bool = Field(description="Calls may ring their phone: it passed a test ring, or the file says so.")
    verified_at: Instant | None = Field(description="When it last passed a test ring.")
    calls: Calls
    leads: bool = Field(description="May they be given new leads?")
    leads_until: Instant | None = Field(description="When an off of leads ends by itself.")
    inside_hours: bool
    reserved: bool = Field(description="They are being offered a call, or are on one.")
    next_shift_at: Instant | None = Field(description="Null where their hours are always.")
    notices: Notices


class Switch(Request):
    """On, or off until an instant. An off of calls without `until` ends with the next shift, as the text OFF does."""

    on: bool
    until: Annotated[Moment | None, Field(description="When the off ends by itself; null: not by itself.")] = None

    @model_validator(mode="after")
    def _until_when_off(self) -> "Switch":
        if self.on and self.until is not None:
            raise PydanticCustomError(WRONG, "has an end, but only an off has one", {"right": "leave until out"})
        return self


class SwitchedOff(Request):
    """Off until an instant, or for a length of time, such as 2h. Without either: calls until the next shift begins, as
    the text OFF says; leads until they are switched on.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "not": {"allOf": [given("until"), given("for")]},
            "examples": [{"kind": "calls", "for": "2h"}],
        }
    )

    kind: Literal["calls", "leads"] = "calls"
    until: Annotated[Moment | None, Field(description="Null: until they are switched on.")] = None
    for_: Annotated[
        str | None, Field(alias="for", max_length=40, pattern=PLAIN, description="Of 7 days at most.", examples=["2h"])
    ] = None

    @model_validator(mode="after")
    def _one_end(self) -> "SwitchedOff":
        if self.until is not None and self.for_ is not None:
            raise PydanticCustomError(
                WRONG, "is given beside until", {"field": "for", "right": "leave one of them out"}
            )
        return self


class SwitchedOn(Query):
    """Which of the two switches."""

    kind: Literal["calls", "leads"] = "calls"


def _in_full(value: Any) -> Any:
    return {"on": value} if isinstance(value, bool) else value


AnySwitch = Annotated[Switch, BeforeValidator(_in_full, json_schema_input_type=bool | Switch)]


class AgentChange(Request):
    """The switches to set, and how they want to be told; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [given("calls"), given("leads"), given("notices")],
            "examples": [{"calls": {"on": False, "until": "2026-11-16T20:00:00Z"}}],
        }
    )

    calls: AnySwitch | None = None
    leads: AnySwitch | None = None
    notices: NoticesChange | None = None

    @model_validator(mode="after")
    def _something(self) -> "AgentChange":
        if self.calls is None and self.leads is None and self.notices is None:
            wrong = "is missing, and so are leads and notices"
            raise PydanticCustomError(WRONG, wrong, {"field": "calls", "right": "send one"})
        return self
