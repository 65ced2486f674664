"""A lead moves to another stage because a person says so, by the moves that are listed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.domain.effects import WriteTimeline
from sami.domain.stages import OPEN_STAGES, Stage, may_move
from sami.leads.parties import require_lead
from sami.leads.refusals import StageMoveRefused, StageUnknown
from sami.store import leads


@dataclass(frozen=True, slots=True)
class StageChanged:
    lead_id: int
    before: Stage
    after: Stage

    @property
    def changed(self) -> bool:
        return self.before is not self.after


def change_stage(db: Connection, *, lead_id: int, stage: str, by: str, now: datetime) -> StageChanged:
    """Raises StageUnknown, LeadUnknown or StageMoveRefused; the stage a lead has already is no move."""
    after = _read(stage)
    leads.lock_ownership(db)
    lead = require_lead(db, lead_id)
    before = Stage(lead.stage)
    if not may_move(before, after):
        raise StageMoveRefused(before, after)
    if before is not after:
        leads.update_lead(db, lead_id, stage=after.value, **_waiting(lead, before, after, now))
        apply(db, [WriteTimeline(lead_id, "stage", f"{before} to {after} by {by}")], now)
    return StageChanged(lead_id, before, after)


def _read(stage: str) -> Stage:
    try:
        return Stage(stage.strip().upper())
    except ValueError:
        raise StageUnknown(stage) from None


def _waiting(lead: Row[Any], before: Stage, after: Stage, now: datetime) -> dict[str, Any]:
    """Nobody is wanted for a lead that was closed or put away; one that comes back waits anew."""
    if lead.owner_id is not None or (before in OPEN_STAGES) == (after in OPEN_STAGES):
        return {}
    return {"pond_since": now if after in OPEN_STAGES else None}
