"""What prepared statements take from SQLAlchemy that it promises to nobody: a new minor version must be looked at."""

from importlib.metadata import version

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from sami.store.people import agents

LOOKED_AT = "2.1"
COUNTS = sa.Table("counts", sa.MetaData(), sa.Column("number", sa.Integer, default=7), sa.Column("other", sa.Integer))


@pytest.fixture(params=[sqlite.dialect(), postgresql.psycopg.dialect()], ids=["sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = request.param
    return found


def compiled(statement: object, dialect: Dialect, *keys: str) -> SQLCompiler:
    found = statement.compile(dialect=dialect, column_keys=list(keys))  # type: ignore[attr-defined]
    assert isinstance(found, SQLCompiler)
    return found


def test_the_minor_version_is_the_one_that_was_looked_at() -> None:
    assert version("sqlalchemy").startswith(f"{LOOKED_AT}.")


def test_values_are_written_by_the_bind_processors_of_the_compiler(dialect: Dialect) -> None:
    parts = compiled(
        agents.select().with_only_columns(agents.c.id).where(agents.c.key == sa.bindparam("key")), dialect, "key"
    )
    assert isinstance(parts._bind_processors, dict)
    assert list(parts.positiontup or parts.binds) == ["key"]
    assert [bind.required for bind in parts.binds.values()] == [True]


def test_constants_have_their_value_at_hand(dialect: Dialect) -> None:
    parts = compiled(agents.select().with_only_columns(agents.c.id).where(agents.c.key == "ana"), dialect)
    assert {bind.effective_value for bind in parts.binds.values()} == {"ana"}


def test_defaults_of_columns_are_what_an_insert_prefetches(dialect: Dialect) -> None:
    parts = compiled(COUNTS.insert(), dialect, "other")
    assert [(column.key, column.default.arg) for column in parts.insert_prefetch] == [("number", 7)]


def test_rows_are_read_by_the_result_processors_of_their_columns(dialect: Dialect) -> None:
    parts = compiled(agents.select().with_only_columns(agents.c.id, agents.c.key), dialect)
    assert [column.keyname for column in parts._result_columns] == ["id", "key"]
    assert all(callable(column.type._cached_result_processor) for column in parts._result_columns)
