"""A task is made once, and stands on its lead's timeline; with what ends the work on a lead, its tasks are done."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from sami.apply.announced import announce_task
from sami.domain.language.actor import system
from sami.domain.outcomes.effects import CreateTask, EndWork
from sami.domain.outcomes.recipients import TASK_DUE_AFTER
from sami.store import leads, work
from sami.store.actors import actor_columns
from sami.store.clocks import end_clock, put_clock_off
from sami.store.do_not_call import is_not_to_be_called
from sami.store.facts import read_directory
from sami.store.people import find_agents

DO_NOT_CONTACT = "do_not_contact"
"""Why a task is done that nobody did, where no outcome of a call is the reason."""


def create_task(db: Connection, effect: CreateTask, now: datetime) -> None:
    """What was made before is not made, told or announced again (R10)."""
    values = asdict(effect)
    if values.pop("is_response") and effect.lead_id is not None and effect.due_at > now + TASK_DUE_AFTER:
        put_clock_off(db, lead_id=effect.lead_id, due_at=effect.due_at)
    if values.pop("asks_contact") and is_not_to_be_called(db, effect.lead_id):
        values |= {
            "state": "done",
            "done_at": now,
            **actor_columns(system("sami"), "done_by"),
            "closed_because": DO_NOT_CONTACT,
        }
    if not work.insert_task(db, **{"state": "open", **values}, created_at=now):
        return
    announce_task(db, effect.dedupe_key, now)
    if effect.lead_id is not None:
        whose = "the admins' queue" if effect.owner_id is None else find_agents(db, ids=(effect.owner_id,))[0].name
        due = f"due {read_directory(db).clock(now).note(effect.due_at)}"
        if "closed_because" in values:
            due = "done at once, because the lead asked not to be contacted"
        told = f"Task for {whose}, {due}: {effect.title}"
        leads.insert_timeline_entry(db, lead_id=effect.lead_id, at=now, kind="task", text=told, call=effect.call)


def end_work(db: Connection, effect: EndWork, now: datetime) -> None:
    """The lead's row first, as everywhere: a notice that is just about to leave is read with it."""
    leads.lock_ownership(db)
    leads.update_lead(db, effect.lead_id, work_ended_at=now)
    end_clock(db, lead_id=effect.lead_id)
    closed = work.close_tasks_of(db, lead_id=effect.lead_id, because=effect.because, by=effect.by, at=now)
    if closed:
        numbers = " and ".join(f"T{number}" for number in closed)
        why = effect.because.replace("_", " ")
        told = f"Nobody has to do {numbers} any more, by {effect.by}: {why}"
        leads.insert_timeline_entry(db, lead_id=effect.lead_id, at=now, kind="task", text=told)
