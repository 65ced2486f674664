"""A task is made once, and stands on its lead's timeline."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from sami.apply.announced import announce_task
from sami.domain.effects import CreateTask
from sami.store import leads, work
from sami.store.people import find_agents


def create_task(db: Connection, effect: CreateTask, now: datetime) -> None:
    """What was made before is not made, told or announced again (R10)."""
    if not work.insert_task(db, **asdict(effect), created_at=now, state="open"):
        return
    announce_task(db, effect.dedupe_key, now)
    if effect.lead_id is not None:
        whose = "the admins' queue" if effect.owner_id is None else find_agents(db, ids=(effect.owner_id,))[0].name
        told = f"Task for {whose}, due {effect.due_at:%Y-%m-%d %H:%M} UTC: {effect.title}"
        leads.insert_timeline_entry(db, lead_id=effect.lead_id, at=now, kind="task", text=told, call=effect.call)
