"""A business with cadences in one database and in moved time: `live` wakes the engine and the outbox as it goes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import tomlkit

from cadences.enrolment import enrol
from cadences.runner import run_due
from sami.apply import apply
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.outcomes.effects import Effect
from sami.organisation.applying import apply_file
from sami.settings.sections import CadencesSettings
from sami.store.cadences import enrolment_steps, enrolments, enrolments_of
from sami.store.leads import update_lead
from sami.store.outbound_calls import placed_calls
from sami.store.work import outbox_items
from tests.support.cast import agent, olive, organisation
from tests.support.leading import Business

Steps = list[dict[str, Any]]

TEXT = {"do": "text_lead", "say": "Hi {lead.first_name}, it is {owner.first_name}."}
CALL = {"do": "call_lead"}
DAY = {"do": "wait", "for": "1 day"}


def file_with(**of_steps: Steps) -> str:
    """The business with these cadences, each named by its key."""
    rows = [{"key": key, "name": key.title(), "steps": steps} for key, steps in of_steps.items()]
    return organisation(agents=[agent("ana"), agent("ben"), olive()]) + tomlkit.dumps({"cadences": rows})


class Cadencing(Business):
    """Leads live in Texas unless stated. `settings` are those of [cadences]."""

    def __init__(self, database: Database, **of_steps: Steps) -> None:
        super().__init__(database, file_with(**of_steps))
        self.settings = CadencesSettings()

    def publish(self, **of_steps: Steps) -> None:
        self.do(lambda db: apply_file(db, file_with(**of_steps), prune=False, by=person("test"), now=self.now))

    def enrol(self, lead: int, key: str = "cadence") -> int:
        """The enrolment's number."""
        assert self.do(lambda db: enrol(db, lead, key, by=person("olive"), now=self.now))
        return int(self.do(lambda db: enrolments_of(db, lead))[-1].id)

    def apply(self, *effects: Effect) -> None:
        self.do(lambda db: apply(db, effects, self.now))

    def change(self, lead: int, **values: Any) -> None:
        self.do(lambda db: update_lead(db, lead, **values))

    def run(self) -> None:
        run_due(self.database, self.settings, self.now)

    def live(self, *, until: datetime) -> None:
        """From one instant at which something is due to the next."""
        while True:
            self.run()
            due = [row.due_at for row in self.rows(enrolments) if row.due_at is not None]
            self.now = min([until, *due])
            if self.now == until:
                return

    def live_for(self, length: timedelta) -> None:
        self.live(until=self.now + length)

    def enrolment(self, enrolment: int) -> Any:
        (row,) = self.rows(enrolments, id=enrolment)
        return row

    def standing(self, enrolment: int) -> tuple[str, str, str]:
        row = self.enrolment(enrolment)
        return row.state, row.reason, row.by

    def steps(self, enrolment: int) -> list[tuple[int, str, str, str]]:
        """Position, verb, state and why of what was taken or passed."""
        rows = self.rows(enrolment_steps, enrolment_id=enrolment)
        return [(row.position, row.do, row.state, row.why) for row in sorted(rows, key=lambda row: row.position)]

    def acted(self, enrolment: int) -> list[tuple[datetime, str]]:
        """When which step did something."""
        quiet = ("wait", "stop_if", "branch")
        rows = sorted(self.rows(enrolment_steps, enrolment_id=enrolment), key=lambda row: row.position)
        return [(row.at, row.do) for row in rows if row.do not in quiet and row.state == "done"]

    def texts(self, lead: int) -> list[tuple[datetime, str]]:
        rows = self.rows(outbox_items, kind="text")
        return [(row.created_at, row.payload["body"]) for row in rows if row.payload["lead_id"] == lead]

    def calls(self, lead: int) -> list[Any]:
        return self.rows(placed_calls, lead_id=lead)


def instants(rows: Iterable[tuple[datetime, Any]]) -> list[datetime]:
    return [at for at, _ in rows]
