"""What every table shares: constraint names, the way from a row class to its table, and inserts that may conflict."""

from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CheckConstraint, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from sami.database.column_types import metadata_naming

SQLModel.metadata.naming_convention = metadata_naming


def table_of(row: type[SQLModel]) -> Table:
    return cast(Table, row.__table__)  # type: ignore[attr-defined]


def one_of(column: str, values: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """A named CHECK instead of a native enum: PostgreSQL's enums break a downgrade followed by an upgrade."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def e164(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} LIKE '+%' AND length({column}) BETWEEN 8 AND 16", name=f"{column}_e164")


def insert_on(dialect: str, table: Table) -> Any:
    """An insert that knows `on_conflict`, for which each database has a word of its own."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
