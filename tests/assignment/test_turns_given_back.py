"""A turn is given back for a bad number, a lead that is thrown away, and one that came to the wrong area."""

from datetime import UTC, datetime
from typing import Any

import pytest
import tomlkit

from sami.consent.bad_numbers import learn_bad_number
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.arrivals import NewLead
from sami.leads.intake import receive_lead, update_lead_fields
from sami.leads.stages import change_stage
from sami.store.facts import read_directory
from sami.store.leads import leads, turn_credits
from sami.store.people import agents
from sami.workers.intake import prepare_lead
from tests.support.cast import agent, olive, organisation
from tests.support.signed import publish

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
POLICY: dict[str, Any] = {
    "note": "Turns, and Ben for Oklahoma",
    "reassign_on": ["state"],
    "rules": [
        {"name": "Oklahoma", "when": {"state": ["OK"]}, "to": {"agent": "ben"}},
        {"name": "All", "to": {"team": "buyers"}},
    ],
}


@pytest.fixture
def business(database: Database) -> Database:
    people = [agent("ana"), agent("ben"), agent("cy"), olive()]
    publish(database, organisation(agents=people) + tomlkit.dumps({"policy": POLICY}))
    return database


def arrive(database: Database, number: int) -> tuple[int, str]:
    """The lead and its owner."""
    new = NewLead(phone=f"+1512555{number:04}", source="Website", state="TX")
    prepared = prepare_lead(database, new, now=MONDAY_10)
    with database.begin() as db:
        lead_id = receive_lead(db, prepared, by=person("test"), now=MONDAY_10).lead_id
        keys = {row.id: row.key for row in db.execute(agents.select())}
        return lead_id, keys[db.execute(leads.select().where(leads.c.id == lead_id)).one().owner_id]


def credits(database: Database) -> dict[int, int]:
    with database.read() as db:
        return {row.agent_id: row.credit for row in db.execute(turn_credits.select()) if row.pool == "rule/All"}


def test_a_bad_number_costs_no_turn_however_often_it_is_heard_of(business: Database) -> None:
    assert [arrive(business, number)[1] for number in (201, 202)] == ["ana", "ben"]
    before = credits(business)
    _, owner = arrive(business, 203)
    assert owner == "cy"
    for _ in range(2):
        with business.begin() as db:
            learn_bad_number(db, E164("+15125550203"), 30005, MONDAY_10)
    assert credits(business) == before
    assert arrive(business, 204)[1] == "cy", "whose turn it still is"


def test_a_lead_that_is_thrown_away_costs_no_turn(business: Database) -> None:
    lead, owner = arrive(business, 201)
    with business.begin() as db:
        change_stage(db, lead_id=lead, stage="TRASHED", by=person("olive"), now=MONDAY_10)
    assert (owner, arrive(business, 202)[1]) == ("ana", "ana")


def test_a_lead_of_the_wrong_area_costs_the_first_owner_no_turn(business: Database) -> None:
    lead, owner = arrive(business, 201)
    with business.begin() as db:
        directory = read_directory(db)
        moved = update_lead_fields(
            db, lead_id=lead, changes={"state": "OK"}, by=person("test"), directory=directory, now=MONDAY_10
        )
    assert moved is not None
    assert (owner, moved.owner) == ("ana", "ben")
    assert arrive(business, 202)[1] == "ana"
