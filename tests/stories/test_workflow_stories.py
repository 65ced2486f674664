"""Workflows as callers, texters and agents notice them: signed webhooks in, texts out, on both databases."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tomlkit

from sami.settings.loading import Settings
from sami.store import leads, work
from sami.store.people import agents
from sami.store.workflow_runs import runs_of
from tests.support.cast import ANA, BEN, DESK, LINE, OLIVE, STRANGER, agent, olive, organisation
from tests.support.routing_rows import MENU
from tests.support.world import SPEAKING, World
from webhooks.simulator.behaviours import Answers, Ignores
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript

NEW = f"New lead L1: {STRANGER}, from Website, TX."

Workflows = list[dict[str, Any]]
Opened = Callable[..., World]


@pytest.fixture
def opened(settings: Settings) -> Iterator[Opened]:
    """A business with these workflows, agents and this bot."""
    worlds: list[World] = []

    def open_world(workflows: Workflows | None = None, **stated: Any) -> World:
        written = tomlkit.dumps({"workflows": workflows}) if workflows else ""
        worlds.append(World(settings, organisation(**stated) + written, beats=SPEAKING).__enter__())
        return worlds[-1]

    yield open_world
    for world in worlds:
        world.__exit__(None, None, None)


def texts_to(world: World, phone: str) -> list[str]:
    return [text.body for text in world.network.texts_to(phone)]


def the_lead(world: World) -> Any:
    with world.database.read() as db:
        return leads.find_lead_by_phone(db, STRANGER)


def owner(world: World) -> str | None:
    with world.database.read() as db:
        keys = {row.id: row.key for row in db.execute(agents.select())}
    return keys.get(the_lead(world).owner_id)


def ran(world: World) -> list[str]:
    with world.database.read() as db:
        return [run.workflow for run in runs_of(db, the_lead(world).id)]


def withheld(world: World) -> list[tuple[str, str]]:
    with world.database.read() as db:
        items = list(db.execute(work.outbox_items.select()))
    return [(item.payload["to"], item.error) for item in items if item.state == "cancelled" and item.kind == "text"]


# --- Who calls and is not known.


def test_an_owner_whose_phone_rings_at_once_is_told_of_the_new_lead_by_the_offer_alone(opened: Opened) -> None:
    world = opened()
    world.phone(ANA, Answers())
    world.call(STRANGER)
    assert (owner(world), the_lead(world).stage) == ("ana", "CONTACTING")
    offer, question = texts_to(world, ANA)
    assert re.fullmatch(rf"Call C\d+ for you: caller ending 0177, \{STRANGER}, on Website\.", offer)
    assert re.match(r"What came of call C\d+, caller ending 0177", question)
    assert withheld(world) == [(ANA, "the offer of the call says it")]


def test_an_owner_who_is_not_rung_is_told_of_the_new_lead_and_then_of_the_call(opened: Opened) -> None:
    world = opened(agents=[agent("ana", calls=False), agent("ben"), olive()])
    world.phone(BEN, Answers())
    world.call(STRANGER)
    new, answered = texts_to(world, ANA)
    assert (owner(world), new) == ("ana", NEW)
    assert answered.startswith("Ben Okafor answered")
    assert withheld(world) == []


def test_a_caller_who_leaves_in_the_menu_is_a_lead_of_which_the_owner_hears_once(opened: Opened) -> None:
    world = opened(bot={"menu": MENU})
    for _ in range(2):
        world.call(STRANGER, CallerScript(hangs_up_after_s=4))
    assert texts_to(world, ANA) == [NEW]


def test_where_nobody_may_own_the_lead_an_admin_hears_of_it(opened: Opened) -> None:
    world = opened(agents=[agent("ana", leads=False, calls=False), olive()])
    world.call(STRANGER)
    assert (owner(world), the_lead(world).stage) == (None, "CONTACTING")
    assert texts_to(world, OLIVE)[0] == f"New lead L1, owned by nobody: {STRANGER}, from Website, TX."


def test_an_admins_own_intake_is_done_before_anything_rings(opened: Opened) -> None:
    first = [{"do": "assign_to", "agent": "ben"}, {"do": "add_tag", "tag": "phone"}]
    world = opened([{"key": "mine", "on": "lead_received", "when": {"source": ["Website"]}, "actions": first}])
    world.phone(BEN, Answers())
    world.call(STRANGER)
    assert [ring.phone for ring in world.network.rings] == [BEN]
    assert (owner(world), the_lead(world).tags, the_lead(world).stage) == ("ben", ["phone"], "NEW")


# --- What came of a call.


def missed(world: World) -> SimulatedCall:
    for phone in (ANA, BEN, DESK):
        world.phone(phone, Ignores())
    return world.call(STRANGER)


def test_an_outcome_sets_workflows_going_once_however_often_the_call_is_heard_of(opened: Opened) -> None:
    text = {"do": "text_lead", "say": "{owner.first_name} is sorry."}
    world = opened(
        [{"key": "missed", "on": "outcome_recorded", "outcome": "missed_transfer", "actions": [text]}],
        bot={"outcomes": {"missed_transfer": {"actions": []}}},
    )
    missed(world)
    assert texts_to(world, STRANGER) == ["Ana is sorry."]
    [told] = world.network.texts_to(STRANGER)
    assert told.from_ == LINE
    assert ran(world) == ["intake", "missed"]


def test_what_an_outcomes_own_actions_change_sets_workflows_going_too(opened: Opened) -> None:
    note = {"do": "note", "say": "Ran."}
    world = opened(
        [
            {"key": "tagged", "on": "tag_added", "tag": "missed", "actions": [note]},
            {"key": "moved", "on": "stage_changed", "stage": "ARCHIVED", "actions": [note]},
            {"key": "any", "on": "outcome_recorded", "actions": [note], "when": {"tags": ["missed"]}},
        ],
        bot={
            "outcomes": {
                "missed_transfer": {
                    "actions": [{"do": "add_tag", "tag": "missed"}, {"do": "change_stage", "stage": "ARCHIVED"}]
                }
            }
        },
    )
    missed(world)
    assert ran(world) == ["intake", "moved", "tagged", "any"]


def test_an_outcome_may_ask_the_policy_and_its_notice_reaches_whom_the_policy_names(opened: Opened) -> None:
    actions = [{"do": "notify", "who": "owner", "say": "It is yours."}, {"do": "assign_by_policy"}]
    world = opened(bot={"outcomes": {"missed_transfer": {"actions": actions}}})
    missed(world)
    world.set_agent("ana", active=False, leads_on=False)
    world.call(STRANGER)
    assert owner(world) == "ben"
    assert texts_to(world, BEN)[-1] == "It is yours."


# --- Texts.


def test_a_text_sets_workflows_going_and_stop_does_not(opened: Opened) -> None:
    answer = {"do": "text_lead", "say": "Thank you."}
    world = opened([{"key": "thanks", "on": "text_received", "actions": [answer]}])
    for body in ("Is it free?", "STOP", "HELP"):
        world.network.text(STRANGER, LINE, body)
        world.network.run()
        world.network.run_for(5)
    assert ran(world) == ["intake", "thanks"]
    assert texts_to(world, STRANGER) == ["Thank you."]
    assert texts_to(world, ANA)[0].startswith(f"Text from a new lead, {STRANGER}: Is it free?")


def test_s04_a_flood_of_texts_sets_no_more_going_than_are_handed_on(opened: Opened) -> None:
    world = opened([{"key": "w", "on": "text_received", "actions": [{"do": "note", "say": "Ran."}]}])
    for _ in range(25):
        world.network.text(STRANGER, LINE, "Hello")
        world.network.run()
    assert ran(world).count("w") == 20
