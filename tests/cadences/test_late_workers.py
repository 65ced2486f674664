"""A caller is examined by our own workers only; a customer's own looks within the minute, when nobody waits."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import tomlkit

from cadences.sweeps.leads import ask_late_workers
from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.leads.intake import recognise_caller
from sami.store.facts import read_directory, read_roster
from sami.store.leads import leads
from sami.store.policies import intake_steps
from tests.support.cast import LEE, agent, olive, organisation
from tests.support.signed import publish
from tests.workers.service import Service, says, serving

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)


def test_who_called_is_shown_to_the_customers_own_worker_afterwards_and_once(database: Database) -> None:
    with serving(
        says({"output": {"segment": "luxury"}, "evidence": ["Knows the street."], "confidence": 0.8})
    ) as theirs:
        publish(database, file(theirs))
        with database.begin() as db:
            directory = read_directory(db)
            roster = read_roster(db, directory, MONDAY_10)
            recognise_caller(db, phone=E164(LEE), source="call", directory=directory, roster=roster, now=MONDAY_10)
        assert states(database)["classify"] == ["skipped"]
        for seconds in (20, 50):
            ask_late_workers(database, theirs.settings, MONDAY_10 + timedelta(seconds=seconds))
        assert len(theirs.questions) == 1
    assert states(database)["classify"] == ["skipped", "done"]
    with database.read() as db:
        assert db.execute(leads.select()).one().segment == "luxury"


def states(database: Database) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with database.read() as db:
        for step in db.execute(intake_steps.select().order_by(intake_steps.c.id)):
            found.setdefault(step.capability, []).append(step.state)
    return found


def file(theirs: Service) -> str:
    choice = {name: value for name, value in asdict(theirs.choice()).items() if value not in (None, 0, False)}
    policy: dict[str, Any] = {"note": "Theirs too", "workers": [choice]}
    return organisation(agents=[agent("ana"), olive()]) + tomlkit.dumps({"policy": policy})
