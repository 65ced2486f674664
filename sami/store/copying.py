"""Whole tables are read and written, each row as Python values: what a backup needs."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, String, Table, collate, delete, func, insert, inspect, select, text, update
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.sql.elements import ColumnElement

from sami.domain.language.actor import Actor
from sami.domain.leads.enrolments import EnrolmentState
from sami.store.actors import actor_columns
from sami.store.cadences import enrolments
from sami.store.work import outbox_items

ROWS_AT_ONCE = 1000


def tables_there(db: Connection) -> set[str]:
    return set(inspect(db).get_table_names())


def columns_there(db: Connection, table: Table) -> list[str]:
    """Those of this release's that the database has, in the declared order."""
    there = {column["name"] for column in inspect(db).get_columns(table.name)}
    return [column.name for column in table.columns if column.name in there]


def read_rows(db: Connection, table: Table, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    """In the order of the primary key, by bytes: the same on both databases. No more rows at a time than needed."""
    ordered = [_by_bytes(column, db.dialect.name) for column in table.primary_key.columns]
    query = select(*(table.c[name] for name in columns)).order_by(*ordered)
    with db.execute(query.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)) as rows:
        yield from rows


def write_rows(db: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Into these columns alone: the declared table would fill in those that an older revision does not have."""
    if rows:
        bare = sql_table(table.name, *(sql_column(name, table.c[name].type) for name in columns))
        db.execute(insert(bare), [dict(zip(columns, row, strict=True)) for row in rows])


def has_rows(db: Connection, table: Table) -> bool:
    return db.execute(select(table).limit(1)).first() is not None


def empty(db: Connection, table: Table) -> None:
    db.execute(delete(table))


def count_on_from_the_last(db: Connection, tables: Collection[Table]) -> None:
    """The numbers that PostgreSQL gives to new rows go on after those that were written; SQLite's do by themselves."""
    if db.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            sequence = db.execute(select(func.pg_get_serial_sequence(_quoted(table), column.name))).scalar()
            if sequence is not None and isinstance(column.type, Integer):
                newest = func.coalesce(select(func.max(column)).scalar_subquery(), 0)
                db.execute(select(func.setval(text(":sequence").bindparams(sequence=sequence), newest + 1, False)))


def doubt_what_was_due(db: Connection, *, now: datetime) -> int:
    """What was to be said by now is looked up before it is said: it may have been, after the backup (R6)."""
    due = outbox_items.c.state == "pending", outbox_items.c.due_at <= now
    doubted = update(outbox_items).where(*due).values(state="sending", leased_until=now, tries=outbox_items.c.tries + 1)
    return db.execute(doubted).rowcount


def pause_what_was_due(db: Connection, *, why: str, by: Actor, now: datetime) -> int:
    """Steps of cadences that were due by now may have been taken after the backup: a person says how they go on."""
    due = enrolments.c.state == EnrolmentState.ACTIVE.value, enrolments.c.due_at <= now
    paused = {"state": EnrolmentState.PAUSED.value, "reason": why, "due_at": None, "paused_until": None}
    return db.execute(update(enrolments).where(*due).values(**paused, **actor_columns(by))).rowcount


def _by_bytes(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    return collate(column, "C") if dialect == "postgresql" and isinstance(column.type, String) else column


def _quoted(table: Table) -> str:
    return f'"{table.name}"'
