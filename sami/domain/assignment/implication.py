"""Does every lead that meets one condition meet another too? Field by field, comparing as `matching` does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sami.domain.leads.condition import ANY_OF, RANGES, Condition, Range
from sami.domain.leads.once_attributes import read


@dataclass(frozen=True, slots=True)
class Decider:
    """A constraint or a rule as far as the order is concerned: `name` is how people call it."""

    name: str
    when: Condition


def shadowed(deciders: Sequence[Decider]) -> Iterator[tuple[int, Decider]]:
    """The places of those that can never decide, each with the first one before it that matches all they match."""
    for place, later in enumerate(deciders):
        earlier = next((earlier for earlier in deciders[:place] if implies(later.when, earlier.when)), None)
        if earlier is not None:
            yield place, earlier


def implies(when: Condition, other: Condition) -> bool:
    """True only where no lead at any time meets `when` and not `other`. Hours count as implied when they are equal."""
    return (
        all(_within(getattr(when, name), getattr(other, name)) for name in ANY_OF)
        and _zips_within(when.zip, other.zip)
        and all(_range_within(getattr(when, name), getattr(other, name)) for name in RANGES)
        and _attributes_within(when.attributes, other.attributes)
        and (other.hours is None or (when.hours is not None and _spaced(when.hours) == _spaced(other.hours)))
    )


def _within(values: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """No values at all is no condition on the field."""
    if not others:
        return True
    return bool(values) and {value.casefold() for value in values} <= {other.casefold() for other in others}


def _zips_within(prefixes: tuple[str, ...], others: tuple[str, ...]) -> bool:
    if not others:
        return True
    wanted = tuple(_bare(other) for other in others)
    return bool(prefixes) and all(_bare(prefix).startswith(wanted) for prefix in prefixes)


def _bare(prefix: str) -> str:
    return prefix.rstrip("*").upper()


def _range_within(inner: Range | None, outer: Range | None) -> bool:
    """An open range still asks for a lead that says a number."""
    if outer is None:
        return True
    if inner is None:
        return False
    from_below = outer.min is None or (inner.min is not None and inner.min >= outer.min)
    to_above = outer.max is None or (inner.max is not None and inner.max <= outer.max)
    return from_below and to_above


def _attributes_within(wanted: Mapping[str, tuple[str, ...]], others: Mapping[str, tuple[str, ...]]) -> bool:
    return all(name in wanted and _values_within(name, wanted[name], values) for name, values in others.items())


def _values_within(name: str, values: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """An attribute condition without values matches nothing."""
    return {read(name, value).casefold() for value in values} <= {read(name, other).casefold() for other in others}


def _spaced(hours: str) -> str:
    return " ".join(hours.split())
