"""One form of writing something down, and SHA-256 over it: what is written otherwise afterwards no longer fits."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any


def seal_over(*written: Any) -> str:
    """Of plain JSON values, whichever order their keys are kept in."""
    canonical = json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sealed_instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
