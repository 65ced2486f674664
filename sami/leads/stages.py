"""A lead moves to another stage because a person says so, by the moves that are listed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sami.actions.workflows import run_for_changes
from sami.apply import apply
from sami.assignment.owner import give_turn_back
from sami.audit.recording import record_change
from sami.domain.language.actor import Actor
from sami.domain.leads.stages import Stage, may_move
from sami.domain.outcomes.effects import ChangeStage
from sami.leads.recipients import require_lead
from sami.leads.refusals import StageMoveRefused, StageUnknown
from sami.store import leads
from sami.store.facts import read_directory


@dataclass(frozen=True, slots=True)
class StageChanged:
    lead_id: int
    before: Stage
    after: Stage

    @property
    def changed(self) -> bool:
        return self.before is not self.after


def change_stage(db: Connection, *, lead_id: int, stage: str, by: Actor, now: datetime) -> StageChanged:
    """With the workflows that this sets going. A lead that is thrown away, a duplicate say, cost nobody a turn.

    Raises StageUnknown, LeadUnknown or StageMoveRefused; the stage a lead has already is no move.
    """
    after = _read(stage)
    leads.lock_ownership(db)
    lead = require_lead(db, lead_id)
    before = Stage(lead.stage)
    if not may_move(before, after):
        raise StageMoveRefused(before, after)
    apply(db, [ChangeStage(lead_id, after, why="", by=by)], now)
    if after is Stage.TRASHED and before is not after:
        give_turn_back(db, lead_id)
    stages = {"stage": before.value}, {"stage": after.value}
    record_change(db, "lead", lead_id, before=stages[0], after=stages[1], by=by, now=now)
    run_for_changes(db, before=lead, directory=read_directory(db), now=now)
    return StageChanged(lead_id, before, after)


def _read(stage: str) -> Stage:
    try:
        return Stage(stage.strip().upper())
    except ValueError:
        raise StageUnknown(stage) from None
