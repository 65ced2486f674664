"""Leads that wait get their owner when somebody may have them, oldest first; those of who left are decided anew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import tomlkit

from cadences.sweeps.leads import assign_waiting, reassign_orphans
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.arrivals import NewLead
from sami.leads.intake import receive_lead
from sami.organisation.applying import apply_file
from sami.store.leads import leads, ownerships
from sami.store.people import agents, change_agent
from sami.store.work import outbox_items
from sami.workers.intake import prepare_lead
from tests.support.cast import agent, olive, organisation
from tests.support.signed import publish

MONDAY_7 = datetime(2026, 11, 16, 13, 0, tzinfo=UTC)  # In Chicago.
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TURNS: dict[str, Any] = {"note": "Turns", "rules": [{"name": "All", "to": {"team": "buyers"}}]}


def file(policy: dict[str, Any], *people: dict[str, Any]) -> str:
    return organisation(agents=[*people, olive()]) + tomlkit.dumps({"policy": policy})


def arrive(database: Database, number: int, at: datetime, **said: Any) -> int:
    prepared = prepare_lead(database, NewLead(phone=f"+1737555{number:04}", source="Website", **said), now=at)
    with database.begin() as db:
        return receive_lead(db, prepared, by=person("test"), now=at).lead_id


def switch(database: Database, key: str, **values: Any) -> None:
    with database.begin() as db:
        change_agent(db, key=key, values=values)


def owners(database: Database) -> dict[int, str | None]:
    with database.read() as db:
        keys = {row.id: row.key for row in db.execute(agents.select())}
        return {row.id: keys.get(row.owner_id) for row in db.execute(leads.select().order_by(leads.c.id))}


def told(database: Database) -> list[str]:
    with database.read() as db:
        rows = db.execute(outbox_items.select().where(outbox_items.c.kind == "text").order_by(outbox_items.c.id))
        return [row.payload["to"] for row in rows]


def test_whoever_toggles_on_gets_the_oldest_first_and_hears_of_it(database: Database) -> None:
    publish(database, file(TURNS, agent("ana", leads=False, caps={"open_leads": 2})))
    first, second, third = (arrive(database, number, MONDAY_7 + number * MINUTE) for number in (1, 2, 3))
    assign_waiting(database, MONDAY_7 + HOUR)
    assert set(owners(database).values()) == {None}
    switch(database, "ana", leads_on=True)
    before = len(told(database))
    assign_waiting(database, MONDAY_7 + HOUR)
    assert owners(database) == {first: "ana", second: "ana", third: None}, "two are all she may have"
    assert told(database)[before:] == ["+15125550101"] * 2
    with database.read() as db:
        why = [row.why for row in db.execute(ownerships.select())]
        waiting = db.execute(leads.select().where(leads.c.id == third)).one()
    assert why == ["All: round robin"] * 2
    assert (waiting.unowned_reason, waiting.pond_since) == ("All: nobody takes leads now", MONDAY_7 + 3 * MINUTE)


def test_the_start_of_a_shift_and_an_hour_that_is_over_make_room(database: Database) -> None:
    rule = {"name": "Now", "to": {"team": "buyers", "on_duty": True}}
    ana = agent("ana", hours="Mo-Fr 09:00-17:00", caps={"leads_per_hour": 1})
    publish(database, file({"note": "Duty", "rules": [rule]}, ana))
    first, second = (arrive(database, number, MONDAY_7 + number * MINUTE) for number in (1, 2))
    assign_waiting(database, MONDAY_7 + HOUR)
    assert owners(database) == {first: None, second: None}
    assign_waiting(database, MONDAY_7 + 2 * HOUR)
    assert owners(database) == {first: "ana", second: None}
    assign_waiting(database, MONDAY_7 + 2 * HOUR + 59 * MINUTE)
    assert owners(database)[second] is None
    assign_waiting(database, MONDAY_7 + 3 * HOUR + MINUTE)
    assert owners(database)[second] == "ana"


def test_leads_of_a_rule_that_finds_nobody_hold_up_no_others(database: Database) -> None:
    rules = [
        {"name": "Texas", "when": {"state": ["TX"]}, "to": {"agent": "ana"}},
        {"name": "Rest", "to": {"agent": "ben"}},
    ]
    publish(database, file({"note": "Two", "rules": rules}, agent("ana", leads=False), agent("ben", leads=False)))
    stuck = arrive(database, 1, MONDAY_7, state="TX")
    free = arrive(database, 2, MONDAY_7 + MINUTE, state="CA")
    switch(database, "ben", leads_on=True)
    assign_waiting(database, MONDAY_7 + HOUR)
    assert owners(database) == {stuck: None, free: "ben"}


def test_what_a_rule_leaves_in_the_pond_waits_for_a_claim(database: Database) -> None:
    publish(database, file({"note": "Pond", "rules": [{"name": "Pond", "to": {"pond": True}}]}, agent("ana")))
    lead = arrive(database, 1, MONDAY_7)
    assign_waiting(database, MONDAY_7 + HOUR)
    assert owners(database) == {lead: None}


@pytest.mark.parametrize("asked", [True, False], ids=["the policy asks for it", "the policy says nothing"])
def test_leads_of_an_agent_who_left_are_decided_anew_where_the_policy_asks_for_it(
    database: Database, asked: bool
) -> None:
    policy = TURNS | {"reassign_on": ["owner_deactivated"] if asked else []}
    publish(database, file(policy, agent("ana")))
    lead = arrive(database, 1, MONDAY_7)
    with database.begin() as db:
        apply_file(db, file(policy, agent("ben")), prune=True, by=person("test"), now=MONDAY_7 + HOUR)
    reassign_orphans(database, MONDAY_7 + 2 * HOUR)
    assert owners(database) == {lead: "ben" if asked else "ana"}
    assert told(database).count("+15125550102") == (1 if asked else 0)
