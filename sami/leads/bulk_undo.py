"""A batch is taken back: what is still where the batch put it goes back, what is not is left alone and named."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.audit.recording import record
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.outcomes.effects import AssignOwner, WriteTimeline
from sami.leads.batch_notices import notices_of
from sami.leads.bulk import PART, require_batch
from sami.leads.refusals import BatchUndone
from sami.store import batches, leads
from sami.store.leads_history import newest_change
from sami.store.people import find_agents


@dataclass(frozen=True, slots=True)
class LeftAlone:
    lead_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Undone:
    """`remaining` leads are still to be looked at."""

    ref: str
    given_back: int
    left: tuple[LeftAlone, ...]
    remaining: int

    @property
    def is_finished(self) -> bool:
        return self.remaining == 0


def undo_bulk(db: Connection, ref: str, *, by: Actor, now: datetime) -> Undone:
    """All of it within the caller's transaction. Raises BatchUnknown, or BatchUndone for a second time."""
    undone = undo_part(db, ref, by=by, now=now, begin=True)
    while not undone.is_finished:
        undone = undo_part(db, ref, by=by, now=now)
    return undone


def undo_part(db: Connection, ref: str, *, by: Actor, now: datetime, begin: bool = False, limit: int = PART) -> Undone:
    """`begin` for the first part; one that was interrupted may be begun again, a finished one may not."""
    leads.lock_ownership(db)
    batch = require_batch(db, ref)
    if begin:
        _begin(db, batch, by, now)
    done = batches.entries_in(db, ref, "done", limit=limit)
    owners = {entry.before["owner_id"] for entry in done if entry.before["owner_id"] is not None}
    active = {row.id: row for row in find_agents(db, ids=owners) if row.active}
    for entry in done:
        why = _why_left(db, batch, entry, active)
        if why is None:
            _give_back(db, batch, entry, by, now)
        batches.settle_entry(db, entry.id, state="undone" if why is None else "left", note=why)
    undone = _undone(db, ref)
    if undone.is_finished and batch.notify:
        apply(db, notices_of(db, undo_of(ref), _reason(batch), by), now)
    return undone


def undo_of(ref: str) -> str:
    """What the history calls the way back: part of no batch that could be undone."""
    return f"{ref}/undo"


def _begin(db: Connection, batch: Row[Any], by: Actor, now: datetime) -> None:
    is_first = batches.begin_undo(db, batch.ref, by=by, at=now)
    if not is_first and not batches.entries_in(db, batch.ref, "done", limit=1):
        raise BatchUndone
    batches.drop_planned(db, batch.ref)
    record(db, Verb.UNDONE, "reassignment", batch.ref, by=by, now=now)


def _why_left(db: Connection, batch: Row[Any], entry: Row[Any], active: dict[int, Row[Any]]) -> str | None:
    newest = newest_change(db, entry.lead_id)
    if newest is None or newest.batch != batch.ref:
        return "changed hands since"
    before = entry.before["owner_id"]
    return None if before is None or before in active else "who had it is no longer active"


def _give_back(db: Connection, batch: Row[Any], entry: Row[Any], by: Actor, now: datetime) -> None:
    before = entry.before
    back = AssignOwner(
        entry.lead_id,
        entry.to_id,
        before["owner_id"],
        _reason(batch),
        by,
        batch=undo_of(batch.ref),
        by_hand=before.get("by_hand", False),
    )
    apply(db, [back, WriteTimeline(entry.lead_id, "owner", f"Batch {batch.ref} was undone by {by}")], now)
    if before["owner_id"] is None:
        since = None if before["pond_since"] is None else datetime.fromisoformat(before["pond_since"])
        kept = {name: before[name] for name in ("unowned_reason", "may_be_assigned")}
        leads.update_lead(db, entry.lead_id, pond_since=since, **kept)


def _reason(batch: Row[Any]) -> str:
    return f"undo of {batch.ref} ({batch.reason})"


def _undone(db: Connection, ref: str) -> Undone:
    """Leads that were never moved are not mentioned; those that the batch had left alone are named again."""
    held = batches.count_entries(db, ref)
    left = tuple(LeftAlone(entry.lead_id, entry.note) for entry in batches.entries_in(db, ref, "left"))
    return Undone(ref, sum(batches.moves_of(db, undo_of(ref)).values()), left, held.get("done", 0))
