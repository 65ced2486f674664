"""Batches of leads that change hands in one go: the plan, what was done of it, and what was left alone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.actor import Actor
from sami.store.access import lead_batch_entries, lead_batches
from sami.store.lead_filters import leads_that_fit
from sami.store.leads import leads, ownerships

LEADS_AT_ONCE = 1_000
_entry = lead_batch_entries.c


def leads_matching(db: Connection, wanted: LeadFilter, *, owner_id: int | None) -> Iterator[Row[Any]]:
    """Id, owner, stage and pond of the leads that the filter finds, oldest number first, page by page.

    `owner_id` is whom the filter's owner means.
    """
    columns = (leads.c.id, leads.c.owner_id, leads.c.stage, leads.c.unowned_reason, leads.c.pond_since)
    found: Select[Any] = select(*columns, leads.c.may_be_assigned, leads.c.given_by_hand)
    last = 0
    while True:
        page = found.where(leads.c.id > last, *leads_that_fit(db, wanted, owner_id)).order_by(leads.c.id)
        rows = db.execute(page.limit(LEADS_AT_ONCE)).all()
        yield from rows
        if len(rows) < LEADS_AT_ONCE:
            return
        last = rows[-1].id


def insert_batch(db: Connection, **values: Any) -> None:
    db.execute(insert(lead_batches), values)


def unfinished_batches(db: Connection, *, kind: str, actor_kind: str, before: datetime) -> list[str]:
    """Those that nobody of this kind who wrote them before an instant has carried to their end, or taken back."""
    batch = lead_batches.c
    unfinished = batch.finished_at.is_(None), batch.undone_at.is_(None), batch.at < before
    of = select(batch.ref).where(batch.kind == kind, batch.actor_kind == actor_kind, *unfinished)
    return list(db.execute(of.order_by(batch.id)).scalars())


def insert_entries(db: Connection, rows: list[dict[str, Any]]) -> None:
    db.execute(insert(lead_batch_entries), rows)


def find_batch(db: Connection, ref: str) -> Row[Any] | None:
    return db.execute(select(lead_batches).where(lead_batches.c.ref == ref)).first()


def entries_in(db: Connection, ref: str, state: str, *, limit: int | None = None) -> list[Row[Any]]:
    mine = select(lead_batch_entries).where(_entry.batch == ref, _entry.state == state)
    return list(db.execute(mine.order_by(_entry.id).limit(limit)))


def count_entries(db: Connection, ref: str) -> dict[str, int]:
    """How many entries of the batch are in each state."""
    counted = select(_entry.state, func.count().label("held")).where(_entry.batch == ref).group_by(_entry.state)
    return {row.state: row.held for row in db.execute(counted)}


def settle_entry(db: Connection, entry_id: int, *, state: str, note: str | None = None) -> None:
    db.execute(update(lead_batch_entries).where(_entry.id == entry_id).values(state=state, note=note))


def drop_planned(db: Connection, ref: str) -> None:
    """What was never moved is not moved any more."""
    planned = _entry.batch == ref, _entry.state == "planned"
    db.execute(update(lead_batch_entries).where(*planned).values(state="undone", note="was never moved"))


def finish_batch(db: Connection, ref: str, *, at: datetime) -> bool:
    """True for the one who finished it."""
    mine = lead_batches.c.ref == ref, lead_batches.c.finished_at.is_(None)
    done = update(lead_batches).where(*mine).values(finished_at=at).returning(lead_batches.c.id)
    return db.execute(done).first() is not None


def begin_undo(db: Connection, ref: str, *, by: Actor, at: datetime) -> bool:
    """True for the first to undo the batch."""
    mine = lead_batches.c.ref == ref, lead_batches.c.undone_at.is_(None)
    begun = update(lead_batches).where(*mine).values(undone_at=at, undone_by=by.written).returning(lead_batches.c.id)
    return db.execute(begun).first() is not None


def moves_of(db: Connection, batch: str) -> dict[tuple[int | None, int | None], int]:
    """How many leads this batch moved from whom to whom, by the agents' ids."""
    pair = ownerships.c.from_id, ownerships.c.to_id
    counted = select(*pair, func.count().label("held")).where(ownerships.c.batch == batch).group_by(*pair)
    return {(row.from_id, row.to_id): row.held for row in db.execute(counted)}


def given_within(db: Connection, *, to_id: int, since: datetime, until: datetime) -> list[Row[Any]]:
    """Changes by which the policy gave this agent leads between two instants, the later one excluded."""
    given = ownerships.c.to_id == to_id, ownerships.c.at >= since, ownerships.c.at < until
    return list(db.execute(select(ownerships).where(*given, ownerships.c.decision.is_not(None))))
