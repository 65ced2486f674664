"""That each worker lives, and which of its beats fail, so that anybody who reads the database can tell (R27)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import insert_on, table_of


class HeartbeatRow(SQLModel, table=True):
    """`worker` is a process by its machine and number; its row goes with it when it ends in peace."""

    __tablename__ = "heartbeat"

    worker: str = Field(primary_key=True)
    release: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class FailingBeatRow(SQLModel, table=True):
    """A beat whose last run failed. `error` names the kind of fault, never what was in it (S6)."""

    __tablename__ = "failing_beat"

    beat: str = Field(primary_key=True)
    error: str
    since: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    times: int


heartbeats = table_of(HeartbeatRow)
failing_beats = table_of(FailingBeatRow)


def note_heartbeat(db: Connection, *, worker: str, release: str, started_at: datetime, now: datetime) -> None:
    insert = insert_on(db.dialect.name, heartbeats)
    values = insert.values(worker=worker, release=release, started_at=started_at, seen_at=now)
    db.execute(values.on_conflict_do_update(index_elements=["worker"], set_={"seen_at": now}))


def forget_worker(db: Connection, worker: str) -> None:
    db.execute(delete(heartbeats).where(heartbeats.c.worker == worker))


def forget_heartbeats(db: Connection, *, before: datetime) -> int:
    return db.execute(delete(heartbeats).where(heartbeats.c.seen_at < before)).rowcount


def newest_heartbeat_at(db: Connection) -> datetime | None:
    found: datetime | None = db.execute(select(func.max(heartbeats.c.seen_at))).scalar()
    return found


def note_failing_beat(db: Connection, *, beat: str, error: str, times: int, now: datetime) -> None:
    insert = insert_on(db.dialect.name, failing_beats)
    values = insert.values(beat=beat, error=error, since=now, last_at=now, times=times)
    added = {"error": error, "last_at": now, "times": failing_beats.c.times + times}
    db.execute(values.on_conflict_do_update(index_elements=["beat"], set_=added))


def note_recovered_beats(db: Connection, beats: Collection[str]) -> None:
    db.execute(delete(failing_beats).where(failing_beats.c.beat.in_(sorted(beats))))


def list_failing_beats(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(failing_beats).order_by(failing_beats.c.since, failing_beats.c.beat)))
