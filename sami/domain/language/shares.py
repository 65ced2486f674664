"""Does this key belong to a share of all? The same key always answers the same, in every process."""

import hashlib

PER_CENT = 100


def is_in_share(key: str, share: int) -> bool:
    """`share` in per cent; the beginning of the key says what it is a share of."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % PER_CENT < share
