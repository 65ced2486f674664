"""What one of ours was told in the app, and how each wants to be told what can wait."""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sami.domain.messages.notices import NoticeChannel
from webhooks.api.reading import WRONG
from webhooks.api.schemas.base import Document, Instant, Request
from webhooks.api.schemas.leads import PageQuery

TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Clock = Annotated[str, Field(max_length=5, examples=["22:00"], json_schema_extra={"pattern": TIME_OF_DAY})]


class Notice(Document):
    """One notice in the app."""

    id: int = Field(examples=[31])
    agent: str = Field(description="An agent's key.", examples=["ana"])
    body: str = Field(examples=["Ben answered Lee Ortiz (+15125550142) on Website."])
    call: str | None = Field(description="The CallSid it is about.")
    lead: int | None
    at: Instant
    read: bool
    read_at: Instant | None = Field(description="When it was first read.")


class NoticeQuery(PageQuery):
    """Notices that fit every filter that is given."""

    agent: Annotated[str | None, Field(max_length=64, description="An agent's key.")] = None
    unread: bool | None = None


class NoticeChange(Request):
    """Somebody has read it, or wants it to count as unread."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"read": True}]})

    read: bool


class Quiet(Document):
    """Local times of the agent; where `to` is not later it is that of the next day."""

    from_: str = Field(alias="from", examples=["22:00"])
    to: str = Field(examples=["07:00"])


class Notices(Document):
    """How an agent wants to be told what can wait; urgent notices pass as the admin wrote them."""

    channels: tuple[NoticeChannel, ...] = Field(description="Empty: as the admin wrote it.")
    quiet: Quiet | None = Field(description="Nothing that can wait is texted or mailed then.")


class QuietChange(Request):
    """From when to when, in the agent's own time zone; over midnight where `to` is not later."""

    from_: Clock = Field(alias="from")
    to: Clock

    @model_validator(mode="after")
    def _some_hours(self) -> "QuietChange":
        if self.from_ == self.to:
            right = "write another time than from, or quiet: null"
            raise PydanticCustomError(WRONG, "is the same time as from", {"right": right})
        return self


class NoticesChange(Request):
    """What is left out stays as it is. No channels: as the admin wrote it."""

    channels: Annotated[tuple[NoticeChannel, ...] | None, Field(json_schema_extra={"uniqueItems": True})] = None
    quiet: QuietChange | None = None

    @model_validator(mode="after")
    def _each_once(self) -> "NoticesChange":
        if self.channels is not None and len(set(self.channels)) < len(self.channels):
            raise PydanticCustomError(
                WRONG, "names a channel twice", {"field": "notices.channels", "right": "name each once"}
            )
        return self
