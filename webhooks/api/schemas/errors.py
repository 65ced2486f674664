"""The one shape of every refusal, as programs may rely on it."""

from pydantic import ConfigDict, Field

from webhooks.api.schemas.base import Document


class WrongField(Document):
    """One field that was wrong, and what would be right."""

    field: str = Field(description="A path, lists counted from one: tags[2].", examples=["price"])
    wrong: str = Field(description="To be read after the field.", examples=["is not a whole number"])
    right: str = Field(examples=["write digits without quotes, for example 250000"])


class WrongRow(WrongField):
    """One field of a row that was wrong; the row is named as `sami apply` names it."""

    table: str = Field(examples=["bots"])
    row: str = Field(description="Its key, or its place such as #2.", examples=["main"])


class Problem(Document):
    """What was refused: `code` never changes its meaning, `message` is for people."""

    code: str = Field(examples=["invalid_fields"])
    message: str = Field(examples=["Something in the request is wrong; nothing was changed."])
    fields: tuple[WrongField | WrongRow, ...] = ()


class Error(Document):
    """The answer to every request that was refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "code": "invalid_fields",
                        "message": "Something in the request is wrong; nothing was changed.",
                        "fields": [
                            {
                                "field": "price",
                                "wrong": "is not a whole number",
                                "right": "write digits without quotes, for example 250000",
                            }
                        ],
                    }
                }
            ]
        }
    )

    error: Problem
