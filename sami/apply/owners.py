"""Who owns a lead, where it stands, and how it is tagged: each change with its history."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply.announced import announce_owner
from sami.apply.outreach import cancel_cadences
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.leads.owner_history import OwnerChange, seal_of
from sami.domain.leads.stages import OPEN_STAGES, Stage, may_move
from sami.domain.leads.tags import with_tag, without_tag
from sami.domain.outcomes.effects import AddTag, AssignOwner, CancelCadences, ChangeStage, RemoveTag
from sami.store import leads, work
from sami.store.actors import actor_columns
from sami.store.policies import note_exception


def assign_owner(db: Connection, effect: AssignOwner, now: datetime) -> None:
    """The lead, its history and its open tasks change together; what is true already is not written again."""
    leads.lock_ownership(db)
    before = leads.standing_of(db, effect.lead_id)
    if before is None or before.owner_id == effect.to_id or _came_too_late(effect, before.owner_id):
        return
    said = asdict(effect)
    by_hand = said.pop("by_hand")
    said["by"] = effect.by.written  # Which the seal is computed over.
    change = OwnerChange(**{**said, "from_id": before.owner_id}, at=now)
    seal = seal_of(change, before.history_seal)
    waits = effect.to_id is None and before.stage in OPEN_STAGES
    leads.change_lead(
        db,
        effect.lead_id,
        before,
        owner_id=effect.to_id,
        unowned_reason=effect.why if effect.to_id is None else None,
        pond_since=now if waits else None,
        may_be_assigned=True,
        history_seal=seal,
        given_by_hand=by_hand,
    )
    leads.insert_ownership(db, **{**asdict(change), **actor_columns(effect.by)}, seal=seal)
    announce_owner(db, change, seal, now)
    if before.owner_id is not None and effect.to_id is not None:
        note_exception(
            db, lead_id=effect.lead_id, kind=ExceptionKind.REASSIGNED, detail=effect.why, by=effect.by, at=now
        )
    if before.owner_id is not None:
        work.move_open_tasks(db, lead_id=effect.lead_id, from_id=before.owner_id, to_id=effect.to_id)


def _came_too_late(effect: AssignOwner, owner_id: int | None) -> bool:
    """It was to go to somebody because nobody owned it, and meanwhile somebody does: the first one keeps it."""
    return effect.from_id is None and owner_id is not None


def change_stage(db: Connection, effect: ChangeStage, now: datetime) -> None:
    leads.lock_ownership(db)
    lead = leads.standing_of(db, effect.lead_id)
    if lead is None or lead.stage == effect.stage:
        return
    before, why = Stage(lead.stage), f": {effect.why}" if effect.why else ""
    moved = f"{before} to {effect.stage} by {effect.by}{why}"
    if may_move(before, effect.stage):
        leads.change_lead(db, effect.lead_id, lead, stage=effect.stage.value, **_waiting(lead, effect.stage, now))
    else:
        moved = f"Stays {before}: {moved} is no move that a lead may make"
    leads.insert_timeline_entry(db, lead_id=effect.lead_id, at=now, kind="stage", text=moved)
    if may_move(before, effect.stage) and effect.stage not in OPEN_STAGES:
        cancel_cadences(db, CancelCadences(effect.lead_id, f"the lead is {effect.stage}", effect.by), now)


def _waiting(lead: Row[Any], after: Stage, now: datetime) -> dict[str, Any]:
    """Nobody is wanted for a lead that is closed or put away; one that comes back waits anew."""
    if lead.owner_id is not None or (lead.stage in OPEN_STAGES) == (after in OPEN_STAGES):
        return {}
    return {"pond_since": now if after in OPEN_STAGES else None}


def change_tags(db: Connection, effect: AddTag | RemoveTag, now: datetime) -> None:
    leads.lock_ownership(db)  # Before the lead's row: what comes next in this transaction may change its owner.
    lead = leads.lock_lead(db, effect.lead_id)
    if lead is None:
        return
    adds = isinstance(effect, AddTag)
    tags = with_tag(lead.tags, effect.tag) if adds else without_tag(lead.tags, effect.tag)
    if tags == lead.tags:
        return
    leads.update_lead(db, effect.lead_id, tags=tags)
    told = f"Tag {effect.tag} {'added' if adds else 'removed'} by {effect.by}"
    leads.insert_timeline_entry(db, lead_id=effect.lead_id, at=now, kind="tag", text=told)
