"""How does Twilio prove that a request is its own? Written from its documentation, apart from its library."""

import base64
import hmac
from collections.abc import Iterable
from typing import Literal

Hash = Literal["sha1", "sha256"]
Form = list[tuple[str, str]]


def sign(token: str, url: str, form: Iterable[tuple[str, str]], *, hashed_with: Hash = "sha1") -> str:
    """An HMAC over the URL and every name followed by its value, by name; a value sent twice counts once.

    SHA-1 with the account's auth token, or SHA-256 with a shared key's own secret.
    """
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashed_with)).decode()
