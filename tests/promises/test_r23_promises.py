"""R23: what we say will happen, happens: an offer of a call back, "shortly", a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.domain.calls.call_back_promise import promised_time
from sami.settings.loading import Settings
from sami.store.consents import bar_channel
from sami.store.texts import mark_bad_number
from tests.support.cast import ANA, LEE, agent, olive, organisation
from tests.support.world import MONDAY_10, World
from webhooks.simulator.behaviours import Answers, Ignores
from webhooks.simulator.people import CallerScript

SATURDAY_0230 = datetime(2026, 11, 14, 8, 30, tzinfo=UTC)  # 2:30 in Chicago.
WEEKDAYS = "Mo-Fr 09:00-18:00"
WANTS_CALL_BACK = CallerScript(reactions=[("call back", "1"), ("called back", "1")], ends_voicemail_with="#")
MENU = [{"digits": "3", "words": ["later"], "say": "For a call back", "then": "callback"}]
ASKS = CallerScript(reactions=[("For a call back", "3")], ends_voicemail_with="#")


def business(*, hours: str | None = None, bot: dict[str, Any] | None = None) -> str:
    ana = agent("ana", hours=hours) if hours else agent("ana")
    return organisation(agents=[ana, olive()], bot=bot or {})


def heard(world: World, call: Any) -> str:
    return " ".join(line for line in call.story if "hears say" in line)


def texts_to_lee(world: World) -> list[str]:
    return [text.body for text in world.network.texts if text.to == LEE]


def known(world: World) -> None:
    """Lee has called before and left."""
    world.call(LEE, CallerScript(hangs_up_after_s=1))


@pytest.mark.parametrize("code", [30006, 21614])
def test_r23_a_landline_whose_text_came_back_is_called_back_as_promised(settings: Settings, code: int) -> None:
    with World(settings, business(bot={"menu": MENU})) as world:
        known(world)
        with world.database.begin() as db:
            mark_bad_number(db, phone=LEE, error_code=code, at=MONDAY_10)
        world.phone(ANA, Answers(2, "1", 2, talks_s=20))
        world.phone(LEE, Answers(3, "", talks_s=20))
        call = world.call(LEE, ASKS)
        assert "will call you back on this number" in heard(world, call)
        world.network.run_for(60)
        assert world.network.heard_by(ANA) != []
        assert [ring.phone for ring in world.network.rings if ring.phone == LEE] == [LEE]


def test_r23_who_wants_texts_only_is_promised_no_call(settings: Settings) -> None:
    with World(settings, business(bot={"menu": MENU})) as world:
        known(world)
        with world.database.begin() as db:
            bar_channel(db, phone=LEE, channel="call", until=None, source="texts only", at=world.now)
        world.phone(ANA, Ignores())
        call = world.call(LEE, ASKS)
        assert "call you back" not in heard(world, call)
        missed = world.call(LEE, CallerScript(hangs_up_after_s=40))
        assert world.why(missed)["outcome"] == "missed_transfer"
        assert "Text us here, and a person will answer." in " ".join(texts_to_lee(world))
        assert "call you" not in " ".join(texts_to_lee(world))


def test_r23_nobody_is_promised_a_call_back_within_the_day_of_which_nobody_works(settings: Settings) -> None:
    with World(settings, business(hours=WEEKDAYS), at=SATURDAY_0230) as world:
        call = world.call(LEE, WANTS_CALL_BACK)
        assert "To be called back" not in heard(world, call)
        assert "leave a message" in heard(world, call)


def test_r23_a_call_back_at_night_names_the_morning(settings: Settings) -> None:
    with World(settings, business(hours=WEEKDAYS), at=MONDAY_10 + timedelta(hours=12)) as world:
        call = world.call(LEE, WANTS_CALL_BACK)
        assert "We will call you back on this number, tomorrow at 9:00 AM or later." in heard(world, call)
        assert world.network.rings == [], "and nobody is called in the middle of the night"


def test_r23_the_text_after_a_missed_call_names_when_the_task_is_due(settings: Settings) -> None:
    with World(settings, business(hours=WEEKDAYS), at=SATURDAY_0230) as world:
        call = world.call(LEE, CallerScript(hangs_up_after_s=8))
        world.network.run_for(60)
        (task,) = world.why(call)["tasks"]
        assert task["due_at"].startswith("2026-11-16T15:05")
        assert any("We will call you back on Monday at 9:05 AM." in text for text in texts_to_lee(world))


def test_r23_shortly_is_said_where_it_is_so(settings: Settings) -> None:
    with World(settings, business()) as world:
        world.phone(ANA, Ignores())
        world.call(LEE, CallerScript(hangs_up_after_s=40))
        world.network.run_for(60)
        assert any("We will call you back shortly." in text for text in texts_to_lee(world))


@pytest.mark.parametrize(
    ("after", "said", "in_spanish"),
    [
        (timedelta(minutes=60), "shortly", "en breve"),
        (timedelta(hours=3), "today at 1:00 PM", "hoy a las 13:00"),
        (timedelta(hours=23), "tomorrow at 9:00 AM", "mañana a las 9:00"),
        (timedelta(days=2, hours=3), "on Wednesday at 1:00 PM", "el miércoles a las 13:00"),
        (
            timedelta(days=9, hours=3),
            "on Wednesday, November 25, at 1:00 PM",
            "el miércoles 25 de noviembre a las 13:00",
        ),
    ],
)
def test_r23_a_time_is_said_as_people_say_it(after: timedelta, said: str, in_spanish: str) -> None:
    at = MONDAY_10 + after
    assert promised_time(at, MONDAY_10, "America/Chicago") == said
    assert promised_time(at, MONDAY_10, "America/Chicago", spanish=True) == in_spanish


# --- When nobody could be rung.

IN_SPANISH = {"language": "es-MX", "voice": "Polly.Mia"}


@pytest.mark.parametrize(
    ("people", "bot", "said"),
    [
        ([agent("ana", hours=WEEKDAYS)], {}, "just now. We are back on Monday at 9:00 AM."),
        ([agent("ana", hours=WEEKDAYS)], IN_SPANISH, "en este momento. Estaremos de vuelta el lunes a las 9:00."),
        ([agent("ana", hours=WEEKDAYS), agent("ben", hours="Sa 10:00-12:00")], {}, "We are back today at 10:00 AM."),
        ([agent("ana", hours="Sa 03:00-12:00")], {}, "We are back shortly."),
    ],
    ids=["the next day of work", "in Spanish", "whoever is first", "within the hour"],
)
def test_r23_who_reached_nobody_hears_at_once_when_somebody_will_be_there(
    settings: Settings, people: list[dict[str, Any]], bot: dict[str, Any], said: str
) -> None:
    with World(settings, organisation(agents=[*people, olive()], bot=bot), at=SATURDAY_0230) as world:
        world.call(LEE, CallerScript(ends_voicemail_with="#"))
        assert world.network.rings == []
        assert said in " ".join(each.text for each in world.network.heard_by(LEE))


@pytest.mark.parametrize(
    ("person", "values"),
    [
        (agent("ana"), {}),
        (agent("ana"), {"calls_on": False}),
        (agent("ana"), {"resting_until": MONDAY_10 + timedelta(minutes=20), "resting_why": "paused"}),
        (agent("ana", verified=False, hours="Sa 10:00-12:00"), {}),
    ],
    ids=["rung in vain", "off without an end", "on duty, but paused", "who never rings"],
)
def test_r23_no_time_is_named_that_might_not_be_true(
    settings: Settings, person: dict[str, Any], values: dict[str, Any]
) -> None:
    with World(settings, organisation(agents=[person, olive()])) as world:
        if values:
            world.set_agent("ana", **values)
        world.phone(ANA, Ignores())
        call = world.call(LEE, CallerScript(ends_voicemail_with="#"))
        assert "nobody could take your call" in heard(world, call)
        assert "We are back" not in heard(world, call)
