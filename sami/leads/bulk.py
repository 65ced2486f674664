"""Many leads change hands in one go: looked at first, written as a plan, carried out in parts, undone at most once.

Each part is a transaction of its own and leaves everything true, so that one can stop between two of them and carry
on or undo later. Somebody who moved a lead meanwhile knew better: it is left alone.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.audit.recording import record
from sami.domain.assignment.batches import LeadFilter, Move, OwnedLead, Preview, preview_of, spread
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.leads.exception_kinds import OF_THE_POND
from sami.domain.leads.stages import Stage
from sami.domain.outcomes.effects import AssignOwner, WriteTimeline
from sami.leads.batch_notices import notices_of
from sami.leads.owners import said_reason
from sami.leads.recipients import require_agent
from sami.leads.refusals import AgentUnknown, BatchUndone, BatchUnknown, FilterEmpty, SplitRefused
from sami.store import batches, leads
from sami.store.actors import actor_columns, actor_of
from sami.store.explanations import agents_ever
from sami.store.people import find_agents
from sami.store.policies import close_exceptions

PART = 25  # Moved within one transaction: whoever gives a lead to anybody waits for it.
WEIGHT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: moved, left alone, and still planned."""

    ref: str
    done: int
    left: int
    planned: int

    @property
    def is_finished(self) -> bool:
        return self.planned == 0


def preview_bulk(db: Connection, *, filter: LeadFilter, split: Mapping[str, int]) -> Preview:
    """What `plan_bulk` would move. Raises as it does."""
    return preview_of(move for move, _ in _moves(db, filter, split))


def plan_bulk(
    db: Connection,
    *,
    filter: LeadFilter,
    split: Mapping[str, int],
    reason: str,
    by: Actor,
    now: datetime,
    notify: bool = True,
) -> str:
    """The reference of a batch of which nothing is moved yet; `carry_on` moves it part by part.

    `split` gives each agent's weight; one agent alone gets all. Raises ReasonRequired, FilterEmpty, SplitRefused,
    AgentUnknown or AgentInactive.
    """
    why = said_reason(reason)
    ids = {row.key: row.id for row in find_agents(db, keys=list(split))}
    entries = [
        {"lead_id": move.lead.id, "before": _as_it_was(row), "to_id": ids[move.to]}
        for move, row in _moves(db, filter, split)
        if move.lead.owner != move.to
    ]
    title = f"{filter} to {_shares(split)}"
    return write_plan(db, entries, kind="reassignment", title=title, reason=why, by=by, notify=notify, now=now)


def write_plan(db: Connection, entries: list[dict[str, Any]], *, by: Actor, now: datetime, **batch: Any) -> str:
    ref = secrets.token_hex(4)
    batches.insert_batch(db, ref=ref, at=now, **actor_columns(by), **batch)
    if entries:
        batches.insert_entries(db, [{"batch": ref, "state": "planned", **entry} for entry in entries])
    what = {"moves": batch["title"], "leads": len(entries), "notify": batch["notify"]}
    record(db, Verb.MADE, "reassignment", ref, after=what, by=by, now=now, why=batch["reason"])
    return ref


def carry_on(db: Connection, ref: str, *, now: datetime, limit: int = PART) -> Progress:
    """Move the next part of a batch; with the last one its people are told, each once. Raises BatchUnknown or
    BatchUndone.
    """
    leads.lock_ownership(db)
    batch = require_batch(db, ref)
    if batch.undone_at is not None:
        raise BatchUndone
    planned = batches.entries_in(db, ref, "planned", limit=limit)
    active = {row.id for row in find_agents(db, ids={entry.to_id for entry in planned}) if row.active}
    for entry in planned:
        _move(db, batch, entry, entry.to_id in active, now)
    progress = _progress(db, ref)
    if progress.is_finished and batches.finish_batch(db, ref, at=now) and batch.notify:
        apply(db, notices_of(db, ref, batch.reason, actor_of(batch)), now)
    return progress


def progress_of(db: Connection, ref: str) -> Progress:
    """Raises BatchUnknown."""
    require_batch(db, ref)
    return _progress(db, ref)


def reassign_bulk(
    db: Connection,
    *,
    filter: LeadFilter,
    split: Mapping[str, int],
    reason: str,
    by: Actor,
    now: datetime,
    notify: bool = True,
) -> str:
    """All of it within the caller's transaction, for as many leads as one may hold. The reference of the batch."""
    ref = plan_bulk(db, filter=filter, split=split, reason=reason, by=by, now=now, notify=notify)
    while not carry_on(db, ref, now=now).is_finished:
        pass
    return ref


def _moves(db: Connection, wanted: LeadFilter, split: Mapping[str, int]) -> Iterator[tuple[Move, Row[Any]]]:
    if wanted.is_empty:
        raise FilterEmpty
    _check(db, split)
    owner = require_known(db, wanted.owner) if wanted.owner is not None else None
    keys = {row.id: row.key for row in agents_ever(db)}
    rows = list(batches.leads_matching(db, wanted, owner_id=owner))
    found = (OwnedLead(row.id, keys.get(row.owner_id), Stage(row.stage)) for row in rows)
    return zip(spread(found, split), rows, strict=True)


def require_known(db: Connection, key: str) -> int:
    """The id of an agent, who may have left. Raises AgentUnknown."""
    found = find_agents(db, keys=(key,))
    if not found:
        raise AgentUnknown(key)
    return int(found[0].id)


def _check(db: Connection, split: Mapping[str, int]) -> None:
    if not split:
        raise SplitRefused("Nobody is named to have them.")
    for key, weight in split.items():
        if not 1 <= weight <= WEIGHT_MAX:
            raise SplitRefused(f"The weight of {key} is {weight}; write one from 1 to {WEIGHT_MAX}.")
        require_agent(db, key)


def _as_it_was(row: Row[Any]) -> dict[str, Any]:
    """What an undo puts back."""
    if row.owner_id is not None:
        return {"owner_id": row.owner_id, "by_hand": row.given_by_hand}
    since = None if row.pond_since is None else row.pond_since.isoformat()
    return {
        "owner_id": None,
        "unowned_reason": row.unowned_reason,
        "pond_since": since,
        "may_be_assigned": row.may_be_assigned,
    }


def _move(db: Connection, batch: Row[Any], entry: Row[Any], is_active: bool, now: datetime) -> None:
    standing = leads.standing_of(db, entry.lead_id)
    before = entry.before["owner_id"]
    if not is_active:
        batches.settle_entry(db, entry.id, state="left", note="whom it was to go to is no longer active")
        return
    if standing is None or standing.owner_id != before:
        batches.settle_entry(db, entry.id, state="left", note="changed hands meanwhile")
        return
    by_hand = batch.kind == "reassignment"  # What a cover held goes back to whom the policy meant.
    by = actor_of(batch)
    moved = AssignOwner(entry.lead_id, before, entry.to_id, batch.reason, by, batch=batch.ref, by_hand=by_hand)
    told = WriteTimeline(entry.lead_id, "owner", f"Reassigned in batch {batch.ref} by {batch.by}: {batch.reason}")
    apply(db, [moved, told], now)
    if before is None:
        close_exceptions(db, lead_id=entry.lead_id, kinds=OF_THE_POND, by=by, at=now)
    batches.settle_entry(db, entry.id, state="done")


def require_batch(db: Connection, ref: str) -> Row[Any]:
    found = batches.find_batch(db, ref)
    if found is None or found.kind not in ("reassignment", "absence"):
        raise BatchUnknown(ref)
    return found


def _progress(db: Connection, ref: str) -> Progress:
    held = batches.count_entries(db, ref)
    return Progress(ref, held.get("done", 0), held.get("left", 0), held.get("planned", 0))


def _shares(split: Mapping[str, int]) -> str:
    if len(split) == 1:
        return next(iter(split))
    return ", ".join(f"{key} {weight}" for key, weight in split.items())
