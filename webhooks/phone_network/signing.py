"""How does Twilio prove that a request is its own? Written from its documentation, apart from its library."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

Form = list[tuple[str, str]]


def sign(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """HMAC-SHA1 over the URL and every name followed by its value, by name; a value sent twice counts once."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
