"""Stages and tags as effects: written with what counts against owners, and with a line of the lead's timeline."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.apply import apply
from sami.consent import ledger
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.stages import Stage
from sami.domain.outcomes.effects import (
    AddTag,
    AssignOwner,
    ChangeStage,
    CreateTask,
    DoNotContact,
    Effect,
    Enrol,
    PauseCadences,
    RemoveTag,
)
from sami.outcomes import tasks
from sami.store.leads import find_lead, insert_lead, open_leads_of, timeline
from sami.store.people import find_agents
from sami.store.work import lock_task
from tests.support.cast import LEE, organisation
from tests.support.signed import publish

CADENCE = """
[[cadences]]
key = "nurture"
name = "Nurture"
[[cadences.steps]]
do = "text_lead"
say = "Still looking?"
"""
MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)


class OneLead:
    """A business with one lead, which nobody owns."""

    def __init__(self, database: Database) -> None:
        publish(database, organisation())
        self.database = database
        with database.begin() as db:
            made = insert_lead(
                db, phone=LEE, attributes={}, tags=["Buyer"], unowned_reason="test", pond_since=MONDAY_10,
                created_at=MONDAY_10,
            )  # fmt: skip
            self.ana = find_agents(db, keys=("ana",))[0].id
        assert made is not None, "the database was empty"
        self.id = made

    def make(self, *effects: Effect) -> None:
        with self.database.begin() as db:
            apply(db, effects, MONDAY_10)

    @property
    def row(self) -> Any:
        with self.database.read() as db:
            return find_lead(db, self.id)

    @property
    def told(self) -> list[str]:
        with self.database.read() as db:
            return [f"{entry.kind}: {entry.text}" for entry in db.execute(timeline.select())]

    @property
    def anas_open_leads(self) -> int:
        with self.database.read() as db:
            return open_leads_of(db, [self.ana]).get(self.ana, 0)


@pytest.fixture
def lead(database: Database) -> OneLead:
    return OneLead(database)


def test_a_move_is_counted_for_the_owner_and_told(lead: OneLead) -> None:
    lead.make(AssignOwner(lead.id, None, lead.ana, why="test", by=person("test")))
    lead.make(ChangeStage(lead.id, Stage.CLOSED, why="sold", by=person("ana")))
    assert (lead.row.stage, lead.anas_open_leads) == ("CLOSED", 0)
    lead.make(ChangeStage(lead.id, Stage.CONTACTING, why="", by=person("workflow back")))
    assert (lead.row.stage, lead.anas_open_leads) == ("CONTACTING", 1)
    assert lead.told == ["stage: NEW to CLOSED by ana: sold", "stage: CLOSED to CONTACTING by workflow back"]


def test_a_move_that_is_not_listed_is_left_out_with_a_line_that_says_so(lead: OneLead) -> None:
    lead.make(ChangeStage(lead.id, Stage.ARCHIVED, why="", by=person("ana")))
    lead.make(ChangeStage(lead.id, Stage.QUALIFIED, why="", by=person("workflow w")))
    assert lead.row.stage == "ARCHIVED"
    assert lead.told[1:] == [
        "stage: Stays ARCHIVED: ARCHIVED to QUALIFIED by workflow w is no move that a lead may make"
    ]


def test_the_stage_a_lead_has_is_no_move(lead: OneLead) -> None:
    lead.make(ChangeStage(lead.id, Stage.NEW, why="", by=person("ana")))
    assert lead.told == []


def test_nobody_is_wanted_for_a_lead_that_was_put_away_until_it_comes_back(lead: OneLead) -> None:
    lead.make(ChangeStage(lead.id, Stage.TRASHED, why="", by=person("ana")))
    assert lead.row.pond_since is None
    lead.make(ChangeStage(lead.id, Stage.CONTACTING, why="", by=person("ana")))
    assert lead.row.pond_since == MONDAY_10


def test_a_tag_is_there_once_in_whatever_case(lead: OneLead) -> None:
    lead.make(
        AddTag(lead.id, "vip", by=person("ana")),
        AddTag(lead.id, "VIP", by=person("ana")),
        AddTag(
            lead.id,
            "buyer",
            by=person("ana"),
        ),
    )
    assert lead.row.tags == ["Buyer", "vip"]
    lead.make(RemoveTag(lead.id, "BUYER", by=person("workflow w")), RemoveTag(lead.id, "seller", by=person("ana")))
    assert lead.row.tags == ["vip"]
    assert lead.told == ["tag: Tag vip added by ana", "tag: Tag BUYER removed by workflow w"]


def test_timelines_say_times_as_people_do_on_the_organisations_clock_with_its_zone(lead: OneLead) -> None:
    at = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
    publish(lead.database, organisation() + CADENCE)
    lead.make(Enrol(lead.id, "nurture", person("test")))
    lead.make(
        CreateTask("task/1", "Call Lee", lead.ana, at, lead_id=lead.id),
        PauseCadences(lead.id, at, "on holiday", person("ana")),
        DoNotContact(lead.id, at, "as they asked", person("ana")),
    )
    with lead.database.begin() as db:
        task = lock_task(db, 1)
        assert task is not None, "it was just made"
        tasks.snooze(db, task, until=at + timedelta(days=2), by=person("ana"), now=MONDAY_10)
        barred = {"phone": E164(LEE), "channels": (Channel.TEXT,), "source": "test", "now": MONDAY_10}
        ledger.bar(db, until=datetime(2027, 1, 4, 15, 0, tzinfo=UTC), **barred)
    assert lead.told[1:] == [
        "task: Task for Ana Ruiz, due Wed Nov 18 9:00 AM CST: Call Lee",
        "cadence: Nurture paused until Wed Nov 18 9:00 AM CST by ana: on holiday",
        "cadence: Not to be contacted until Wed Nov 18 9:00 AM CST, by ana: as they asked",
        "task: Task T1 put off until Fri Nov 20 9:00 AM CST by ana: Call Lee",
        "consent: No texts until Mon Jan 4 2027 9:00 AM CST, by test",
    ]
