"""What changed is announced, where anybody asked for it: only then is more read about it."""

from datetime import datetime

from sqlalchemy import Connection

from sami.apply.items import outbox_item
from sami.domain.leads.owner_history import OwnerChange
from sami.domain.outcomes.announcements import Event, lead_assigned, lead_created, task_created
from sami.domain.outcomes.effects import Announce
from sami.store import leads, work
from sami.store.people import find_agents
from sami.store.subscriptions import is_wanted

_OF_A_LEAD = ("name", "phone", "email", "source", "source_id", "type", "city", "state", "zip", "tags", "stage")


def announce(db: Connection, said: Announce, now: datetime) -> None:
    if is_wanted(db, said.event):
        work.insert_outbox_items(db, [outbox_item(said, now)])


def announce_lead(db: Connection, lead_id: int, now: datetime) -> None:
    """A new lead, with the owner it has by now."""
    if not is_wanted(db, Event.LEAD_CREATED):
        return
    lead = leads.find_lead(db, lead_id)
    assert lead is not None, "leads are never removed while they arrive"
    of_lead = {name: getattr(lead, name) for name in _OF_A_LEAD}
    announce(db, lead_created(lead_id, of_lead, _key_of(db, lead.owner_id), now), now)


def announce_owner(db: Connection, change: OwnerChange, seal: str, now: datetime) -> None:
    """`seal` is what no other change of any owner has."""
    if not is_wanted(db, Event.LEAD_ASSIGNED):
        return
    before, after = _key_of(db, change.from_id), _key_of(db, change.to_id)
    said = lead_assigned(change.lead_id, before, after, why=change.why, by=change.by, change=seal[:24], at=now)
    announce(db, said, now)


def announce_task(db: Connection, dedupe_key: str, now: datetime) -> None:
    if not is_wanted(db, Event.TASK_CREATED):
        return
    task = work.task_with_key(db, dedupe_key)
    assert task is not None, "it was just written"
    owner = _key_of(db, task.owner_id)
    said = task_created(task.id, task.title, owner=owner, due_at=task.due_at, lead_id=task.lead_id, call=task.call)
    announce(db, said, now)


def _key_of(db: Connection, agent_id: int | None) -> str | None:
    return None if agent_id is None else str(find_agents(db, ids=(agent_id,))[0].key)
