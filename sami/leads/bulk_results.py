"""What came of a batch so far: how many leads went from whom to whom, what was left alone, what is still to come."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sami.leads.bulk import require_batch
from sami.leads.bulk_undo import LeftAlone, undo_of
from sami.store import batches
from sami.store.explanations import agents_ever


@dataclass(frozen=True, slots=True)
class BatchResult:
    """`moves` by (from, to), agents' keys, None for the pond; once undone they are those back."""

    ref: str
    moves: Mapping[tuple[str | None, str | None], int]
    left: tuple[LeftAlone, ...]
    remaining: int
    undone: bool


def result_of(db: Connection, ref: str) -> BatchResult:
    """Raises BatchUnknown."""
    batch = require_batch(db, ref)
    is_undone = batch.undone_at is not None
    held = batches.count_entries(db, ref)
    keys = {agent.id: agent.key for agent in agents_ever(db)}
    moved = batches.moves_of(db, undo_of(ref) if is_undone else ref)
    moves = {(keys.get(from_), keys.get(to)): count for (from_, to), count in moved.items()}
    left = tuple(LeftAlone(entry.lead_id, entry.note) for entry in batches.entries_in(db, ref, "left"))
    return BatchResult(ref, moves, left, held.get("done" if is_undone else "planned", 0), is_undone)
