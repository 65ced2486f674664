"""Which rules can never be reached: only those whose every lead an earlier one takes, and all of those."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sami.domain.assignment.implication import Decider, implies, shadowed
from sami.domain.assignment.matching import mismatch
from sami.domain.leads.condition import Condition, Range
from sami.domain.leads.inquiry import Inquiry
from tests.support.counts import count

ZONE = "America/Chicago"
NIGHT, DAY = "Mo-Su 20:00-08:00", "Mo-Fr 09:00-17:00"
WORDS = ("TX", "tx", "OK", "Straße", "STRASSE")
PREFIXES = ("7", "78", "78*", "787*", "78701", "9", "*", "sw1*", "SW1A")
ZIPS = (None, "", "7", "78701", "78745", "79901", "90210", "sw1a 1aa", "SW1A 2AA")
NUMBERS = (1, 2, 3, 4)
FIELDS = ("source", "type", "product", "segment", "tags", "city", "state", "country", "area_code", "timeframe")


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=3).map(tuple)


def fields(values: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(FIELDS), some(values), max_size=3)


RANGES = st.none() | st.builds(Range, st.none() | st.sampled_from(NUMBERS), st.none() | st.sampled_from(NUMBERS))
ATTRIBUTES = st.dictionaries(st.sampled_from(("language", "pool")), some(WORDS), max_size=2)
CONDITIONS = st.builds(
    lambda words, **others: Condition(**words, **others),
    fields(WORDS),
    zip=some(PREFIXES),
    price=RANGES,
    score=RANGES,
    attributes=ATTRIBUTES,
    hours=st.sampled_from((None, None, NIGHT, f" {NIGHT} ", DAY)),
)


def word(value: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, "", *value))


INQUIRIES = st.builds(
    lambda words, **others: Inquiry(**words, **others),
    st.fixed_dictionaries({name: word(WORDS) for name in FIELDS if name not in ("tags", "source")}),
    source=st.sampled_from(("", *WORDS)),
    tags=some(WORDS),
    zip=st.sampled_from(ZIPS),
    price=st.none() | st.integers(0, 5),
    score=st.none() | st.integers(0, 5),
    attributes=st.dictionaries(
        st.sampled_from(("language", "pool")), st.sampled_from((None, "", True, 3, *WORDS)) | st.lists(word(WORDS))
    ),
)
INSTANTS = st.integers(0, 14 * 24 * 60).map(
    lambda minutes: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Condition, Condition]:
    """Two conditions that differ in few fields: by chance alone hardly any would imply each other."""
    earlier, other = draw(CONDITIONS), draw(CONDITIONS)
    differ = draw(
        st.sets(st.sampled_from(("tags", "state", "zip", "price", "score", "attributes", "hours")), max_size=2)
    )
    return earlier, replace(earlier, **{name: getattr(other, name) for name in differ})


def takes(when: Condition, inquiry: Inquiry, at: datetime) -> bool:
    return mismatch(when, inquiry, at, ZONE) is None


@settings(max_examples=count(100, 20_000))
@given(pair=pairs(), said=st.lists(INQUIRIES, min_size=5, max_size=20), at=INSTANTS)
def test_what_is_called_shadowed_takes_no_lead_that_the_earlier_one_leaves(
    pair: tuple[Condition, Condition], said: list[Inquiry], at: datetime
) -> None:
    earlier, later = pair
    if implies(later, earlier):
        fitting = [fit(inquiry, later) for inquiry in said]
        assert [lead for lead in (*said, *fitting) if takes(later, lead, at) and not takes(earlier, lead, at)] == []


def fit(inquiry: Inquiry, when: Condition) -> Inquiry:
    """The inquiry made to meet the condition, but for its hours: such a lead is the one that could be lost."""
    words = {name: values[-1] for name in FIELDS if name != "tags" and (values := getattr(when, name))}
    numbers = {
        name: bound.min if bound.min is not None else bound.max if bound.max is not None else 0
        for name in ("price", "score")
        if (bound := getattr(when, name)) is not None
    }
    tags = {"tags": when.tags[-1:]} if when.tags else {}
    zips = {"zip": when.zip[-1].rstrip("*") + "0"} if when.zip else {}
    attributes = dict(inquiry.attributes) | {name: values[0] for name, values in when.attributes.items() if values}
    return replace(inquiry, **words, **numbers, **tags, **zips, attributes=attributes)


def every(values: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All lists of up to two of them."""
    return [(), *((one,) for one in values), *((one, other) for one in values for other in values)]


BOUNDS = [None, *(Range(low, high) for low in (None, 1, 2, 3) for high in (None, 1, 2, 3))]
NOON = datetime(2026, 11, 16, 18, tzinfo=UTC)
ONE_FIELD: dict[str, tuple[list[Condition], list[Inquiry]]] = {
    "state": (
        [Condition(state=states) for states in every(("TX", "tx", "OK", "NM"))],
        [Inquiry(state=state) for state in (None, "", "TX", "Ok", "nm", "AZ")],
    ),
    "tags": (
        [Condition(tags=tags) for tags in every(("a", "A", "b", "c"))],
        [Inquiry(tags=tags) for tags in every(("a", "B", "c", "d"))],
    ),
    "zip": (
        [Condition(zip=prefixes) for prefixes in every(("*", "7", "78*", "787", "79"))],
        [Inquiry(zip=code) for code in (None, "", "7", "70", "78", "780", "787", "7871", "79", "9")],
    ),
    "price": (
        [Condition(price=bounds) for bounds in BOUNDS],
        [Inquiry(price=price) for price in (None, 0, 1, 2, 3, 4)],
    ),
    "score": (
        [Condition(score=bounds) for bounds in BOUNDS],
        [Inquiry(score=score) for score in (None, 0, 1, 2, 3, 4)],
    ),
    "attributes": (
        [
            Condition(attributes={**({"a": one} if one else {}), **({"b": other} if other else {})})
            for one, other in product(every(("x", "X", "y")), every(("x", "y")))
        ],
        [
            Inquiry(attributes={"a": one, "b": other})
            for one, other in product((None, "", "x", "Y", "z", ["x", "z"]), (None, "X", "y", "z"))
        ],
    ),
}


@pytest.mark.parametrize(("conditions", "leads"), ONE_FIELD.values(), ids=ONE_FIELD.keys())
def test_of_one_field_exactly_those_are_shadowed_of_which_no_lead_is_left(
    conditions: list[Condition], leads: list[Inquiry]
) -> None:
    taken = [frozenset(number for number, lead in enumerate(leads) if takes(when, lead, NOON)) for when in conditions]
    for (later, mine), (earlier, others) in product(zip(conditions, taken, strict=True), repeat=2):
        if mine:
            assert implies(later, earlier) is (mine <= others), (later, earlier)


def test_hours_are_shadowed_by_the_same_hours_only() -> None:
    hours = [Condition(hours=text) for text in (None, NIGHT, f" {NIGHT} ", DAY, "Mo-Fr 09:00-12:00")]
    said = {(later.hours, earlier.hours) for later, earlier in product(hours, repeat=2) if implies(later, earlier)}
    spaced = f" {NIGHT} "
    always = {(when.hours, None) for when in hours}
    equal = {(when.hours, when.hours) for when in hours}
    assert said == always | equal | {(NIGHT, spaced), (spaced, NIGHT)}


TABLE = {
    "everything before anything": (Condition(), Condition(state=("TX",)), True),
    "anything before everything": (Condition(state=("TX",)), Condition(), False),
    "the same, in other letters": (Condition(state=("TX",)), Condition(state=("tx",)), True),
    "fewer values": (Condition(state=("TX", "OK")), Condition(state=("OK",)), True),
    "more values": (Condition(state=("OK",)), Condition(state=("TX", "OK")), False),
    "one field more": (Condition(state=("TX",)), Condition(state=("TX",), type=("buyer",)), True),
    "a longer prefix": (Condition(zip=("787*",)), Condition(zip=("78701", "78702")), True),
    "a shorter prefix": (Condition(zip=("78701",)), Condition(zip=("787*",)), False),
    "one of two prefixes": (Condition(zip=("787",)), Condition(zip=("7870", "79")), False),
    "a narrower range": (Condition(price=Range(1, 9)), Condition(price=Range(2, 8)), True),
    "a range open above": (Condition(price=Range(1, 9)), Condition(price=Range(2)), False),
    "no range at all": (Condition(price=Range()), Condition(), False),
    "any of fewer tags": (Condition(tags=("a", "b")), Condition(tags=("b",)), True),
    "any of more tags": (Condition(tags=("a",)), Condition(tags=("a", "b")), False),
    "fewer of an attribute": (Condition(attributes={"a": ("x", "y")}), Condition(attributes={"a": ("Y",)}), True),
    "another attribute": (Condition(attributes={"a": ("x",)}), Condition(attributes={"b": ("x",)}), False),
    "the same hours": (Condition(hours=NIGHT), Condition(hours=f"  {NIGHT}", state=("TX",)), True),
    "hours before always": (Condition(hours=NIGHT), Condition(), False),
    "always before hours": (Condition(state=("TX",)), Condition(state=("TX",), hours=NIGHT), True),
}


@pytest.mark.parametrize(("earlier", "later", "expected"), TABLE.values(), ids=TABLE.keys())
def test_one_condition_within_another(earlier: Condition, later: Condition, expected: bool) -> None:
    assert implies(later, earlier) is expected


def test_each_shadowed_rule_names_the_first_that_takes_its_leads() -> None:
    texas, buyers = Condition(state=("TX",)), Condition(state=("TX",), type=("buyer",))
    deciders = [Decider("a", buyers), Decider("b", texas), Decider("c", texas), Decider("d", buyers)]
    assert [(place, earlier.name) for place, earlier in shadowed(deciders)] == [(2, "b"), (3, "a")]
