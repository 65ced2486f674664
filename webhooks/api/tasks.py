"""Tasks are listed, done and put off: of a lead, of an agent, of the admins' queue."""

from typing import Any

from sqlalchemy import Connection

from sami.domain.access.scopes import Scope
from sami.outcomes import tasks
from sami.store import pages
from sami.store.leads import lock_ownership
from sami.store.work import lock_task
from webhooks.api.documents import page_of, task_document
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import require_row
from webhooks.api.operations import LINK, Operation
from webhooks.api.refusals import FieldFault, InvalidFields
from webhooks.api.schemas.tasks import Task, TaskChange, TaskQuery

ADMINS_QUEUE = "admins"  # No agent's key: it names a group.


@answers(
    Operation(
        name="list_tasks",
        method="GET",
        path="/tasks",
        scope=Scope.TASKS_READ,
        summary="List tasks",
        description="Every filter that is given must fit. The oldest come first.",
        answers={200: Task},
        several=True,
        query=TaskQuery,
        gives=LINK,
    )
)
def list_tasks(context: ApiContext, query: TaskQuery) -> Answer:
    with context.read() as db:
        wanted = {"lead_id": query.lead, "state": query.state, **_of_owner(db, query.owner)}
        rows = pages.show_tasks(db, **wanted, after=query.cursor, limit=query.limit + 1)
    page, link = page_of(rows, query.limit)
    return Answer([task_document(row) for row in page], headers=link)


def _of_owner(db: Connection, owner: str | None) -> dict[str, Any]:
    if owner is None or owner == ADMINS_QUEUE:
        return {"owner_id": None, "unowned": owner is not None}
    agent = pages.show_agent(db, owner) if owner.isprintable() else None
    if agent is None:
        right = f"write an agent's key, or \"{ADMINS_QUEUE}\" for the admins' queue"
        raise InvalidFields(FieldFault("owner", "is nobody", right))
    return {"owner_id": agent.id, "unowned": False}


@answers(
    Operation(
        name="change_task",
        method="PATCH",
        path="/tasks/<int:id>",
        scope=Scope.TASKS_WRITE,
        summary="Do, reopen or put off a task",
        answers={200: Task},
        body=TaskChange,
        refuses=(tasks.SnoozeRefused,),
    )
)
def change_task(context: ApiContext, id: int, body: TaskChange) -> Answer:
    with context.begin() as db:
        lock_ownership(db)  # Before the task: its lead is told of it.
        task = require_row(lock_task(db, id))
        if body.due_at is not None:
            tasks.snooze(db, task, until=body.due_at, by=context.who.by, now=context.now)
        if body.state == "done":
            tasks.finish(db, task, by=context.who.by, now=context.now)
        elif body.state == "open":
            tasks.reopen(db, task, by=context.who.by, now=context.now)
        return Answer(task_document(require_row(pages.show_task(db, id))))
