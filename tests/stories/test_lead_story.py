"""A lead's way from a form to its owner, as the business, its agents and the program that sent it in would see it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import tomlkit

from sami.access import api_keys
from sami.domain.language.actor import person
from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, CY, agent, olive, organisation
from tests.support.world import World
from tests.webhooks.api.program import Program

NEARLY_MIDNIGHT = datetime(2026, 11, 17, 5, 59, 30, tzinfo=UTC)  # In Chicago; Ana is away from the next day on.

POLICY: dict[str, Any] = {
    "note": "Territories first",
    "default": {"pond": True},
    "reassign_on": ["state", "re_engaged"],
    "constraints": [
        {"name": "Texas", "when": {"state": ["TX"]}, "to": {"agent": "ana"}},
        {"name": "Licence", "require": "licence"},
    ],
    "rules": [{"name": "Everybody else", "to": {"team": "buyers", "by": "round_robin"}}],
    "score": [
        {"name": "Ready now", "when": {"timeframe": ["now"]}, "points": 30},
        {"name": "Dear", "when": {"price": {"min": 400_000}}, "points": 20},
    ],
}
WORKFLOWS = [
    {
        "key": "intake",
        "on": "lead_received",
        "actions": [
            {"do": "assign_by_policy"},
            {"do": "change_stage", "stage": "CONTACTING"},
            {"do": "add_tag", "tag": "fresh"},
            {"do": "notify", "who": "owner", "by": ["text"], "say": "New lead for you: {lead.name}"},
        ],
    }
]


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    away = [{"from": tomlkit.date("2026-11-17"), "to": tomlkit.date("2026-11-18"), "cover": "ben"}]
    people = [
        agent("ana", licences=["TX"], out_of_office=away),
        agent("ben", licences=["TX", "OK"]),
        agent("cy", licences=["OK"]),
        olive(),
    ]
    file = organisation(agents=people) + tomlkit.dumps({"policy": POLICY, "workflows": WORKFLOWS})
    with World(settings, file, at=NEARLY_MIDNIGHT) as world:
        yield world


@pytest.fixture
def website(world: World) -> Program:
    with world.database.begin() as db:
        key = api_keys.create_key(db, name="website", scopes=["*"], by=person("test"), now=world.now)
    return Program(world.app, key)


def test_a_lead_finds_its_owner_then_the_cover_and_moves_with_its_state(world: World, website: Program) -> None:
    maria = {
        "name": "  maria   ORTIZ ",
        "phone": "(737) 555-0142",
        "email": "Maria@Example.COM",
        "source": "Zillow",
        "zip": "78701",
        "price": 450_000,
        "timeframe": "now",
    }
    posted = website.post("/leads", maria)
    assert posted.status_code == 201
    assert (posted.json["owner"]["key"], posted.json["stage"]) == ("ana", "CONTACTING"), "territory before turns"

    lead = website.get(f"/leads/{posted.json['id']}").json
    assert (lead["phone"], lead["email"]) == ("+17375550142", "maria@example.com"), "validated"
    assert (lead["state"], lead["country"]) == ("TX", "US"), "enriched"
    assert (lead["score"], lead["tags"]) == (50, ["fresh"]), "scored, and tagged by the workflow"
    assert lead["sla"]["state"] == "active"
    world.network.run_for(5)
    assert [text.body for text in world.network.texts_to(ANA)] == [f"New lead for you: {lead['name']}"]

    decision = website.get(posted.json["decision"]).json
    assert decision["kind"] == "assignment"
    assert {"subject": "constraint Texas", "passed": True} in [
        {"subject": found["subject"], "passed": found["passed"]} for found in decision["trace"]
    ]
    assert website.post(f"{posted.json['decision']}/replay").json["same"] is True

    world.network.run_for(60)
    lee = website.post("/leads", {"name": "Lee Ray", "phone": "+17375550143", "state": "TX"})
    assert lee.json["owner"]["key"] == "ben", "ana is out of office, and ben covers"
    world.network.run_for(5)
    assert [text.body for text in world.network.texts_to(BEN)] == ["New lead for you: Lee Ray"]

    moved = website.patch(f"/leads/{lead['id']}", {"state": "OK"})
    assert moved.json["owner"]["key"] in ("ben", "cy"), "who is licensed there, by turns"
    history = website.get(f"/leads/{lead['id']}/history").json
    assert [(change["from"], change["to"]) for change in history] == [
        (None, "ana"),
        ("ana", moved.json["owner"]["key"]),
    ]
    assert "state" in history[-1]["why"]
    world.network.run_for(5)
    told = world.network.texts_to(BEN if moved.json["owner"]["key"] == "ben" else CY)
    assert lead["name"] in told[-1].body, "the new owner hears of it"


def test_the_same_lead_again_is_an_update_whichever_door_it_takes(world: World, website: Program) -> None:
    first = website.post(
        "/leads", {"name": "Maria Ortiz", "phone": "+17375550142", "source": "Zillow", "source_id": "z1"}
    )
    again = website.post("/leads", {"phone": "737-555-0142", "city": "Austin", "tags": ["vip"]})
    by_id = website.post("/leads", {"source": "Zillow", "source_id": "z1", "email": "maria@example.com"})
    assert [answer.status_code for answer in (first, again, by_id)] == [201, 200, 200]
    assert {answer.json["id"] for answer in (first, again, by_id)} == {first.json["id"]}
    world.call("+17375550142")
    lead = website.get("/leads", query_string={"phone": "+17375550142"}).json
    found = lead if "id" in lead else lead["leads"][0]
    assert (found["id"], found["city"], found["email"]) == (first.json["id"], "Austin", "maria@example.com")
    assert set(found["tags"]) == {"fresh", "vip"}
