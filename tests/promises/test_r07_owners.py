"""R7: workers that race never give one lead two owners, make two leads of one number, or break a cap or a share."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sami.database.engine import Database
from sami.store.leads import agent_loads, leads, ownerships
from tests.support import arriving
from tests.support.arriving import CAPPED, MONDAY_10, SHARES, TEAM, Arriving
from tests.support.counts import NIGHTLY, count
from tests.support.patience import patient

pytestmark = pytest.mark.timeout(count(120, 3_600))

LEADS = count(160, 10_000)
PROCESSES = (2, 3, 5, 8) if NIGHTLY else (2, 8)


@pytest.mark.parametrize("processes", PROCESSES)
def test_r07_leads_that_race_have_one_owner_each_and_shares_hold(
    business: Database, database_url: str, processes: int
) -> None:
    made = arriving.made_up_leads(LEADS, seed=processes)
    arriving.let_loose([Arriving(database_url, 0, part) for part in arriving.dealt(made, processes)])
    given = _expect_sound(business, made)
    equal = Counter(dict.fromkeys(TEAM, 0) | Counter(given["rule/Equal"]))
    assert max(equal.values()) - min(equal.values()) <= 1
    weighted = given["rule/Weighted"]
    for start in range(max(1, len(weighted) - 99)):
        window = weighted[start : start + 100]
        got = Counter(window)
        assert all(abs(got[key] - share * len(window) / 100) <= 1 for key, share in SHARES.items())


@pytest.mark.parametrize("processes", PROCESSES[1:] if NIGHTLY else PROCESSES[:1])
def test_r07_toggling_agents_get_no_lead_twice_and_none_above_their_cap(
    business: Database, database_url: str, processes: int
) -> None:
    made = arriving.made_up_leads(LEADS, seed=processes + 100)
    parts = [Arriving(database_url, 0, part) for part in arriving.dealt(made, processes)]
    arriving.let_loose([*parts, Arriving(database_url, 7, toggles=LEADS)])
    _expect_sound(business, made)


def test_r07_who_was_away_for_long_gets_no_more_than_their_share_of_what_comes_next(business: Database) -> None:
    with business.begin() as db:
        arriving.change_agent(db, key="cy", values={"leads_on": False})
    missed, after = count(60, 500), 100
    for number in range(missed):
        arriving.receive(business, f"+1737555{number:04d}", "equal")
    with business.begin() as db:
        arriving.change_agent(db, key="cy", values={"leads_on": True})
    keys = arriving.agent_keys(business)
    got: Counter[str] = Counter()
    for number in range(missed, missed + after):
        lead_id = arriving.receive(business, f"+1737555{number:04d}", "equal", now=MONDAY_10 + timedelta(hours=3))
        with business.read() as db:
            got[keys[db.execute(leads.select().where(leads.c.id == lead_id)).one().owner_id]] += 1
    assert got["cy"] <= -(-after // len(TEAM)), "no flood of made-up leads"
    assert got["cy"] >= after // len(TEAM) - 1, "and no turn lost"


@pytest.fixture
def business(database_url: str) -> Iterator[Database]:
    database = patient(database_url)
    arriving.seed_business(database)
    yield database
    database.close()


def _expect_sound(database: Database, made: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What each rule gave to whom, in the order in which it did."""
    keys = arriving.agent_keys(database)
    with database.read() as db:
        rows = list(db.execute(leads.select()))
        changes = list(db.execute(ownerships.select().order_by(ownerships.c.id)))
        loads = {row.agent_id: row.open_leads for row in db.execute(agent_loads.select())}
    assert sorted(row.phone for row in rows) == sorted({phone for phone, _ in made}), "one lead for each number"
    owners = {row.id: row.owner_id for row in rows if row.owner_id is not None}
    assert [(change.lead_id, change.from_id) for change in changes if change.from_id is not None] == []
    assert {change.lead_id: change.to_id for change in changes} == owners, "nobody's lead changed hands"
    assert len(changes) == len(owners), "one owner for each lead"
    held = Counter(owners.values())
    assert {agent: number for agent, number in loads.items() if number} == dict(held)
    assert all(held[agent] <= CAPPED[key] for agent, key in keys.items() if key in CAPPED)
    rules: dict[int, Any] = {row.id: row.matched_rule for row in rows}
    given: dict[str, list[str]] = {"rule/Equal": [], "rule/Weighted": [], "rule/Capped": []}
    for change in changes:
        given[rules[change.lead_id]].append(keys[change.to_id])
    return given
