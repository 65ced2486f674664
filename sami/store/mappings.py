"""How the columns of a kind of file are read, remembered by name."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.tables import insert_on, table_of
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns


class ImportMappingRow(SQLModel, table=True):
    """`columns` are pairs of a header, as it was written, and its field, empty where the column is left out."""

    __tablename__ = "import_mapping"

    name: str = Field(primary_key=True)
    columns: list[list[str]] = Field(sa_type=Json)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    saved_by: str
    actor_kind: str | None = None
    actor_key: str | None = None


mappings = table_of(ImportMappingRow)


def save_mapping(db: Connection, *, name: str, columns: list[list[str]], by: Actor, now: datetime) -> None:
    """In place of the one that had this name."""
    values = {"columns": columns, "saved_at": now, **actor_columns(by, "saved_by")}
    row = insert_on(db.dialect.name, mappings).values(name=name, **values)
    db.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def find_mapping(db: Connection, name: str) -> dict[str, str] | None:
    found = db.execute(select(mappings.c.columns).where(mappings.c.name == name)).scalar()
    return None if found is None else dict(found)


def every_mapping(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(mappings).order_by(mappings.c.name)))


def forget_mapping(db: Connection, name: str) -> bool:
    """False where there was none of this name."""
    gone = delete(mappings).where(mappings.c.name == name).returning(mappings.c.name)
    return db.execute(gone).first() is not None
