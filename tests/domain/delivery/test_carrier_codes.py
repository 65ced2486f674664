"""The one table of the carrier's codes."""

import pytest

from sami.domain.delivery.carrier_codes import (
    CARRIER_CODES,
    NO_TEXTS_CODES,
    Meaning,
    meaning_for_call,
    meaning_for_text,
)


def test_each_code_stands_once_and_in_order() -> None:
    codes = [known.code for known in CARRIER_CODES]
    assert codes == sorted(set(codes))


def test_each_code_has_a_source_and_means_something() -> None:
    for known in CARRIER_CODES:
        assert known.source.startswith(("https://www.twilio.com/docs/api/errors/", "RFC "))
        assert {known.call, known.text} != {Meaning.OTHER}


@pytest.mark.parametrize(
    ("code", "call", "text"),
    [
        pytest.param(404, Meaning.BAD_NUMBER, Meaning.OTHER, id="SIP: nobody has it"),
        pytest.param(603, Meaning.BLOCKED, Meaning.OTHER, id="SIP: declined"),
        pytest.param(607, Meaning.BLOCKED, Meaning.OTHER, id="SIP: unwanted"),
        pytest.param(13227, Meaning.REGION_CLOSED, Meaning.OTHER, id="no dialling abroad"),
        pytest.param(21215, Meaning.REGION_CLOSED, Meaning.OTHER, id="no calls abroad"),
        pytest.param(21216, Meaning.BLOCKED, Meaning.OTHER, id="barred by Twilio"),
        pytest.param(21614, Meaning.OTHER, Meaning.NO_TEXTS, id="a landline"),
        pytest.param(30006, Meaning.OTHER, Meaning.NO_TEXTS, id="a landline, seen by the carrier"),
        pytest.param(99999, Meaning.OTHER, Meaning.OTHER, id="a code of tomorrow"),
        pytest.param(None, Meaning.OTHER, Meaning.OTHER, id="no code"),
    ],
)
def test_what_a_code_means_for_a_call_and_for_a_text(code: int | None, call: Meaning, text: Meaning) -> None:
    assert (meaning_for_call(code), meaning_for_text(code)) == (call, text)


def test_a_landline_may_still_be_called() -> None:
    assert all(meaning_for_call(code) is Meaning.OTHER for code in NO_TEXTS_CODES)
