"""When backups were made, so that `sami doctor` can tell the age of the last one from anywhere."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import table_of
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns


class BackupRow(SQLModel, table=True):
    """`at` is the instant that the backup holds; `file` its name without the folder."""

    __tablename__ = "backup"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    file: str
    row_count: int
    by: str
    actor_kind: str | None = None
    actor_key: str | None = None


backups = table_of(BackupRow)


def note_backup(db: Connection, *, file: str, row_count: int, by: Actor, at: datetime) -> None:
    db.execute(insert(backups).values(at=at, file=file, row_count=row_count, **actor_columns(by)))


def newest_backup(db: Connection) -> Row[Any] | None:
    return db.execute(select(backups).order_by(backups.c.at.desc()).limit(1)).first()
