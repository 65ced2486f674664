"""Leads that arrive in several processes at once, and agents who toggle meanwhile: what the tests of R7 let loose."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.arrivals import NewLead
from sami.leads.intake import receive_lead
from sami.organisation.applying import apply_file
from sami.store.people import agents, change_agent
from sami.store.policies import policy_versions
from sami.workers.intake import prepare_lead
from tests.support.cast import organisation
from tests.support.patience import patient
from tests.support.processes import CONTEXT

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
SAME_NUMBER_SHARE = 0.3
SHARES = {"ana": 50, "ben": 30, "cy": 20}
CAPPED = {"dee": 7, "olive": 4}
TEAM = tuple(SHARES)

POLICY: dict[str, Any] = {
    "rules": [
        {"name": "Weighted", "when": {"source": ["weighted"]}, "to": {"agents": list(TEAM), "weights": SHARES}},
        {"name": "Capped", "when": {"source": ["capped"]}, "to": {"agents": list(CAPPED), "by": "least_loaded"}},
        {"name": "Equal", "to": {"agents": list(TEAM)}},
    ]
}


@dataclass(frozen=True, slots=True)
class Arriving:
    """One process's part: these leads, in this order; or no leads and so many toggles."""

    url: str
    seed: int
    leads: tuple[tuple[str, str], ...] = ()
    toggles: int = 0


def seed_business(database: Database) -> None:
    people: list[dict[str, Any]] = [
        {"key": key, "name": key.title(), "phone": f"+1512555010{number}", "verified": True}
        | ({"caps": {"open_leads": CAPPED[key]}} if key in CAPPED else {})
        for number, key in enumerate((*TEAM, *CAPPED), 1)
    ]
    with database.begin() as db:
        apply_file(db, organisation(agents=people), prune=False, by=person("test"), now=MONDAY_10)
        publish_policy(db, POLICY, at=MONDAY_10)


def publish_policy(db: Any, document: dict[str, Any], *, at: datetime = MONDAY_10) -> None:
    row = {"document": document, "note": "", "effective_at": at, "published_at": at, "published_by": "test"}
    db.execute(policy_versions.insert().values(kind="published", share=100, **row))


def made_up_leads(count: int, seed: int) -> list[tuple[str, str]]:
    """Phone and source; of `SAME_NUMBER_SHARE` the number comes twice, close together."""
    chance = random.Random(seed)
    made: list[tuple[str, str]] = []
    for number in range(count):
        lead = (f"+1737555{number:04d}", chance.choice(("weighted", "equal", "equal", "capped")))
        made.append(lead)
        if chance.random() < SAME_NUMBER_SHARE:
            made.append(lead)
    return made


def dealt(leads: Sequence[tuple[str, str]], processes: int) -> list[tuple[tuple[str, str], ...]]:
    """Round by round, so that the two of one number come to two processes at the same time."""
    return [tuple(leads[number::processes]) for number in range(processes)]


def let_loose(parts: Sequence[Arriving]) -> None:
    with CONTEXT.Pool(len(parts)) as pool:
        pool.map(run_part, parts, chunksize=1)


def run_part(part: Arriving) -> None:
    database = patient(part.url)
    try:
        for phone, source in part.leads:
            receive(database, phone, source)
        for key, is_on in _toggles(part):
            with database.begin() as db:
                change_agent(db, key=key, values={"leads_on": is_on})
    finally:
        database.close()


def receive(database: Database, phone: str, source: str, *, now: datetime | None = None) -> int:
    now = now or MONDAY_10 + timedelta(seconds=1)
    prepared = prepare_lead(database, NewLead(phone=phone, source=source), now=now)
    with database.begin() as db:
        return receive_lead(db, prepared, by=person("test"), now=now).lead_id


def _toggles(part: Arriving) -> Iterator[tuple[str, bool]]:
    chance = random.Random(part.seed)
    for _ in range(part.toggles):
        yield chance.choice((*TEAM, *CAPPED)), chance.random() < 0.6


def agent_keys(database: Database) -> dict[int, str]:
    with database.read() as db:
        return {row.id: row.key for row in db.execute(agents.select())}
