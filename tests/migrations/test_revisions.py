"""Every revision goes up and down on both databases, and the tables it makes are the declared ones (R18)."""

from pathlib import Path

from sqlalchemy import create_engine, inspect

import migrations
from tests.support.postgres import Postgres

VERSIONS = sorted(path.name for path in (migrations.HERE / "versions").glob("*.py"))


def test_r18_the_revisions_are_numbered_without_a_gap() -> None:
    assert [name[:5] for name in VERSIONS] == [f"{number:04d}_" for number in range(1, len(VERSIONS) + 1)]


def test_r18_declared_and_migrated_tables_agree(database_url: str) -> None:
    migrations.refuse_drift(database_url)


def test_r18_down_and_up_again_leaves_the_same_tables(database_url: str) -> None:
    before = tables_of(database_url)
    migrations.downgrade(database_url)
    assert tables_of(database_url) == {"alembic_version"}
    migrations.upgrade(database_url)
    assert tables_of(database_url) == before
    migrations.refuse_drift(database_url)


def test_r18_both_databases_hold_the_same_checks(postgres: Postgres, sqlite_url: str) -> None:
    """`alembic check` does not compare CHECK constraints."""
    with postgres.copy() as postgres_url:
        assert checks_of(sqlite_url) == checks_of(postgres_url)


def test_an_embedded_database_is_made_by_migrating(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sami.db"
    migrations.upgrade(f"sqlite:///{path}")
    migrations.upgrade(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0


def test_a_database_that_is_ahead_is_not_behind() -> None:
    assert migrations.is_behind(None)
    assert migrations.is_behind("0000")
    assert not migrations.is_behind("9999")


def tables_of(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def checks_of(url: str) -> set[tuple[str, str | None]]:
    engine = create_engine(url)
    try:
        seen = inspect(engine)
        return {
            (table, check["name"]) for table in seen.get_table_names() for check in seen.get_check_constraints(table)
        }
    finally:
        engine.dispose()
