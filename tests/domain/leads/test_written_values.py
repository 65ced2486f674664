"""What people write of a lead is read as they mean it, or refused with what would be right."""

from typing import Any

import pytest

from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.revert import revert
from sami.domain.leads.written_values import (
    ATTRIBUTES_MAX,
    TAGS_MAX,
    Wrong,
    as_everywhere,
    doubts_of,
    is_field,
    read_lead,
)


def read(**written: str) -> NewLead | tuple[Wrong, ...]:
    return read_lead({"email": "lee@example.com"} | written, country="US", source="here")


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("name", "  Lee\n Ortiz\t", "Lee Ortiz"),
        ("phone", "(512) 555-0142", "+15125550142"),
        ("phone", "+44 20 7946 0018", "+442079460018"),
        ("email", " LEE@Example.COM ", "lee@example.com"),
        ("state", "tx", "TX"),
        ("state", "new york", "NY"),
        ("state", "Bavaria", "Bavaria"),
        ("country", "usa", "US"),
        ("country", "ca", "CA"),
        ("price", "350000", 350_000),
        ("price", "$1,350,000.00", 1_350_000),
        ("price", "€ 5", 5),
        ("tags", "a, b;c|b\n d ", ("a", "b", "c", "d")),
        ("source", "Zillow", "Zillow"),
        ("zip", "02134", "02134"),
        ("phone", "512-555-0144 (cell)", "+15125550144"),
        ("phone", "Cell: 512-555-0144", "+15125550144"),
        ("phone", "512-555-0144 or 512-555-0145", "+15125550144"),
        ("phone", "512.555.0144 ext. 12", "+15125550144"),
    ],
)
def test_a_field_is_read_as_it_is_meant(field: str, text: str, kept: Any) -> None:
    lead = read(**{field: text})
    assert isinstance(lead, NewLead)
    assert getattr(lead, field) == kept


@pytest.mark.parametrize(
    ("field", "text", "wrong"),
    [
        ("phone", "12", "is not a phone number"),
        ("phone", "1" * 100, "is not a phone number"),
        ("phone", "1.5125550142E+10", "is not a phone number"),
        ("email", "lee", "is not an e-mail address"),
        ("email", "lee@example", "is not an e-mail address"),
        ("email", "a b@example.com", "is not an e-mail address"),
        ("email", f"{'l' * 65}@example.com", "is not an e-mail address"),
        ("price", "350.000", "is not a price"),
        ("price", "lots", "is not a price"),
        ("price", "-5", "is not a price"),
        ("name", "x" * 201, "is too long"),
        ("city", "x" * 101, "is too long"),
        ("name", "L\0ee", "holds a control character"),
        ("name", "L\ud800ee", "holds a control character"),
        ("tags", ",".join(str(number) for number in range(TAGS_MAX + 1)), "are too many"),
        ("tags", "x" * 101, "is too long"),
        ("attributes.note", "x" * 2001, "is too long"),
    ],
)
def test_what_cannot_be_kept_is_named(field: str, text: str, wrong: str) -> None:
    alone = {"email": ""} if field == "phone" else {}
    [fault] = read(**{**alone, field: text})  # type: ignore[misc]
    assert (fault.field, fault.wrong) == (field, wrong)
    assert fault.right
    assert len(str(fault)) < 150, "what was written is not repeated"


def test_every_fault_is_named_at_once() -> None:
    faults = read_lead({"phone": "1", "price": "lots"}, country="US", source="")
    assert [fault.field for fault in faults] == ["phone", "price"]  # type: ignore[union-attr]
    [nobody] = read_lead({"name": "Lee", "phone": " "}, country="US", source="")  # type: ignore[misc]
    assert str(nobody) == "phone is missing, and so is email: write a phone, an email or both"


def test_a_phone_that_cannot_be_read_loses_no_lead_that_has_an_email() -> None:
    kept = read_lead({"phone": "ask my wife", "email": "Lee@Example.com"}, country="US", source="")
    assert isinstance(kept, NewLead)
    assert (kept.phone, kept.email, kept.findings) == (None, "lee@example.com", {"phone_as_written": "ask my wife"})
    assert list(map(str, doubts_of(kept))) == [
        "phone is not a phone number: it is kept as it was written; the e-mail address is enough"
    ]
    good = read_lead({"phone": "512-555-0142", "email": "lee@example.com"}, country="US", source="")
    assert isinstance(good, NewLead)
    assert (doubts_of(good), good.findings) == ((), {})
    faults = read_lead({"phone": "ask my wife", "email": "lee@"}, country="US", source="")
    assert [fault.field for fault in faults] == ["phone", "email"]  # type: ignore[union-attr]
    [fault] = read_lead({"phone": "1\x00", "email": "lee@example.com"}, country="US", source="")  # type: ignore[misc]
    assert fault.wrong == "holds a control character"


def test_first_and_last_name_make_up_a_name_unless_there_is_one() -> None:
    assert read(first_name="Lee", last_name="Ortiz") == read(name="Lee Ortiz")
    assert read(first_name="L", name="Lee") == read(name="Lee")
    assert read(last_name="Ortiz") == read(name="Ortiz")


def test_attributes_keep_their_lines_and_are_not_too_many() -> None:
    lead = read(**{"attributes.note": "one\ntwo"})
    assert isinstance(lead, NewLead)
    assert (lead.attributes, lead.source) == ({"note": "one\ntwo"}, "here")
    [fault] = read(**{f"attributes.a{number}": "x" for number in range(ATTRIBUTES_MAX + 1)})  # type: ignore[misc]
    assert fault.wrong == "are too many"


@pytest.mark.parametrize(
    ("name", "known"),
    [("phone", True), ("attributes.a b", True), ("attributes.", False), ("stage", False), ("", False)],
)
def test_which_fields_there_are(name: str, known: bool) -> None:
    assert is_field(name) is known


@pytest.mark.parametrize(
    ("name", "now", "old", "new", "back", "left"),
    [
        ("city", "Austin", None, "Austin", None, ()),
        ("city", "Dallas", None, "Austin", "Dallas", ("city",)),
        ("tags", ["a", "c", "b"], ["a"], ["a", "b"], ["a", "c"], ()),
        ("attributes", {"a": 2, "b": 2}, {"a": 1}, {"a": 2, "b": 2}, {"a": 1}, ()),
        (
            "attributes",
            {"a": 3, "c": 1},
            {"a": 1},
            {"a": 2, "b": 2},
            {"a": 3, "c": 1},
            ("attributes.a", "attributes.b"),
        ),
    ],
)
def test_a_change_is_taken_back_where_it_still_stands(
    name: str, now: Any, old: Any, new: Any, back: Any, left: tuple[str, ...]
) -> None:
    assert revert(name, now, old, new) == (back, left)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"state": "Texas"}, {"state": "TX"}),
        ({"state": "tx "}, {"state": "TX"}),
        ({"country": "usa"}, {"country": "US"}),
        ({"zip": "2134"}, {"zip": "02134"}),
        ({"zip": "501"}, {"zip": "00501"}),
        ({"zip": "2134-1234"}, {"zip": "02134-1234"}),
        ({"zip": "21341234"}, {"zip": "02134-1234"}),
        ({"zip": "02134.0"}, {"zip": "02134"}),
        ({"zip": "2134.0"}, {"zip": "02134"}),
        ({"zip": "z:02134"}, {"zip": "02134"}),
        ({"zip": "'02134"}, {"zip": "02134"}),
        ({"zip": "78704"}, {"zip": "78704"}),
        ({"zip": "K1A 0B1"}, {"zip": "K1A 0B1"}),
        ({"zip": "2134", "country": "AU"}, {"zip": "2134"}),
        ({"name": "N/A"}, {"name": ""}),
        ({"city": "Unknown", "timeframe": "-", "type": "null"}, {"city": None, "timeframe": None, "type": None}),
        ({"name": "Bob \uffff"}, {"name": "Bob"}),
        ({"attributes": {"a": "x\ufffe", "b": "n/a", "c": ["y\uffff"]}}, {"attributes": {"a": "x", "c": ["y"]}}),
        ({"tags": ("vip\uffff", "-")}, {"tags": ("vip",)}),
    ],
    ids=str,
)
def test_every_door_reads_a_field_in_one_way(said: dict[str, Any], kept: dict[str, Any]) -> None:
    read = as_everywhere(NewLead(**said), "US")
    assert {name: getattr(read, name) for name in kept} == kept
