"""Calls as an admin would tell them: tests/stories/*.toml, each lived through by signed webhooks on both databases."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sami.settings.loading import Settings
from sami.store import leads, texts, work
from tests.support.cast import LEE, LINE, PHONES, organisation
from tests.support.routing_rows import end_of, in_one_order, live_through, read_world, rings_of
from tests.support.world import SPEAKING, World
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.story import Heard

NUMBERS = PHONES | {"lee": LEE}
OF_THE_CALL = re.compile(r"Call \d+ for you|What came of call \d+")
FILES = sorted(Path(__file__).parent.glob("*.toml"))
KNOWN = {
    *("name", "world", "bot", "hears", "never_hears", "heard_times", "phones_hear", "rings", "end", "tasks"),
    *("recording", "texts", "no_texts", "lead", "consent", "timeline", "agents", "calls", "gap_s"),
}


def read_stories(path: Path) -> list[dict[str, Any]]:
    """The bot of the file, changed where a story says so, stands in each of its stories."""
    file = tomllib.loads(path.read_text())
    return [story | {"bot": file["bot"] | story.get("bot", {})} for story in file["story"]]


STORIES = [story for path in FILES for story in read_stories(path)]


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_story(settings: Settings, story: dict[str, Any]) -> None:
    assert story.keys() <= KNOWN, f"nobody looks at {sorted(story.keys() - KNOWN)}"
    with World(settings, organisation(), beats=SPEAKING) as world:
        stated = read_world(story["world"])
        stated.bot |= story["bot"]
        call = live_through(world, stated)
        for _ in range(story.get("calls", 1) - 1):
            world.network.run_for(story["gap_s"])
            call = world.network.call(stated.caller, LINE, stated.script)
            world.network.run()
        world.network.run_for(60)
        _expect_the_call(world, call, story)
        _expect_to_be_heard(call.heard, story)
        for phrase in story.get("phones_hear", ()):
            name, said = phrase.split(": ", 1)
            assert _is_among(said, world.network.heard_by(NUMBERS[name])), world.network.heard_by(NUMBERS[name])
        _expect_texts(world, story)
        _expect_tasks(world, call, story)
        _expect_the_lead(world, story)
        for key, columns in story.get("agents", {}).items():
            assert {name: getattr(world.agent(key), name) for name in columns} == columns


def test_every_story_has_a_name_of_its_own() -> None:
    assert len({story["name"] for story in STORIES}) == len(STORIES) >= 20


def _expect_the_call(world: World, call: SimulatedCall, story: dict[str, Any]) -> None:
    told = (in_one_order(rings_of(world, call, seconds=False)), end_of(call, world.why(call)))
    assert told == (in_one_order(story["rings"]), story["end"]), "\n".join(call.story)


def _expect_to_be_heard(heard: list[Heard], story: dict[str, Any]) -> None:
    """In this order, whatever else was heard between."""
    left = list(heard)
    for phrase in story.get("hears", ()):
        while left and phrase not in left[0].text:
            left.pop(0)
        assert left, f"never heard {phrase!r} in its turn: {[each.text for each in heard]}"
    for phrase in story.get("never_hears", ()):
        assert not _is_among(phrase, heard)
    for phrase, times in story.get("heard_times", {}).items():
        assert sum(phrase in each.text for each in heard) == times, phrase


def _expect_texts(world: World, story: dict[str, Any]) -> None:
    for phrase in story.get("texts", ()):
        name, said = phrase.split(": ", 1)
        bodies = [text.body for text in world.network.texts_to(NUMBERS[name])]
        assert any(said in body for body in bodies), f"{name} was texted {bodies}"
    for name in story.get("no_texts", ()):
        told = [text.body for text in world.network.texts_to(NUMBERS[name])]
        assert [body for body in told if not OF_THE_CALL.match(body)] == []


def _expect_tasks(world: World, call: SimulatedCall, story: dict[str, Any]) -> None:
    with world.database.read() as db:
        tasks = work.tasks_of_call(db, call.sid)
    names = {world.agent(key).id: key for key in ("ana", "ben", "cy", "olive")}
    if "tasks" in story:
        minutes = [round((task.due_at - task.created_at) / timedelta(minutes=1)) for task in tasks]
        told = [
            f"{task.title}, {names[task.owner_id] if task.owner_id else 'admins'}, in {due} minutes"
            for task, due in zip(tasks, minutes, strict=True)
        ]
        assert told == story["tasks"]
    if story.get("recording"):
        assert all(task.recording_url for task in tasks)


def _expect_the_lead(world: World, story: dict[str, Any]) -> None:
    with world.database.read() as db:
        lead = leads.find_lead_by_phone(db, LEE)
        consent = texts.consent_of(db, LEE)
        entries = db.execute(leads.timeline.select()).all()
    if "consent" in story:
        assert consent == story["consent"]
    expected = dict(story.get("lead", {}))
    if expected:
        assert lead is not None
        owner = expected.pop("owner", None)
        assert owner is None or world.agent(owner).id == lead.owner_id
        assert lead.attributes.items() >= expected.items()
    told = [f"{entry.kind}: {entry.text}" for entry in entries]
    assert set(story.get("timeline", ())) <= set(told), told


def _is_among(phrase: str, heard: list[Heard]) -> bool:
    return any(phrase in each.text for each in heard)
