"""The history of a lead's owners: each change is sealed over the one before, so that an edit shows (R14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sami.domain.language.seal import seal_over, sealed_instant

CANONICAL_FORM = 1


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """One change of a lead's owner; owners are the ids of agents, None is the pond."""

    lead_id: int
    from_id: int | None
    to_id: int | None
    why: str
    by: str
    at: datetime
    decision: str | None = None
    turn: Mapping[str, Any] | None = None
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class SealedChange:
    """`seal` None: it was taken away, for every change gets one."""

    change: OwnerChange
    seal: str | None


def seal_of(change: OwnerChange, previous: str | None) -> str:
    """SHA-256 over one form of writing this change down, and over the seal of the lead's change before."""
    return seal_over(
        CANONICAL_FORM,
        change.lead_id,
        change.from_id,
        change.to_id,
        change.why,
        change.by,
        sealed_instant(change.at),
        change.decision,
        None if change.turn is None else dict(change.turn),
        change.batch,
        previous,
    )


def replayed_owner(changes: Sequence[SealedChange]) -> int | None:
    """Who owns the lead after all of its changes, oldest first."""
    return changes[-1].change.to_id if changes else None


def what_is_wrong(changes: Sequence[SealedChange], *, owner_id: int | None, newest_seal: str | None) -> str | None:
    """The first thing that does not fit in the history of one lead, oldest change first; None where all of it does."""
    owner: int | None = None
    previous: str | None = None
    for number, sealed in enumerate(changes, start=1):
        if sealed.seal != seal_of(sealed.change, previous):
            return f"change {number} is not as it was sealed"
        if sealed.change.from_id != owner:
            return f"change {number} does not begin with the owner before it"
        owner, previous = sealed.change.to_id, sealed.seal
    if previous != newest_seal:
        return "its end is missing"
    if owner != owner_id:
        return "it does not lead to today's owner"
    return None
