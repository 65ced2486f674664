"""What every table shares: constraint names, and the way from a row class to its table."""

from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, Table
from sqlmodel import SQLModel

from sami.store.types import metadata_naming

SQLModel.metadata.naming_convention = metadata_naming


def table_of(row: type[SQLModel]) -> Table:
    return cast(Table, row.__table__)  # type: ignore[attr-defined]


def one_of(column: str, values: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """A named CHECK instead of a native enum: PostgreSQL's enums break a downgrade followed by an upgrade."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def e164(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} LIKE '+%' AND length({column}) BETWEEN 8 AND 16", name=f"{column}_e164")
