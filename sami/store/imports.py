"""What an import did, row by row, and what happened since to the leads it made or changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select, update

from sami.database.tables import insert_on
from sami.store.access import lead_batch_entries, lead_batches
from sami.store.calls import calls
from sami.store.leads import timeline
from sami.store.work import tasks

_batch, _entry = lead_batches.c, lead_batch_entries.c


def find_unfinished(db: Connection, digest: str) -> Row[Any] | None:
    """The newest import of this file that was neither finished nor undone."""
    left = _batch.kind == "import", _batch.digest == digest, _batch.finished_at.is_(None), _batch.undone_at.is_(None)
    return db.execute(select(lead_batches).where(*left).order_by(_batch.id.desc()).limit(1)).first()


def every_import(db: Connection) -> list[Row[Any]]:
    """Each with how many leads it made and changed, and how many of them were undone or left, the newest first."""
    counts = {
        "made": _entry.before.is_(None),
        "changed": _entry.before.is_not(None),
        "undone": _entry.state == "undone",
        "left": _entry.state == "left",
    }
    counted = [func.count(case((holds, 1))).label(name) for name, holds in counts.items()]
    told = select(lead_batches, *counted).outerjoin(lead_batch_entries, _entry.batch == _batch.ref)
    return list(db.execute(told.where(_batch.kind == "import").group_by(_batch.id).order_by(_batch.id.desc())))


def is_row_done(db: Connection, ref: str, row: int) -> bool:
    return db.execute(select(_entry.id).where(_entry.batch == ref, _entry.row == row)).first() is not None


def insert_entry(db: Connection, **values: Any) -> bool:
    """False where another process has done this row of the batch."""
    rows = insert_on(db.dialect.name, lead_batch_entries).values(**values)
    claimed = rows.on_conflict_do_nothing(index_elements=["batch", "row"]).returning(_entry.id)
    return db.execute(claimed).first() is not None


def first_entry_of(db: Connection, ref: str, lead_id: int) -> Row[Any] | None:
    """What the batch did to this lead first; where `before` is None it made it."""
    mine = select(lead_batch_entries).where(_entry.batch == ref, _entry.lead_id == lead_id)
    return db.execute(mine.order_by(_entry.id).limit(1)).first()


def newest_lead_done(db: Connection, ref: str) -> int | None:
    """The lead of the newest entry that is not settled."""
    done = select(_entry.lead_id).where(_entry.batch == ref, _entry.state == "done")
    return db.execute(done.order_by(_entry.id.desc()).limit(1)).scalar()


def entries_done(db: Connection, ref: str, lead_id: int) -> list[Row[Any]]:
    """What the batch did to this lead, the newest first."""
    mine = _entry.batch == ref, _entry.lead_id == lead_id, _entry.state == "done"
    return list(db.execute(select(lead_batch_entries).where(*mine).order_by(_entry.id.desc())))


def note_left(db: Connection, entry_id: int, after: dict[str, Any]) -> None:
    db.execute(update(lead_batch_entries).where(_entry.id == entry_id).values(after=after))


def settle_entries_of(db: Connection, ref: str, lead_id: int, *, state: str, note: str | None) -> None:
    """All that this batch did to the lead."""
    mine = _entry.batch == ref, _entry.lead_id == lead_id, _entry.state == "done"
    db.execute(update(lead_batch_entries).where(*mine).values(state=state, note=note))


def was_undone_with_its_import(db: Connection, lead_id: int) -> bool:
    """The last import that named this lead had made it, and was undone."""
    mine = select(_entry.state, _entry.before).where(_entry.lead_id == lead_id).order_by(_entry.id.desc()).limit(1)
    newest = db.execute(mine).first()
    return newest is not None and newest.state == "undone" and newest.before is None


def newest_timeline_entry(db: Connection, lead_id: int) -> int:
    return db.execute(select(func.max(timeline.c.id)).where(timeline.c.lead_id == lead_id)).scalar() or 0


def timeline_since(db: Connection, lead_id: int, entry_id: int) -> list[Row[Any]]:
    since = select(timeline.c.kind, timeline.c.at).where(timeline.c.lead_id == lead_id, timeline.c.id > entry_id)
    return list(db.execute(since.order_by(timeline.c.id)))


def has_called_since(db: Connection, lead_id: int, at: datetime) -> bool:
    return (
        db.execute(select(calls.c.id).where(calls.c.lead_id == lead_id, calls.c.arrived_at >= at)).first() is not None
    )


def has_task_done_since(db: Connection, lead_id: int, at: datetime) -> bool:
    return db.execute(select(tasks.c.id).where(tasks.c.lead_id == lead_id, tasks.c.done_at >= at)).first() is not None


def close_tasks_of(db: Connection, lead_id: int, *, at: datetime) -> None:
    """Nobody needs to do anything more for this lead."""
    left = tasks.c.lead_id == lead_id, tasks.c.state == "open"
    db.execute(update(tasks).where(*left).values(state="done", done_at=at))
