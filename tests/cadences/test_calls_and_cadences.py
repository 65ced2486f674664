"""A call ends what it makes pointless: whoever talked to us is not followed up as if they had not."""

from typing import Any

import pytest
import tomlkit

from cadences.beats import BEATS
from sami.settings.loading import Settings
from sami.store.cadences import enrolments
from tests.support.cadencing import CALL, DAY, TEXT
from tests.support.cast import ANA, BEN, LEE, organisation
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Ignores

INTAKE = {
    "key": "intake",
    "on": "lead_received",
    "actions": [
        {"do": "assign_to", "agent": "ana"},
        {"do": "change_stage", "stage": "CONTACTING"},
        {"do": "enrol", "cadence": "ten-day"},
    ],
}
TEN_DAY = {"key": "ten-day", "name": "Ten-day follow-up", "steps": [TEXT, DAY, CALL]}


OURS = [beat for beat in BEATS if beat.name in ("cadences", "texts", "legs")]


def business() -> str:
    return organisation() + tomlkit.dumps({"cadences": [TEN_DAY], "workflows": [INTAKE]})


def standing(world: World) -> list[Any]:
    with world.database.read() as db:
        return [(row.state, row.reason, row.call) for row in db.execute(enrolments.select())]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [pytest.param(True, "successful transfer", id="Ana answers"), pytest.param(False, "missed transfer", id="nobody")],
)
def test_r09_a_caller_whom_intake_enrols_is_not_texted_by_the_cadence(
    settings: Settings, answers: bool, outcome: str
) -> None:
    with World(settings, business(), beats=OURS) as world:
        for phone in (ANA, BEN):
            world.phone(phone, Answers(4, "1", 2, talks_s=60) if answers and phone == ANA else Ignores())
        call = world.call()
        told = world.why(call)
        assert standing(world) == [("cancelled", outcome, call.sid)]
        assert told["cadences_cancelled"] == ["ten-day"]
        world.network.run_for(120)
        assert [text.body for text in world.network.texts if text.to == LEE and text.body.startswith("Hi")] == []
