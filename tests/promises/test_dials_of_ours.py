"""What our own <Dial> asks for: whose number is shown, and how long a call may last at most (S3)."""

import re
from typing import Any

import pytest

from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, LEE, LINE, desk, organisation
from tests.support.world import SPEAKING, World
from webhooks.simulator.behaviours import Answers
from webhooks.simulator.people import CallerScript

LIMIT_S = 1234


def dials(world: World) -> list[dict[str, str]]:
    """The attributes of every <Dial> that was answered, and what stands in it."""
    found = []
    for request in world.network.requests:
        for attributes, inside in re.findall(r"<Dial([^>]*)>(.*?)</Dial>", request.body.decode()):
            found.append(dict(re.findall(r'(\w+)="([^"]*)"', attributes)) | {"inside": inside})
    return found


def lived(settings: Settings, bot: dict[str, Any], caller: str = LEE) -> list[dict[str, str]]:
    limits = settings.limits.model_copy(update={"call_time_limit_s": LIMIT_S})
    limited = settings.model_copy(update={"limits": limits})
    with World(limited, organisation(bot={"fallback": [desk()]} | bot), beats=SPEAKING) as world:
        world.phone(BEN, Answers(3, "1", 2, talks_s=5))
        world.call(caller, CallerScript(hangs_up_after_s=120))
        return dials(world)


@pytest.mark.parametrize(
    ("bot", "caller", "shown"),
    [
        ({}, LEE, LINE),
        ({"caller_id": "caller"}, LEE, LEE),
        ({"caller_id": "caller"}, "anonymous", LINE),
    ],
    ids=["our line", "the caller's own", "a withheld caller's never"],
)
def test_s03_a_dial_shows_the_number_that_the_bot_says_and_ends_in_time(
    settings: Settings, bot: dict[str, Any], caller: str, shown: str
) -> None:
    made = lived(settings, bot | {"group_ring": "hunt"}, caller)
    assert made
    assert {dial["callerId"] for dial in made} == {shown}
    assert {dial["timeLimit"] for dial in made} == {str(LIMIT_S)}


def test_s03_who_takes_the_caller_from_the_queue_talks_no_longer_either(settings: Settings) -> None:
    queued = [dial for dial in lived(settings, {"pattern": "simultaneous_group"}) if "<Queue" in dial["inside"]]
    assert [dial["timeLimit"] for dial in queued] == [str(LIMIT_S)]


def test_s03_a_call_back_shows_our_line_and_ends_in_time(settings: Settings) -> None:
    limits = settings.limits.model_copy(update={"call_time_limit_s": LIMIT_S})
    menu = [{"digits": "3", "words": ["later"], "say": "For a call back", "then": "callback"}]
    file = organisation(bot={"menu": menu})
    with World(settings.model_copy(update={"limits": limits}), file) as world:
        world.phone(ANA, Answers(2, "1", 2, talks_s=10))
        world.phone(LEE, Answers(2, "", talks_s=5))
        world.call(LEE, CallerScript(reactions=[("For a call back", "3")]))
        (dial,) = [dial for dial in dials(world) if LEE in dial["inside"]]
    assert (dial["callerId"], dial["timeLimit"]) == (LINE, str(LIMIT_S))
