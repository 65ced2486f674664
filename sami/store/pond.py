"""Leads that nobody owns, the oldest first."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from sami.store.leads import leads

_WAITS = leads.c.pond_since.is_not(None)


def oldest_in_pond(db: Connection, *, limit: int) -> list[Row[Any]]:
    return list(db.execute(select(leads).where(_WAITS).order_by(leads.c.pond_since, leads.c.id).limit(limit)))


def count_pond(db: Connection) -> int:
    return int(db.execute(select(func.count()).select_from(leads).where(_WAITS)).scalar_one())
