"""A line that the file forgot is answered all the same, and said to be missing there: no fault, not open for ever."""

import logging

import pytest
import tomlkit

from sami.settings.loading import Settings
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import LEE, STAFF_LINE, desk, organisation
from tests.support.world import World
from webhooks.simulator.behaviours import says_nothing
from webhooks.twilio.background import Background


def without_staff_line() -> str:
    document = tomlkit.parse(organisation(bot={"fallback": [desk()]})).unwrap()
    document["lines"] = [line for line in document["lines"] if line["phone"] != STAFF_LINE]
    return tomlkit.dumps(document)


def test_a_line_that_the_file_forgot_is_said_to_be_missing_there(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    fallback = settings.fallback.model_copy(update={"numbers": (desk()["phone"],)})
    with World(settings.model_copy(update={"fallback": fallback}), without_staff_line()) as world:
        world.phone(desk()["phone"], says_nothing(2, talks_s=10))
        with caplog.at_level(logging.WARNING):
            call = world.call(LEE, line=STAFF_LINE)
        assert [talk.phone for talk in call.joined] == [desk()["phone"]]
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR and record.exc_info]
        assert any(record.getMessage() == "line_not_in_organisation" for record in caplog.records)
        Background(world.edge).once()
        world.network.run_for(180)
        with world.database.read() as db:
            story = explain_call(db, call.sid)
    assert story is not None
    telling = describe_call(story)
    said = " ".join(moment.said for moment in telling.moments)
    assert f"The safety net answered, because {STAFF_LINE} is not in the organisation." in said
    assert "SAMI itself" not in said
    assert "yet" not in telling.result
