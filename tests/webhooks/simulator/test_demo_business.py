"""The demo's business: believable, the same each time, and left as it was when it is there already."""

import tomllib
from collections import Counter
from datetime import UTC, datetime
from operator import itemgetter

from cadences.ready import ready_keys, ready_text
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.leads.history import verify_history
from sami.organisation.applying import apply_file
from sami.store.cadences import enrolments
from sami.store.facts import read_directory
from sami.store.leads import find_lead_by_phone, update_lead
from sami.store.people import find_agents
from webhooks.simulator.pages import business

FRIDAY_NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def seed(database: Database) -> tuple[bool, int]:
    with database.begin(30) as db:
        applied = apply_file(db, business.organisation_text(), prune=False, by=person("test"), now=FRIDAY_NIGHT)
        return applied.published, business.seed_leads(db, FRIDAY_NIGHT)


def test_there_are_six_agents_two_teams_three_lines_three_bots_and_forty_leads(database: Database) -> None:
    assert seed(database) == (True, 40)
    with database.read() as db:
        file = read_directory(db).file
    assert (len(file.agents), len(file.teams), len(file.lines), len(file.bots)) == (6, 2, 3, 3)
    assert all(agent.verified for agent in file.agents)
    assert sum(not agent.screening for agent in file.agents) == 1
    assert sum(not agent.calls for agent in file.agents) == 1


def test_a_second_start_changes_nothing(database: Database) -> None:
    seed(database)
    phone = next(business.demo_leads()).phone
    with database.begin() as db:
        lead = find_lead_by_phone(db, phone)
        assert lead is not None
        update_lead(db, lead.id, name="Renamed by hand")
    assert seed(database) == (False, 0)
    with database.read() as db:
        lead = find_lead_by_phone(db, phone)
    assert lead is not None
    assert lead.name == "Renamed by hand"


def test_r14_the_past_of_its_leads_is_a_history(database: Database) -> None:
    seed(database)
    with database.read() as db:
        assert verify_history(db) == ()
        owned = [lead for lead in business.demo_leads() if lead.owners]
        found = [find_lead_by_phone(db, lead.phone) for lead in owned]
        keys = {row.id: row.key for row in find_agents(db, keys=("ana", "ben", "cleo", "dev", "ema"))}
    assert [keys.get(row.owner_id) for row in found if row is not None] == [lead.owners[-1] for lead in owned]


def test_it_has_the_cadences_that_come_with_sami_and_its_intake_enrols(database: Database) -> None:
    seed(database)
    with database.read() as db:
        directory = read_directory(db)
        standing = {row.cadence: [] for row in db.execute(enrolments.select())}
        for row in db.execute(enrolments.select().order_by(enrolments.c.id)):
            standing[row.cadence].append(row.state)
    shipped = tomllib.loads("".join(ready_text(key) or "" for key in ready_keys()))["cadences"]
    ours = tomllib.loads(business.organisation_text())["cadences"]
    assert sorted(ours, key=itemgetter("key")) == sorted(shipped, key=itemgetter("key"))
    (intake,) = directory.file.workflows
    assert [action.cadence for action in intake.actions if action.do == "enrol"] == ["ten-day"]
    assert standing == {"ten-day": ["active", "paused"], "re-engage": ["active"]}


def test_leads_have_different_owners_stages_and_pasts() -> None:
    leads = list(business.demo_leads())
    assert len({lead.phone for lead in leads}) == len({lead.name for lead in leads}) == business.LEADS
    owners = Counter(lead.owners[-1] if lead.owners else None for lead in leads)
    assert set(owners) == {"ana", "ben", "cleo", "dev", "ema", None}
    assert any(len(lead.owners) == 2 for lead in leads)


def test_it_begins_in_working_hours() -> None:
    monday_10 = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert business.first_morning(FRIDAY_NIGHT) == business.next_morning(FRIDAY_NIGHT) == monday_10
    assert business.first_morning(monday_10) == monday_10
