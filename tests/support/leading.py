"""A business whose leads change hands, in one database and in moved time, for tests of what people do to leads."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from sami.apply import apply
from sami.database.engine import Database
from sami.domain.language.actor import POLICY
from sami.domain.outcomes.effects import AssignOwner, CreateTask
from sami.leads.history import verify_history
from sami.store.leads import agent_loads, insert_lead, leads, ownerships, timeline
from sami.store.people import agents, change_agent
from sami.store.policies import lead_exceptions
from sami.store.work import outbox_items, tasks
from tests.support.cast import PHONES, agent, olive, organisation
from tests.support.signed import publish

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 10:00 in Chicago.
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CAPPED = {"caps": {"open_leads": 2}}
T = TypeVar("T")


def team(**stated: dict[str, Any]) -> str:
    """Ana, Ben, Cy and Dee, who all take leads, and Olive, who owns the account."""
    people = [agent(key, **stated.get(key, {})) for key in ("ana", "ben", "cy", "dee")]
    return organisation(agents=[*people, olive(**stated.get("olive", {}))])


class Business:
    """`do` is one transaction; `expect_true_books` is what has to be true after any."""

    BEGAN = MONDAY_10

    def __init__(self, database: Database, file: str | None = None) -> None:
        self.database = database
        self.now = self.BEGAN
        self._phones = itertools.count(200)
        publish(database, file or team())

    def do(self, act: Callable[[Connection], T]) -> T:
        with self.database.begin(30) as db:
            return act(db)

    def lead(self, owner: str | None = "ana", **stated: Any) -> int:
        """A lead that came in now; with an owner it was given to them by the policy."""
        return self.do(lambda db: self.insert(db, owner, **stated))

    def insert(self, db: Connection, owner: str | None = "ana", **stated: Any) -> int:
        values = {
            "phone": f"+1512555{next(self._phones):04d}",
            "name": "Maria Ortiz",
            "attributes": {},
            "unowned_reason": "nobody was there",
            "pond_since": self.now,
            "created_at": self.now,
        }
        lead_id = insert_lead(db, **values | stated)
        assert lead_id is not None, "every lead has a phone of its own"
        if owner is not None:
            apply(db, [AssignOwner(lead_id, None, self.ids[owner], "round robin", POLICY)], self.now)
        return lead_id

    def task(self, lead_id: int, owner: str) -> None:
        due = CreateTask(f"task/{lead_id}/{owner}", "Call back", self.ids[owner], self.now, lead_id)
        self.do(lambda db: apply(db, [due], self.now))

    def set_agent(self, key: str, **values: Any) -> None:
        self.do(lambda db: change_agent(db, key=key, values=values))

    @property
    def ids(self) -> dict[str, int]:
        return {row.key: row.id for row in self.rows(agents)}

    def rows(self, table: Any, **equal: Any) -> list[Any]:
        with self.database.read(60) as db:
            found = db.execute(table.select().order_by(next(iter(table.primary_key))))
            return [row for row in found if all(getattr(row, name) == value for name, value in equal.items())]

    def find(self, lead_id: int) -> Any:
        (row,) = self.rows(leads, id=lead_id)
        return row

    def owner(self, lead_id: int) -> str | None:
        keys = {agent_id: key for key, agent_id in self.ids.items()}
        return keys.get(self.find(lead_id).owner_id)

    def owners(self, lead_ids: list[int]) -> list[str | None]:
        return [self.owner(lead_id) for lead_id in lead_ids]

    def history(self, lead_id: int) -> list[tuple[str | None, str | None, str, str]]:
        """From, to, why, by."""
        keys = {agent_id: key for key, agent_id in self.ids.items()}
        changes = self.rows(ownerships, lead_id=lead_id)
        return [(keys.get(row.from_id), keys.get(row.to_id), row.why, row.by) for row in changes]

    def told(self, lead_id: int) -> list[str]:
        return [row.text for row in self.rows(timeline, lead_id=lead_id)]

    def texts_to(self, key: str) -> list[str]:
        return [row.payload["body"] for row in self.rows(outbox_items) if row.payload["to"] == PHONES[key]]

    def open_exceptions(self, lead_id: int) -> list[str]:
        return [row.kind for row in self.rows(lead_exceptions, lead_id=lead_id, closed_at=None)]

    def task_owners(self, lead_id: int) -> list[int | None]:
        return [row.owner_id for row in self.rows(tasks, lead_id=lead_id)]

    def expect_true_books(self) -> None:
        """Histories replay, and what counts against the caps is what there is."""
        with self.database.read(60) as db:
            assert verify_history(db) == ()
        counted = {row.agent_id: row.open_leads for row in self.rows(agent_loads) if row.open_leads}
        assert counted == true_loads(self.rows(leads))


def true_loads(rows: list[Any]) -> dict[int, int]:
    open_leads: dict[int, int] = {}
    for row in rows:
        if row.owner_id is not None and row.stage not in ("CLOSED", "ARCHIVED", "TRASHED"):
            open_leads[row.owner_id] = open_leads.get(row.owner_id, 0) + 1
    return open_leads
