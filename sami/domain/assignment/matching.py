"""Does this lead meet this condition? If not: which field, what was wanted, and what the lead says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sami.domain.language.hours import Schedule, is_open
from sami.domain.leads.condition import ANY_OF, RANGES, Condition, Range
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.once_attributes import read

_WORDS = tuple(name for name in ANY_OF if name != "tags")


class Miss(StrEnum):
    """Why a field of a condition does not hold."""

    DIFFERS = "differs"
    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first field of a condition that does not hold; `detail` is read by people."""

    field: str
    miss: Miss
    detail: str


def mismatch(when: Condition, inquiry: Inquiry, at: datetime, time_zone: str) -> Mismatch | None:
    """None where all of the condition holds; text is compared without regard to case. `time_zone` is for `hours`."""
    return next(_mismatches(when, inquiry, at, time_zone), None)


def _mismatches(when: Condition, inquiry: Inquiry, at: datetime, time_zone: str) -> Iterator[Mismatch]:
    for name in _WORDS:
        wanted = getattr(when, name)
        if wanted:
            yield from _one_of(name, wanted, getattr(inquiry, name))
    if when.tags and _folded(when.tags).isdisjoint(tag.casefold() for tag in inquiry.tags):
        said = ", ".join(inquiry.tags) or "no tags"
        yield Mismatch("tags", Miss.DIFFERS, f"tags: {said}, wanted {_list(when.tags)}")
    if when.zip:
        yield from _zip(when.zip, inquiry.zip)
    for name in RANGES:
        within = getattr(when, name)
        if within is not None:
            yield from _in_range(name, within, getattr(inquiry, name))
    for name, wanted in when.attributes.items():
        yield from _attribute(name, wanted, inquiry.attribute(name))
    if when.hours is not None and not is_open(Schedule(time_zone, when.hours, None), at):
        yield Mismatch("hours", Miss.CLOSED, f"hours: not within {when.hours}")


def _one_of(name: str, wanted: tuple[str, ...], value: str | None) -> Iterator[Mismatch]:
    if not value:
        yield _unknown(name)
    elif value.casefold() not in _folded(wanted):
        yield Mismatch(name, Miss.DIFFERS, f"{name}: {value}, wanted {_list(wanted)}")


def _zip(wanted: tuple[str, ...], value: str | None) -> Iterator[Mismatch]:
    if not value:
        yield _unknown("zip")
    elif not value.upper().startswith(tuple(prefix.rstrip("*").upper() for prefix in wanted)):
        yield Mismatch("zip", Miss.DIFFERS, f"zip: {value}, wanted {_list(wanted)}")


def _in_range(name: str, within: Range, value: int | None) -> Iterator[Mismatch]:
    if value is None:
        yield _unknown(name)
    elif within.min is not None and value < within.min:
        yield Mismatch(name, Miss.DIFFERS, f"{name}: {value}, wanted at least {within.min}")
    elif within.max is not None and value > within.max:
        yield Mismatch(name, Miss.DIFFERS, f"{name}: {value}, wanted at most {within.max}")


def _attribute(name: str, wanted: tuple[str, ...], value: Any) -> Iterator[Mismatch]:
    if value is None or value == "":
        yield _unknown(f"attributes.{name}")
        return
    said = [str(item) for item in value] if isinstance(value, (list, tuple)) else [_written(value)]
    if _read(name, wanted).isdisjoint(read(name, item).casefold() for item in said):
        yield Mismatch(
            f"attributes.{name}", Miss.DIFFERS, f"attributes.{name}: {_list(tuple(said))}, wanted {_list(wanted)}"
        )


def _unknown(name: str) -> Mismatch:
    return Mismatch(name, Miss.UNKNOWN, f"{name} is not known")


def _written(value: Any) -> str:
    """As a file would write it: true and not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(values: tuple[str, ...]) -> str:
    return " or ".join(values)


@lru_cache(maxsize=4096)
def _read(name: str, values: tuple[str, ...]) -> frozenset[str]:
    return _folded(tuple(read(name, value) for value in values))


@lru_cache(maxsize=4096)
def _folded(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)
