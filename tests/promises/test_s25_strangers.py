"""A visitor cannot make us text or call a stranger without bounds, nor say what they like in our name (S25)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cadences.beats import BEATS
from sami.domain.language.actor import ActorKind
from sami.domain.language.phone import E164
from sami.domain.organisation.document import Action
from sami.domain.outcomes.actions import Facts, act, placeholders_of
from sami.domain.outcomes.effects import SendText
from sami.domain.outcomes.recipients import Recipients
from sami.settings.loading import Settings
from sami.store.outbound_calls import placed_calls
from sami.store.work import outbox_items
from tests.support.cast import ANA, LEE, LINE, OLIVE, PHONES, STAFF_LINE, STRANGER, organisation
from tests.support.placing import know_lead, place
from tests.support.world import MONDAY_10, World
from tests.webhooks.api.conftest import sami
from webhooks.simulator.behaviours import Answers
from webhooks.simulator.people import CallerScript

__all__ = ["sami"]

BEATS_THAT_SPEAK = tuple(beat for beat in BEATS if beat.name in ("legs", "texts", "bot_calls", "notices"))
INVENTED = [
    *(f"+1876234{number:04}" for number in range(10)),  # Jamaica.
    *(f"+447400{number:06}" for number in range(10)),
    *(f"+23480312{number:05}" for number in range(10)),
    *(f"+1900234{number:04}" for number in range(5)),
    *(f"+1512976{number:04}" for number in range(5)),
    *(f"+37120{number:06}" for number in range(5)),
    *(f"+8816123{number:05}" for number in range(5)),
]
FILE = organisation(bot={"pattern": "assigned_only"})


@pytest.fixture
def new_world(settings: Settings) -> Iterator[Callable[..., World]]:
    """A business whose agents do not answer, with these `[limits]`."""
    opened: list[World] = []

    def make(**limits: int) -> World:
        said = settings.model_copy(update={"limits": settings.limits.model_copy(update=limits)})
        world = World(said, FILE, beats=BEATS_THAT_SPEAK).__enter__()
        opened.append(world)
        return world

    yield make
    for world in opened:
        world.__exit__(None, None, None)


def miss(world: World, caller: str) -> None:
    """A call that nobody takes, and whose caller leaves."""
    world.network.call(caller, LINE, CallerScript(hangs_up_after_s=5))
    world.network.run()
    world.network.run_for(15)


def texted(world: World, phone: str | None = None) -> list[str]:
    """Texts to this phone, or to everybody who is none of ours."""
    outside = [text for text in world.network.texts if text.to not in PHONES.values()]
    return [text.body for text in outside if phone in (None, text.to)]


def test_s25_a_missed_call_texts_nobody_whom_we_would_not_call(new_world: Callable[..., World]) -> None:
    world = new_world()
    for caller in INVENTED:
        miss(world, caller)
    assert texted(world) == []
    miss(world, LEE)
    assert len(texted(world, LEE)) == 1


def test_s25_one_phone_is_texted_so_often_within_an_hour_and_a_day_and_others_all_the_same(
    new_world: Callable[..., World],
) -> None:
    world = new_world(texts_per_phone_per_hour=3, texts_per_phone_per_day=5)
    for _ in range(10):
        miss(world, LEE)
    assert len(texted(world, LEE)) == 3
    miss(world, STRANGER)
    assert len(texted(world, STRANGER)) == 1
    for _ in range(2):
        world.network.run_for(3600)
        for _ in range(4):
            miss(world, LEE)
    assert len(texted(world, LEE)) == 5
    assert reasons(world) >= {
        "3 texts within an hour to the phone ending 0142 are as many as [limits] permits",
        "5 texts within a day to the phone ending 0142 are as many as [limits] permits",
    }


@pytest.mark.parametrize("limit", ["texts_per_line_per_hour", "texts_per_country_per_day"])
def test_s25_a_line_and_a_country_have_caps_of_their_own(new_world: Callable[..., World], limit: str) -> None:
    world = new_world(**{limit: 2})
    for number in range(4):
        miss(world, f"+1512555{number + 300:04}")
    assert len(texted(world)) == 2


def test_s25_texts_to_all_stop_when_they_are_too_many_until_somebody_lifts_it(
    new_world: Callable[..., World], sami: Any
) -> None:
    world = new_world(texts_per_hour=3)
    for number in range(6):
        miss(world, f"+1512555{number + 300:04}")
    assert len(texted(world)) == 3
    told = [text.body for text in world.network.texts_to(OLIVE) if "stopped" in text.body]
    assert told == [
        "Texts to leads are stopped: 3 texts within an hour are as many as [limits] permits. Who calls or fills in a "
        "form meanwhile gets no text from us. Look who came in, then: sami limits lift"
    ]
    world.network.run_for(2 * 3600)
    miss(world, "+15125550310")
    assert len(texted(world)) == 3, "time alone does not lift it"
    assert sami("limits").output == (
        "Texts to leads are stopped since 2026-11-16 16:01 UTC: 3 texts within an hour are as many as [limits] "
        "permits.\nWhen you have seen who they went to: sami limits lift texts\n"
    )
    assert sami("limits", "lift").output == "Texts to leads leave again.\n"
    miss(world, "+15125550311")
    assert len(texted(world)) == 4, "what was held back meanwhile is not made up for"
    assert sami("limits").output == "Nothing is stopped.\n"
    assert sami("limits", "lift").exit_code == 1


def test_s25_bot_calls_have_their_own_caps_and_their_own_stop(new_world: Callable[..., World], sami: Any) -> None:
    world = new_world(bot_calls_per_hour=2)
    for number in range(4):
        phone = f"+1512555{number + 300:04}"
        place(world, know_lead(world, phone=phone, name=""), phone=phone, dedupe_key=f"call/{number}")
        world.network.run_for(60)
    assert len(world.network.rings) == 2
    with world.database.read() as db:
        whys = [row.why for row in db.execute(placed_calls.select().order_by(placed_calls.c.id))]
    why = "calls are stopped: 2 calls within an hour are as many as [limits] permits"
    assert whys == ["", "", why, why]
    assert sami("limits", "lift", "calls").output == "Calls to leads leave again.\n"
    miss(world, LEE)
    assert len(texted(world, LEE)) == 1, "texts were never stopped"


def test_s25_what_an_agent_writes_counts_nowhere(new_world: Callable[..., World]) -> None:
    world = new_world(texts_per_phone_per_hour=1, texts_per_hour=1)
    lead_id = know_lead(world)
    for number in range(3):
        world.network.text(ANA, STAFF_LINE, f"{lead_id} This is Ana, answer {number}.")
        world.network.run_for(15)
    assert len(texted(world, LEE)) == 3


def reasons(world: World) -> set[str]:
    with world.database.read() as db:
        held = db.execute(outbox_items.select().where(outbox_items.c.state == "cancelled"))
        return {row.error for row in held}


EVIL = "https://evil.example/pay?now, Maria"


def test_s25_a_name_that_is_none_is_neither_said_nor_written_to_a_stranger(new_world: Callable[..., World]) -> None:
    values = placeholders_of(EVIL, None, "Harbor Homes")
    facts = Facts(
        ActorKind.WORKFLOW, "w", "k", "k", MONDAY_10, Recipients(), values, lead_line=E164(LINE), phone=E164(LEE)
    )
    [text] = act(Action("text_lead", say="Hi {lead.first_name} ({lead.name})."), 1, facts).effects
    assert isinstance(text, SendText)
    assert text.body == "Hi there."
    world = new_world()
    world.phone(LEE, Answers())
    place(world, know_lead(world, name=EVIL))
    world.network.run_for(30)
    assert world.network.heard_by(LEE)[0].text == "Hello, this is Harbor Homes."
