"""What was to be said outside, newest first, page by page."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, TextClause, select

from sami.store.work import UNSAID, UNSAID_STATES, outbox_items


def list_items(db: Connection, *, kind: str | None, state: str | None, before: int, limit: int) -> list[Row[Any]]:
    """Items of numbers below `before`; 0: from the newest on."""
    wanted: list[ColumnElement[bool] | TextClause] = []
    if kind is not None:
        wanted.append(outbox_items.c.kind == kind)
    if state is not None:
        wanted.append(outbox_items.c.state == state)
    if state in UNSAID_STATES:
        wanted.append(UNSAID)  # In these very words, or SQLite does not see that its index is about them.
    if before:
        wanted.append(outbox_items.c.id < before)
    return list(db.execute(select(outbox_items).where(*wanted).order_by(outbox_items.c.id.desc()).limit(limit)))
