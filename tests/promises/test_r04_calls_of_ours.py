"""R4 on the calls that we place: every request may come again, at once or at the end, and changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import SQLModel

from cadences.beats import BEATS
from sami.settings.loading import Settings
from tests.support.cast import ANA, LEE, LINE, agent, desk, olive, organisation
from tests.support.placing import know_lead, place
from tests.support.world import World
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores, Voicemail
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults
from webhooks.simulator.signing import sign

BEATING = tuple(replace(beat, every_s=2) for beat in BEATS if beat.name in ("legs", "call_backs", "bot_calls"))
MENU = [{"digits": "4", "say": "For a call back", "then": "callback"}]
ASKS = Answers(performs=CallerScript(reactions=[("press 0", "0")]))
LISTENS = Answers(presses="", talks_s=None)


def _bot_calls(world: World, lee: Behaviour) -> None:
    world.phone(LEE, lee)
    place(world, know_lead(world), message="Please call us back.")
    world.network.run_for(90)


def _calls_back(world: World, lee: Behaviour) -> None:
    know_lead(world)
    world.phone(LEE, lee)
    world.network.call(LEE, LINE, CallerScript(reactions=[("For a call back", "4")]))
    world.network.run_for(90)


STORIES: dict[str, tuple[Callable[[World, Behaviour], None], Behaviour]] = {
    "a lead who asks for a person": (_bot_calls, ASKS),
    "a lead who says nothing": (_bot_calls, LISTENS),
    "an answering machine": (_bot_calls, Voicemail(after_s=2)),
    "a call back": (_calls_back, LISTENS),
    "a call back that nobody answers": (_calls_back, Ignores()),
}


@pytest.mark.parametrize("story", STORIES)
def test_r04_every_request_of_a_call_of_ours_may_come_again(settings: Settings, story: str) -> None:
    """News comes twice and out of order while the call lasts, and everything once more when it is over."""
    file = organisation(bot={"menu": MENU, "fallback": [desk()]}, agents=[agent("ana"), olive()])
    with World(settings, file, beats=BEATING) as world:
        world.network.callbacks = CallbackFaults(repeat=1.0, shuffle=1.0, shuffle_within_s=4)
        world.phone(ANA, Answers(talks_s=20))
        play, lee = STORIES[story]
        play(world, lee)
        before, asked = _rows(world), list(world.network.requests)
        assert any("/placed/" in request.url or "/called" in request.url for request in asked)
        for request in asked:
            if "/wait/" not in request.url:
                assert _again(world, request) == request.body, request.url
        assert _rows(world) == before


def _again(world: World, request: Any) -> bytes:
    token = world.settings.twilio.auth_tokens[0].get_secret_value()
    headers = {"X-Twilio-Signature": sign(token, request.url, request.form)}
    answer = world.client.post(urlsplit(request.url).path, data=dict(request.form), headers=headers)
    assert answer.status_code in (200, 204)
    return answer.get_data()


def _rows(world: World) -> dict[str, list[Any]]:
    with world.database.read() as db:
        return {table.name: list(db.execute(table.select())) for table in SQLModel.metadata.sorted_tables}
