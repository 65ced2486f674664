"""How is an instant written for programs? RFC 3339 in UTC with Z, the same in documents, announcements and files."""

from datetime import UTC, datetime


def rfc3339(at: datetime, *, timespec: str = "milliseconds") -> str:
    """`at` is aware; `timespec` is what `isoformat` calls its last part."""
    return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
