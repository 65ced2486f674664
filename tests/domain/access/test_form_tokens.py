"""A form's token counts for its own form, for its time, and not sooner than a person can type."""

from datetime import timedelta
from typing import Any

import pytest

from sami.domain.access.form_tokens import VISIT_LASTS, FormToken, TokenFault, TokenKind, read_token, seal_token
from tests.support.make import AT, seconds

SECRET = "0123456789abcdef0123456789abcdef"
YEAR = timedelta(days=365)
PAGE = FormToken(TokenKind.PAGE, AT, AT + YEAR, "nonce")
VISIT = FormToken(TokenKind.VISIT, AT, AT + VISIT_LASTS, "nonce")


def read(written: str, **stated: Any) -> FormToken | TokenFault:
    return read_token(written, **{"form": "contact", "secret": SECRET, "now": AT + seconds(3)} | stated)


@pytest.mark.parametrize(
    ("token", "passed", "read_as"),
    [
        pytest.param(PAGE, seconds(0), PAGE, id="a page's token counts at once"),
        pytest.param(PAGE, YEAR - seconds(1), PAGE, id="and to its last second"),
        pytest.param(PAGE, YEAR, TokenFault.EXPIRED, id="and no longer"),
        pytest.param(VISIT, seconds(2.999), TokenFault.TOO_FAST, id="a visitor's does not before they can have typed"),
        pytest.param(VISIT, seconds(3), VISIT, id="and from then on"),
        pytest.param(VISIT, VISIT_LASTS, TokenFault.EXPIRED, id="until the page was open for a day"),
        pytest.param(VISIT, -seconds(60), TokenFault.TOO_FAST, id="nor on a clock that is behind"),
    ],
)
def test_when_a_token_counts(token: FormToken, passed: timedelta, read_as: FormToken | TokenFault) -> None:
    assert read(seal_token(token, form="contact", secret=SECRET), now=AT + passed) == read_as


@pytest.mark.parametrize(
    "stated", [{"form": "other"}, {"secret": SECRET.upper()}], ids=["of another form", "of another secret"]
)
def test_another_ones_token_is_forged(stated: dict[str, Any]) -> None:
    assert read(seal_token(PAGE, form="contact", secret=SECRET), **stated) is TokenFault.FORGED


def test_no_letter_of_a_token_can_be_changed() -> None:
    written = seal_token(VISIT, form="contact", secret=SECRET)
    for place, letter in enumerate(written):
        changed = written[:place] + ("1" if letter != "1" else "2") + written[place + 1 :]
        assert read(changed) is TokenFault.FORGED, place


@pytest.mark.parametrize("written", ["", ".", "page.1.2.n.x", "é" * 100, "page." + "9" * 100_000, "\0"])
def test_what_is_no_token_is_forged(written: str) -> None:
    assert read(written) is TokenFault.FORGED
