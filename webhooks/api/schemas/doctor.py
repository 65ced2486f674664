"""What the doctor found."""

from typing import Literal

from pydantic import Field

from webhooks.api.schemas.base import Document


class FoundCheck(Document):
    """One answer: a sentence, and what to do about it."""

    name: str = Field(description="What was looked at.", examples=["public_url"])
    level: Literal["ok", "advice", "wrong"]
    sentence: str
    remedy: str = Field(description="A command, a setting or a place; empty where nothing is to be done.")
