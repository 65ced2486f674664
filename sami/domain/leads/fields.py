"""How one thing that a lead says of itself is written, read and used; `inquiry.Said` declares each of them, once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

LINE_LENGTH_MAX = 100


class Kind(StrEnum):
    """What the value is made of."""

    LINE = "line"
    EMAIL = "email"
    TAGS = "tags"
    PRICE = "price"
    SCORE = "score"
    NAMED = "named values"


@dataclass(frozen=True, slots=True)
class Form:
    """How a code is stored: `called` and `like` are for people, `pattern` is what all of it matches."""

    called: str
    pattern: str
    like: str


@dataclass(frozen=True, slots=True)
class LeadField:
    """One field of a lead, as everybody who lists fields needs to know it.

    `reads` turns another writing into the stored one, and `words` that into what people call it, the best name first;
    `often` are headers under which files hold it. `identifies`: it says which lead this is, and is never replaced by a
    later word. `by_worker` and `by_form`: who may say it besides.
    `is_wish`: it tells an agent what the lead wants. `names_skills`: an agent's skill may be called like it.
    `was_attribute`: `attributes.NAME` means the same, where it can be read.
    """

    kind: Kind = Kind.LINE
    name: str = ""
    length: int = LINE_LENGTH_MAX
    is_optional: bool = True
    reads: Callable[[str], str] | None = None
    words: Callable[[str], tuple[str, ...]] | None = None
    form: Form | None = None
    often: str = ""
    describes: str = ""
    example: str = ""
    identifies: bool = False
    by_worker: bool = False
    by_form: bool = False
    is_wish: bool = False
    names_skills: bool = False
    was_attribute: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.name.replace("_", " "), *(self.often.split(", ") if self.often else ()))

    @property
    def is_told(self) -> bool:
        """A single value that a later word replaces."""
        return self.kind in (Kind.LINE, Kind.PRICE, Kind.SCORE) and not self.identifies


_SAYS = "says"


def says(field: LeadField) -> Mapping[str, LeadField]:
    """The metadata with which a dataclass declares a field of a lead."""
    return {_SAYS: field}


def declared_by(kind: Any) -> tuple[LeadField, ...]:
    """By the names that they have in this dataclass, in its order."""
    return tuple(replace(found.metadata[_SAYS], name=found.name) for found in fields(kind) if _SAYS in found.metadata)
