"""What no document may hold is dropped; everything else that people write stays."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sami.domain.language.characters import storable

ANYTHING = st.text(st.characters(categories=None, exclude_categories=()), max_size=60)


@given(ANYTHING)
def test_whatever_is_storable_can_stand_in_a_document(text: str) -> None:
    kept = storable(text)
    document = ElementTree.Element("Say")
    document.text = kept
    ElementTree.fromstring(ElementTree.tostring(document, encoding="utf-8"))  # noqa: S314 - written a line above.
    assert storable(kept) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Bob \uffff", "Bob "),
        ("Bob \ufffe\x00\x0bRuiz", "Bob Ruiz"),
        ("half \ud83d of a letter", "half  of a letter"),
        ("tab\t, line\r\nend", "tab\t, line\r\nend"),
        ("Zoë Müller 王小明 👩🏽‍🚀", "Zoë Müller 王小明 👩🏽‍🚀"),
        ("the last \ufffd and \U0010ffff", "the last \ufffd and \U0010ffff"),
    ],
)
def test_only_what_no_document_holds_is_dropped(written: str, kept: str) -> None:
    assert storable(written) == kept
