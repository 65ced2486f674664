"""A request that we send to our own public address, signed as Twilio signs: is what stands between us and Twilio right?

It changes nothing, and its answer proves that whoever gave it knows our token.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1, sha256

PATH = "/webhooks/canary"
NONCE = "Nonce"


def signature(url: str, fields: Mapping[str, str], token: str) -> str:
    text = url + "".join(name + value for name, value in sorted(fields.items()))
    return b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()


def proof(nonce: str, token: str) -> str:
    """Nothing that Twilio signs looks like it, so it is of no use to whoever overhears it."""
    return hmac.new(token.encode(), f"sami canary {nonce}".encode(), sha256).hexdigest()
