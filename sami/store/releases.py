"""Which release brought the database to which revision, so that an older one can say which it wants."""

from datetime import datetime

from sqlalchemy import Connection, inspect, select
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import insert_on, table_of


class ReleaseRow(SQLModel, table=True):
    """The first release that migrated to this revision."""

    __tablename__ = "release"

    revision: str = Field(primary_key=True)
    release: str
    migrated_at: datetime = Field(sa_type=UtcDateTime)


releases = table_of(ReleaseRow)


def note_release(db: Connection, *, revision: str, release: str, now: datetime) -> None:
    insert = insert_on(db.dialect.name, releases)
    noted = insert.values(revision=revision, release=release, migrated_at=now)
    db.execute(noted.on_conflict_do_nothing(index_elements=["revision"]))


def release_of(db: Connection, revision: str) -> str | None:
    """None where no release noted itself there."""
    if not inspect(db).has_table("release"):
        return None
    found: str | None = db.execute(select(releases.c.release).where(releases.c.revision == revision)).scalar()
    return found
