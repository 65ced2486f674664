"""An import is undone lead by lead: what nobody touched since goes, what was changed gets back what still stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.assignment.owner import give_turn_back
from sami.audit.recording import record, recorded_as_one
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.leads.revert import revert
from sami.domain.leads.stages import Stage
from sami.imports.batch import MARK
from sami.leads.intake import update_lead_fields
from sami.leads.refusals import BatchUndone, BatchUnknown
from sami.leads.stages import change_stage
from sami.store import imports as store
from sami.store.batches import begin_undo, find_batch
from sami.store.facts import read_directory
from sami.store.leads import lock_lead, lock_ownership
from sami.store.policies import close_exceptions

BY_ITSELF = frozenset({"sla"})
"""Lines that time writes into a timeline: they do not mean that somebody touched the lead."""
EXCEPTIONS = frozenset(ExceptionKind) - {ExceptionKind.REASSIGNED, ExceptionKind.FORM_DIFFERS}


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one lead. `left` says what was left alone, and why; `row` is the first that named the lead."""

    lead_id: int
    row: int
    made: bool
    left: str | None


def begin_undoing(db: Connection, ref: str, *, by: Actor, now: datetime) -> None:
    """Raises BatchUnknown, or BatchUndone where nothing of it is left to be undone."""
    batch = find_batch(db, ref)
    if batch is None or batch.kind != "import":
        raise BatchUnknown(ref)
    if not begin_undo(db, ref, by=by, at=now) and store.newest_lead_done(db, ref) is None:
        raise BatchUndone
    record(db, Verb.UNDONE, "import", ref, by=by, now=now)


def undo_next(db: Connection, ref: str, *, by: Actor, now: datetime) -> Undone | None:
    """One lead with all that the import did to it, the newest first; None at the end."""
    lock_ownership(db)
    lead_id, batch = store.newest_lead_done(db, ref), find_batch(db, ref)
    if lead_id is None or batch is None:
        return None
    lead, entries = lock_lead(db, lead_id), store.entries_done(db, ref, lead_id)
    assert lead is not None, "leads are never removed"
    first = entries[-1]
    touched = _touched(db, lead, first.after, batch.at)
    undo = _put_away if first.before is None else _put_back
    with recorded_as_one():
        left = undo(db, lead, entries, touched, replace(by, key=f"{by.key}, who undid import {ref}"), now)
    store.settle_entries_of(db, ref, lead_id, state="left" if left else "undone", note=left)
    return Undone(lead_id, first.row, first.before is None, left)


def _touched(db: Connection, lead: Row[Any], after: Mapping[str, Any], since: datetime) -> str | None:
    """What happened to the lead since, in words; None where nothing did."""
    if lead.stage != after.get("stage", lead.stage):
        return f"its stage is {lead.stage} by now"
    kinds = {line.kind for line in store.timeline_since(db, lead.id, after[MARK])} - BY_ITSELF
    if kinds:
        return f"its timeline went on: {', '.join(sorted(kinds))}"
    if store.has_called_since(db, lead.id, since):
        return "it called"
    return "a task of it was done" if store.has_task_done_since(db, lead.id, since) else None


def _put_away(
    db: Connection, lead: Row[Any], entries: Sequence[Row[Any]], touched: str | None, by: Actor, now: datetime
) -> str | None:
    """Why it was left alone; None where it is in TRASHED now and has cost nobody a turn."""
    if touched is None:
        change_stage(db, lead_id=lead.id, stage=Stage.TRASHED, by=by, now=now)
        give_turn_back(db, lead.id)
        close_exceptions(db, lead_id=lead.id, kinds=EXCEPTIONS, by=by, at=now)
        store.close_tasks_of(db, lead.id, at=now)
    return touched


def _put_back(
    db: Connection, lead: Row[Any], entries: Sequence[Row[Any]], touched: str | None, by: Actor, now: datetime
) -> str | None:
    """What was left as it is; None where everything is as it was before the import."""
    known = {name: getattr(lead, name) for entry in entries for name in entry.before}
    restored, left = dict(known), list[str]()
    for entry in entries:
        for name, old in entry.before.items():
            if name == "stage" and touched is not None:
                left.append(f"stage ({touched})")
            else:
                restored[name], remained = revert(name, restored[name], old, entry.after[name])
                left += remained
    if restored.get("stage") != known.get("stage"):
        change_stage(db, lead_id=lead.id, stage=restored["stage"], by=by, now=now)
    changes = {name: value for name, value in restored.items() if name != "stage"}
    if changes:
        update_lead_fields(db, lead_id=lead.id, changes=changes, by=by, directory=read_directory(db), now=now)
    return f"changed since: {', '.join(dict.fromkeys(left))}" if left else None
