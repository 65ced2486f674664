"""Which leads does an admin mean? What a rule, a workflow or a step asks of a lead; `assignment/matching` compares."""

from dataclasses import dataclass, field, fields

from sami.domain.language.strict import STRICT


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends included; an absent end is open."""

    __pydantic_config__ = STRICT
    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """All fields that are set must hold, each by any one of its values; an empty condition matches anything.

    `zip` values match as prefixes, with or without a `*`. `hours` are opening hours in the organisation's zone.
    """

    __pydantic_config__ = STRICT
    source: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    zip: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    area_code: tuple[str, ...] = ()
    timeframe: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    price: Range | None = None
    score: Range | None = None
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hours: str | None = None


BEGINS_WITH = ("zip",)
RANGES = tuple(asked.name for asked in fields(Condition) if asked.type == Range | None)
ANY_OF = tuple(
    asked.name for asked in fields(Condition) if asked.type == tuple[str, ...] and asked.name not in BEGINS_WITH
)
ASKED = (*ANY_OF, *BEGINS_WITH, *RANGES)
"""What a condition may ask of a lead under a name of its own, by how it is compared; the rest are attributes."""
