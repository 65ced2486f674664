"""An idempotency key names an operation, method, path and body: nothing is taken for done that was not (S27)."""

from collections.abc import Iterator

import pytest

from sami.settings.loading import Settings
from tests.support.cast import ANA, LEE, STRANGER, organisation
from tests.support.world import SPEAKING, World
from tests.webhooks.api.conftest import Sami, sami
from tests.webhooks.api.program import Program
from tests.webhooks.forms.test_public_form import Website, website
from webhooks.simulator.behaviours import Answers

__all__ = ["sami", "website"]

NAMED = {"Idempotency-Key": "report-1"}


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, organisation(), beats=SPEAKING) as world:
        world.phone(ANA, Answers())
        yield world


@pytest.fixture
def program(world: World, sami: Sami) -> Program:
    return Program(world.app, sami("api-key", "create", "crm", "--scope", "*").stdout.strip())


def test_s27_a_key_on_another_call_is_refused_and_its_opt_out_is_not_lost(world: World, program: Program) -> None:
    first, second = world.call(LEE).sid, world.call(STRANGER).sid
    report = {"outcome": "opt_out"}
    assert program.post(f"/calls/{first}/outcome", report, headers=NAMED).json["sid"] == first
    refused = program.post(f"/calls/{second}/outcome", report, headers=NAMED)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "idempotency_key_reused")
    assert program.get(f"/calls/{second}").json["outcome"] == "successful_transfer"
    other = program.post(f"/calls/{second}/outcome", report, headers={"Idempotency-Key": "report-2"})
    assert (other.json["sid"], other.json["outcome"]) == (second, "opt_out")


def test_s27_a_key_on_another_operation_is_refused(world: World, program: Program) -> None:
    call = world.call(LEE).sid
    assert program.post("/leads", {"phone": STRANGER}, headers=NAMED).status_code == 201
    refused = program.post(f"/calls/{call}/outcome", {"outcome": "opt_out"}, headers=NAMED)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "idempotency_key_reused")


def test_s27_what_a_visitor_put_right_is_another_message_of_the_same_visit(website: Website) -> None:
    for phone in ("512-555-0142", "512-555-0142", "512-555-0177"):
        assert website.post({"name": "Lee", "phone": phone}, submission_id="contact-page").status_code == 200
    assert [lead.phone for lead in website.leads()] == [LEE, STRANGER]
    assert website.received() == 2
