"""The organisation's versions as they were published: listed without their documents, or one with it."""

from typing import Any

from sqlalchemy import Connection, Row, select

from sami.store.people import organisation_versions

_version = organisation_versions.c
_LISTED = [column for column in _version if column.name != "document"]


def list_versions(db: Connection, *, before: int | None, limit: int) -> list[Row[Any]]:
    """Newest first."""
    earlier = [] if before is None else [_version.version < before]
    return list(db.execute(select(*_LISTED).where(*earlier).order_by(_version.version.desc()).limit(limit)))


def find_version(db: Connection, version: int) -> Row[Any] | None:
    return db.execute(select(organisation_versions).where(_version.version == version)).first()
