"""A lead's language was an attribute; whoever still writes it so means the field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sami.domain.assignment.distribution import words_of
from sami.domain.assignment.implication import implies
from sami.domain.assignment.matching import Miss, mismatch
from sami.domain.assignment.worker_findings import taken_from
from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.condition import Condition
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.once_attributes import moved
from sami.domain.leads.written_values import as_everywhere, changes_as_everywhere

AT = datetime(2026, 11, 16, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "language", "attributes"),
    [
        ({"language": "Spanish"}, "es", {}),
        ({"attributes": {"language": "español", "pets": True}}, "es", {"pets": True}),
        ({"language": "fr", "attributes": {"language": "Spanish"}}, "fr", {}),
        ({"language": "n/a", "attributes": {"language": "es-MX"}}, "es", {}),
        ({"attributes": {"language": "Klingon"}}, None, {"language": "Klingon"}),
        ({"attributes": {"language": ["en", "es"]}}, None, {"language": ["en", "es"]}),
    ],
)
def test_an_arriving_attribute_is_moved_to_the_field(
    said: dict[str, Any], language: str | None, attributes: dict[str, Any]
) -> None:
    read = as_everywhere(NewLead(**said), "US")
    assert (read.language, read.attributes) == (language, attributes)


@pytest.mark.parametrize(
    ("changes", "meant"),
    [
        ({"attributes": {"language": "Spanish", "a": 1}}, {"language": "es", "attributes": {"a": 1}}),
        ({"attributes": {"language": None, "a": None}}, {"language": None, "attributes": {}}),
        ({"language": "de", "attributes": {"language": "Spanish"}}, {"language": "de", "attributes": {}}),
        ({"language": "Deutsch"}, {"language": "de"}),
    ],
)
def test_a_changed_attribute_is_moved_to_the_field(changes: dict[str, Any], meant: dict[str, Any]) -> None:
    assert changes_as_everywhere(changes, lives_in=None, country="US") == meant


def test_what_is_no_field_stays_an_attribute() -> None:
    assert moved({"pets": "es", "language": 3}) == ({}, {"pets": "es", "language": 3})


@pytest.mark.parametrize(
    "when",
    [
        Condition(language=("es", "fr")),
        Condition(attributes={"language": ("Spanish",)}),
        Condition(attributes={"language": ("es-MX",)}),
    ],
)
def test_rules_find_it_under_both_names(when: Condition) -> None:
    assert mismatch(when, Inquiry(language="es"), AT, "UTC") is None
    missed = mismatch(when, Inquiry(language="en"), AT, "UTC")
    assert missed is not None
    assert missed.miss is Miss.DIFFERS
    unknown = mismatch(when, Inquiry(), AT, "UTC")
    assert unknown is not None
    assert unknown.miss is Miss.UNKNOWN


@pytest.mark.parametrize("written", ["Spanish", "es", ["English", "español"]])
def test_rules_read_what_was_stored_before(written: Any) -> None:
    when = Condition(attributes={"language": ("Spanish",)})
    assert mismatch(when, Inquiry(attributes={"language": written}), AT, "UTC") is None


def test_one_writing_implies_the_other() -> None:
    assert implies(Condition(attributes={"language": ("es",)}), Condition(attributes={"language": ("Spanish",)}))


def test_a_skill_may_be_called_like_the_language() -> None:
    assert {"es", "spanish", "español"} <= words_of(Inquiry(language="es"))


def test_a_worker_fills_the_field_and_never_replaces_it() -> None:
    output = {"attributes": {"language": "Spanish"}}
    assert taken_from(Inquiry(), "enrich", output) == {"language": "es"}
    assert taken_from(Inquiry(language="en"), "enrich", output) == {}
