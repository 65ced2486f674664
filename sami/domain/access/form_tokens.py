"""Was this token made by us for this form, does it still count, and was the form filled in by a person?"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

FORM_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FILLED_IN_AFTER = timedelta(seconds=3)  # Sooner than that no person has read a form, let alone filled it in.
VISIT_LASTS = timedelta(hours=24)  # People leave pages open.

_FORM_OF_MESSAGE = "sami form 1"
_TOKEN = re.compile(r"(page|visit)\.(\d{13})\.(\d{13})\.([A-Za-z0-9_-]{1,64})\.([0-9a-f]{64})")


class TokenKind(StrEnum):
    PAGE = "page"
    """Written into a page once, for a year or so; it says nothing of how long a visitor took."""
    VISIT = "visit"
    """Fetched by the page for each visitor."""


class TokenFault(StrEnum):
    FORGED = "forged"
    EXPIRED = "expired"
    TOO_FAST = "too fast"


@dataclass(frozen=True, slots=True)
class FormToken:
    """`nonce` tells the tokens of two visitors apart."""

    kind: TokenKind
    issued_at: datetime
    expires_at: datetime
    nonce: str


def seal_token(token: FormToken, *, form: str, secret: str) -> str:
    """The form is no part of what is written down, only of what is signed."""
    instants = (round(at.timestamp() * 1000) for at in (token.issued_at, token.expires_at))
    written = ".".join((token.kind, *(f"{at:013d}" for at in instants), token.nonce))
    return f"{written}.{_signature(written, form, secret)}"


def read_token(written: str, *, form: str, secret: str, now: datetime) -> FormToken | TokenFault:
    found = _TOKEN.fullmatch(written)
    if found is None or not hmac.compare_digest(_signature(written.rpartition(".")[0], form, secret), found[5]):
        return TokenFault.FORGED
    token = FormToken(TokenKind(found[1]), _instant(found[2]), _instant(found[3]), found[4])
    if now >= token.expires_at:
        return TokenFault.EXPIRED
    if token.kind is TokenKind.VISIT and now < token.issued_at + FILLED_IN_AFTER:
        return TokenFault.TOO_FAST
    return token


def _signature(written: str, form: str, secret: str) -> str:
    message = "\n".join((_FORM_OF_MESSAGE, form, written))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def _instant(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
