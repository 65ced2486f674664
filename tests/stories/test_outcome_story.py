"""What becomes of a missed caller: a task, notices, a call back that succeeds, and a closer who takes over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import tomlkit

from sami.apply import apply
from sami.domain.language.actor import person
from sami.domain.outcomes.effects import Enrol
from sami.settings.loading import Settings
from sami.store import leads
from sami.store.cadences import enrolments
from sami.store.work import tasks
from tests.support.cast import ANA, BEN, CY, LEE, OLIVE, agent, olive, organisation
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Ignores
from webhooks.simulator.people import CallerScript

CLOSES = [
    {"do": "assign_to", "agent": "cy"},
    {"do": "notify", "who": "owner", "by": ["text"], "say": "Close {lead.name}, please."},
    {"do": "task", "title": "Send {lead.name} the contract", "due": "1 hour"},
]
CADENCE = {
    "key": "follow",
    "name": "Follow-up",
    "steps": [{"do": "wait", "for": "1 day"}, {"do": "text_lead", "say": "Hello {lead.first_name}."}],
}
INTAKE = {
    "key": "intake",
    "on": "lead_received",
    "actions": [{"do": "assign_to", "agent": "ana"}, {"do": "enrol", "cadence": "follow"}],
}


def file(**outcomes: Any) -> str:
    people = [agent("ana"), agent("ben"), agent("cy", calls=False), olive()]
    bot = {"outcomes": {name: {"actions": actions} for name, actions in outcomes.items()}} if outcomes else {}
    return organisation(agents=people, bot=bot) + tomlkit.dumps({"cadences": [CADENCE], "workflows": [INTAKE]})


class Story:
    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def lead(self) -> Any:
        with self.world.database.read() as db:
            return leads.find_lead_by_phone(db, LEE)

    @property
    def cadences(self) -> list[tuple[str, str]]:
        with self.world.database.read() as db:
            return [(row.state, row.reason) for row in db.execute(enrolments.select().order_by(enrolments.c.id))]

    @property
    def tasks(self) -> list[tuple[str, str | None, str]]:
        with self.world.database.read() as db:
            keys = {self.world.agent(key).id: key for key in ("ana", "ben", "cy", "olive")}
            rows = db.execute(tasks.select().order_by(tasks.c.id))
            return [(row.title, keys.get(row.owner_id), row.state) for row in rows]

    def told(self, phone: str) -> list[str]:
        return [text.body for text in self.world.network.texts_to(phone)]

    def enrol(self) -> None:
        with self.world.database.begin() as db:
            apply(db, [Enrol(self.lead.id, "follow", person("api crm"))], self.world.now)


@pytest.fixture
def story(settings: Settings) -> Iterator[Story]:
    with World(settings, file()) as world:
        yield Story(world)


def test_a_missed_caller_is_called_back_and_everything_that_was_begun_for_them_ends(story: Story) -> None:
    world = story.world
    world.phone(ANA, Ignores())
    world.phone(BEN, Ignores())
    call = world.call(LEE, CallerScript(reactions=[("called back, press 1", "1")]))
    assert world.why(call)["outcome"] == "missed_transfer"
    assert story.tasks == [("Call back caller ending 0142", "ana", "open")]
    assert any(text.startswith("Missed call: caller ending 0142") for text in story.told(ANA))
    assert story.told(LEE) == ["Sorry we missed your call. We will call you back shortly. Harbor Homes"]
    assert story.cadences == [("cancelled", "missed transfer")]
    assert world.why(call)["cadences_cancelled"] == ["follow"]

    story.enrol()
    assert story.cadences[-1] == ("active", "")
    world.phone(ANA, Answers(talks_s=30))
    world.phone(LEE, Answers(presses="", talks_s=None))
    world.network.run_for(15 * 60)  # Nobody's phone rings for one call back more often than every ten minutes.

    assert story.cadences[-1] == ("cancelled", "successful transfer")
    assert any(text.startswith("Ana Ruiz called caller ending 0142") for text in story.told(OLIVE))
    assert story.tasks == [("Call back caller ending 0142", "ana", "done")]


def test_an_outcome_hands_the_lead_to_a_closer_whose_notice_and_task_it_is(settings: Settings) -> None:
    with World(settings, file(successful_transfer=CLOSES)) as world:
        story = Story(world)
        world.phone(ANA, Answers())
        world.call(LEE)
        assert story.lead.owner_id == world.agent("cy").id
        assert story.tasks == [("Send caller ending 0142 the contract", "cy", "open")]
        assert "Close caller ending 0142, please." in story.told(CY)
        assert "Close caller ending 0142, please." not in story.told(ANA)
        assert story.cadences == [("cancelled", "successful transfer")]
        with world.database.read() as db:
            [task] = db.execute(tasks.select()).all()
        assert timedelta(minutes=59) < task.due_at - task.created_at <= timedelta(hours=1)
