"""What people must do by a time: done, put off, reminded of, and told to managers when it is late."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.apply import apply
from sami.audit.recording import record_change
from sami.domain.agents.duty import may_be_woken_at
from sami.domain.language.actor import Actor
from sami.domain.language.durations import format_duration
from sami.domain.messages.wording.staff import task_due, task_overdue
from sami.domain.organisation.sentences import cut
from sami.domain.outcomes.effects import SendText, WriteTimeline
from sami.domain.outcomes.recipients import Person, Recipients
from sami.errors import SamiError
from sami.leads.clocks import note_response
from sami.store import work
from sami.store.actors import actor_columns
from sami.store.facts import Directory, agent_facts, read_directory
from sami.store.people import find_agents
from sami.store.recipients import read_recipients

ESCALATED_AFTER = timedelta(minutes=30)
SNOOZED_AT_MOST = timedelta(days=366)
TITLE_LENGTH_MAX = 60


class SnoozeRefused(SamiError):
    """A task is put off to an instant in the year to come."""

    code = "task_due_refused"
    status = 422


def finish(db: Connection, task: Row[Any], *, by: Actor, now: datetime) -> None:
    """`task` is locked. Whoever says that a task about a lead is done has spoken to the lead."""
    if task.state == "done":
        return
    work.update_task(db, task.id, state="done", done_at=now, **actor_columns(by, "done_by"))
    record_change(db, "task", task.id, before={"state": task.state}, after={"state": "done"}, by=by, now=now)
    if task.lead_id is not None:
        apply(db, [WriteTimeline(task.lead_id, "task", f"Task T{task.id} done by {by}: {task.title}", task.call)], now)
        note_response(db, lead_id=task.lead_id, at=now, how=f"task T{task.id} was done")


def reopen(db: Connection, task: Row[Any], *, by: Actor, now: datetime) -> None:
    """Done by mistake; `task` is locked."""
    if task.state == "open":
        return
    work.update_task(
        db, task.id, state="open", done_at=None, done_by=None, actor_kind=None, actor_key=None, closed_because=None
    )
    record_change(db, "task", task.id, before={"state": task.state}, after={"state": "open"}, by=by, now=now)
    if task.lead_id is not None:
        said = f"Task T{task.id} is open again, by {by}: {task.title}"
        apply(db, [WriteTimeline(task.lead_id, "task", said, task.call)], now)


def snooze(db: Connection, task: Row[Any], *, until: datetime, by: Actor, now: datetime) -> None:
    """Put off, and reminded of anew; `task` is locked. Raises SnoozeRefused."""
    if not now < until <= now + SNOOZED_AT_MOST:
        raise SnoozeRefused
    work.update_task(db, task.id, due_at=until, reminded_at=None, escalated_at=None)
    record_change(db, "task", task.id, before={"due_at": task.due_at}, after={"due_at": until}, by=by, now=now)
    if task.lead_id is not None:
        said = f"Task T{task.id} put off until {read_directory(db).clock(now).note(until)} by {by}: {task.title}"
        apply(db, [WriteTimeline(task.lead_id, "task", said, task.call)], now)


def remind(db: Connection, directory: Directory, now: datetime, *, limit: int) -> int:
    """Owners of tasks that are due are told, once each; how many. What the owner was told when the task was made does
    not count: it was not due then.
    """
    due = work.tasks_to_remind_of(db, due_by=now, limit=limit)
    for task in due:
        work.update_task(db, task.id, reminded_at=now)
        owner = _recipients(db, task, directory, now).owner
        if owner is not None:
            body = task_due(task.id, cut(task.title, TITLE_LENGTH_MAX))
            apply(db, _notice(db, task, owner, "due", body, directory, now), now)
    return len(due)


def escalate(db: Connection, directory: Directory, now: datetime, *, limit: int) -> int:
    """Managers, else admins, hear of tasks that nobody did in time, once each; how many."""
    late = work.tasks_to_escalate(db, due_by=now - ESCALATED_AFTER, limit=limit)
    for task in late:
        work.update_task(db, task.id, escalated_at=now)
        recipients = _recipients(db, task, directory, now)
        owner = recipients.owner
        title, length = cut(task.title, TITLE_LENGTH_MAX), format_duration(now - task.due_at)
        body = task_overdue(task.id, title, owner.name if owner else None, length)
        for person in recipients.whom("managers"):
            if owner is None or person.id != owner.id:
                apply(db, _notice(db, task, person, "overdue", body, directory, now), now)
    return len(late)


def _notice(
    db: Connection, task: Row[Any], person: Person, kind: str, body: str, directory: Directory, now: datetime
) -> Iterator[SendText]:
    """Not while they are off duty, and not once it is done or there is nobody to contact any more."""
    if directory.staff_line is None:
        return
    facts = agent_facts(find_agents(db, ids=(person.id,))[0], directory, now)
    yield SendText(
        person.phone,
        directory.staff_line,
        body,
        f"task/{task.id}/{kind}/{task.due_at.isoformat()}/{person.key}",
        lead_id=task.lead_id,
        agent_id=person.id,
        can_wait=True,
        asks_contact=True,
        task_id=task.id,
        must_be_seen=kind == "overdue",
        not_before=may_be_woken_at(facts, directory.schedule_of(person.key), now),
    )


def _recipients(db: Connection, task: Row[Any], directory: Directory, now: datetime) -> Recipients:
    return read_recipients(db, owner_id=task.owner_id, keys=(), directory=directory, now=now)
