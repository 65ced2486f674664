"""Tasks are listed: of a lead, of an agent, of the admins' queue."""

from typing import Any

from sqlalchemy import Connection

from sami.domain.scopes import Scope
from sami.store import listing
from webhooks.api.documents import page_of, task_document
from webhooks.api.door import Answer, Asked, answers
from webhooks.api.operations import LINK, Operation
from webhooks.api.refusals import FieldFault, InvalidFields
from webhooks.api.schemas.tasks import Task, TaskQuery

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
def list_tasks(asked: Asked, query: TaskQuery) -> Answer:
    with asked.edge.database.read() as db:
        wanted = {"lead_id": query.lead, "state": query.state, **_of_owner(db, query.owner)}
        rows = listing.show_tasks(db, **wanted, after=query.cursor, limit=query.limit + 1)
    page, link = page_of(rows, query.limit)
    return Answer([task_document(row) for row in page], headers=link)


def _of_owner(db: Connection, owner: str | None) -> dict[str, Any]:
    if owner is None or owner == ADMINS_QUEUE:
        return {"owner_id": None, "unowned": owner is not None}
    agent = listing.show_agent(db, owner) if owner.isprintable() else None
    if agent is None:
        right = f"write an agent's key, or \"{ADMINS_QUEUE}\" for the admins' queue"
        raise InvalidFields(FieldFault("owner", "is nobody", right))
    return {"owner_id": agent.id, "unowned": False}
