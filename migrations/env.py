"""How alembic reaches the database: one transaction for everything, and nobody else migrating at the same time."""

import sqlite3
from typing import Literal
from urllib.parse import quote

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlmodel.sql.sqltypes import AutoString

from sami.store.all_tables import declared

# A migration that cannot get its lock gives up soon: while it waits, every webhook queues up behind it.
LOCK_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 300
OTHER_MIGRATION_TIMEOUT_S = 60
ADVISORY_LOCK = 7_264_001  # Any number, as long as it never changes.


def run() -> None:
    engine = _engine(context.config.attributes["url"])
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            _keep_others_out(connection)
        _migrate(connection)
        if connection.dialect.name == "sqlite":
            _check_references(connection)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=declared(),
        compare_type=True,
        compare_server_default=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        render_item=_render_type,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render_type(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Revisions name plain SQL types and ours; SQLModel's own string is a detail of how rows are declared."""
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return "sa.String()"
    if type(item).__module__ == "sami.database.column_types":
        autogen.imports.add(f"from sami.database.column_types import {type(item).__name__}")
        return f"{type(item).__name__}()"
    return False


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite:///"):
        return create_engine(url, poolclass=NullPool)
    path = quote(url.removeprefix("sqlite:///"))
    engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: _open(path))
    # The driver would commit before each CREATE; begun by hand, a migration that is killed leaves nothing behind.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _open(path: str) -> sqlite3.Connection:
    """Foreign keys stay off, or rebuilding a table would delete the rows that refer to it; they are checked after."""
    return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=OTHER_MIGRATION_TIMEOUT_S, isolation_level=None)


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise ValueError(
            f"The migration would leave rows that refer to nothing, in: {sorted({row[0] for row in broken})}"
        )


def _keep_others_out(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{OTHER_MIGRATION_TIMEOUT_S}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'")


run()
