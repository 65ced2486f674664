"""R4: every webhook may come twice, late, out of order, at once: same final state, side effects once, same words."""

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, CY, DESK, agent, desk, olive, organisation
from tests.support.counts import count
from tests.support.recorded import Played, Script, Stage, orders_of_the_last, record, shuffled
from tests.support.web_processes import OtherProcess, WebProcess, two_processes
from webhooks.simulator.behaviours import (
    Answers,
    Behaviour,
    Busy,
    DoesNotExist,
    Ignores,
    Voicemail,
    passes_for_an_hour,
    says_nothing,
)
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults

pytestmark = pytest.mark.timeout(count(120, 7_200))
TOGETHER = {"pattern": "simultaneous_group", "fallback": [desk()]}
LEAVES_BY_KEY = CallerScript(ends_voicemail_with="#")


@dataclass(frozen=True)
class Told:
    """A call as it is lived through, and what it comes to."""

    phones: dict[str, Behaviour]
    comes_to: str
    ends: tuple[str, ...]
    bot: dict[str, Any] = field(default_factory=dict)
    agents: tuple[dict[str, Any], ...] = (agent("ana"), agent("ben"), olive())
    caller: CallerScript = LEAVES_BY_KEY
    callbacks: CallbackFaults | None = None


STORIES = {
    "the owner answers": Told({ANA: Answers(talks_s=20)}, "successful_transfer", ("accepted",)),
    "the owner is busy and the group takes the call": Told(
        {ANA: Busy(), BEN: Answers(talks_s=20)}, "successful_transfer", ("busy", "accepted")
    ),
    "all voicemails, then the fallback": Told(
        {
            ANA: Voicemail(after_s=3, speaks_s=20),
            BEN: Voicemail(after_s=2, speaks_s=20),
            DESK: says_nothing(talks_s=20),
        },
        "successful_transfer",
        ("no_key", "no_key", "accepted"),
        TOGETHER,
    ),
    "the group passes in every way there is": Told(
        {ANA: passes_for_an_hour(), BEN: Busy(), CY: DoesNotExist(), DESK: Ignores()},
        "missed_transfer",
        ("snoozed", "busy", "invalid_number", "rang_out"),
        TOGETHER,
        (agent("ana"), agent("ben"), agent("cy"), olive()),
    ),
    "the caller hangs up while the owner's phone rings": Told(
        {ANA: Ignores()}, "missed_transfer", ("caller_left",), caller=CallerScript(hangs_up_after_s=12)
    ),
    "the caller hangs up in the queue": Told(
        {ANA: Ignores(), BEN: Ignores()},
        "missed_transfer",
        ("caller_left", "caller_left"),
        TOGETHER,
        caller=CallerScript(hangs_up_after_s=12),
    ),
    "the caller hangs up while the owner hears who calls": Told(
        {ANA: Answers(press_after_s=8)},
        "missed_transfer",
        ("caller_left",),
        caller=CallerScript(hangs_up_after_s=12),
    ),
    "the caller leaves a message": Told(
        {ANA: Busy(), BEN: Ignores()}, "missed_transfer", ("busy", "rang_out"), {"pattern": "assigned_then_group"}
    ),
    "a desk phone without a screen answers": Told(
        {ANA: says_nothing(talks_s=20)},
        "successful_transfer",
        ("accepted",),
        agents=(agent("ana", screening=False), agent("ben"), olive()),
    ),
    "the caller hangs up after talking to a desk phone": Told(
        {ANA: says_nothing(talks_s=None)},
        "successful_transfer",
        ("accepted",),
        agents=(agent("ana", screening=False), agent("ben"), olive()),
        caller=CallerScript(talks_s=20),
    ),
    "the caller hangs up after talking to somebody of the group": Told(
        {ANA: Answers(talks_s=None), BEN: Ignores()},
        "successful_transfer",
        ("accepted", "lost_race"),
        TOGETHER,
        caller=CallerScript(talks_s=20),
    ),
    "who accepts is gone before the caller waits": Told(
        {ANA: Answers(1, "1", 1, hangs_up_after_s=1.5), BEN: Ignores(), DESK: says_nothing(talks_s=20)},
        "successful_transfer",
        ("lost_after_accept", "lost_race", "accepted"),
        TOGETHER | {"greeting": "Thanks for calling. " * 8},
    ),
    "a leg of which half the news is lost takes the call": Told(
        {ANA: Answers(talks_s=20), BEN: Ignores()},
        "successful_transfer",
        ("accepted", "lost_race"),
        TOGETHER,
        callbacks=CallbackFaults(lose=0.5),
    ),
}
BY_STORY = pytest.mark.parametrize("story", STORIES)
Recorded = Callable[[str], Script]


@pytest.fixture(scope="module")
def recorded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Each call is lived through once; its requests are the same wherever they are played again."""
    scripts: dict[str, Script] = {}

    def recording_of(story: str) -> Script:
        if story not in scripts:
            told = STORIES[story]
            file = organisation(bot=told.bot, agents=list(told.agents))
            settings = _settings(sqlite_template, tmp_path_factory.mktemp("recording"))
            scripts[story], why = record(settings, file, told.phones, told.caller, told.callbacks)
            ends = sorted(attempt["ended"] for attempt in why["attempts"])
            assert (why["outcome"], ends) == (told.comes_to, sorted(told.ends)), "the recording is what its name says"
        return scripts[story]

    return recording_of


@pytest.fixture
def stage(settings: Settings) -> Iterator[Stage]:
    with WebProcess(settings) as web:
        opened = Stage(settings, web)
        yield opened
        opened.database.close()


@BY_STORY
def test_r04_every_order_of_the_last_events_of_a_call_ends_alike(story: str, recorded: Recorded, stage: Stage) -> None:
    script = recorded(story)
    expected = as_it_happened(script, stage)
    for order in orders_of_the_last(script, count(4, 6)):
        played = stage.play(script, order)
        assert played.difference(expected) == [], order


@pytest.mark.parametrize("story", ["all voicemails, then the fallback", "the group passes in every way there is"])
def test_r04_the_late_end_of_a_leg_is_written_down_and_held_against_nobody(
    story: str, recorded: Recorded, stage: Stage
) -> None:
    script = recorded(story)
    expected = as_it_happened(script, stage).state
    queue_left = next(n for n, step in enumerate(script.steps) if step.get("QueueResult") == "leave")
    for late in [n for n in script.steps[queue_left].needs if not script.steps[n].is_document]:
        others = [n for n in range(len(script.steps)) if n != late]
        unheard, heard = stage.play(script, others).state, stage.play(script, [*others, late]).state
        assert heard["attempts"] == expected["attempts"]
        assert apart_from_the_leg(heard) == apart_from_the_leg(unheard)
        for key, standing in heard["agents"].items():
            assert standing["misses"] <= unheard["agents"][key]["misses"], "what turns out to be no miss is taken back"
        assert not any(agent["reserved_until"] for agent in heard["agents"].values()), "the phone is known to be free"


def apart_from_the_leg(state: dict[str, Any]) -> dict[str, Any]:
    """Without how the leg ended, whether its agent is still kept for it, and whether it was a miss."""
    kept = ("reserved_until", "reserved_call", "misses")
    agents = {
        key: {name: value for name, value in agent.items() if name not in kept}
        for key, agent in state["agents"].items()
    }
    return {**state, "agents": agents, "attempts": None}


def test_r04_shuffled_calls_with_repeats_end_alike(recorded: Recorded, sqlite_template: Path, tmp_path: Path) -> None:
    settings = _settings(sqlite_template, tmp_path)
    with WebProcess(settings) as web:
        expect_no_difference(recorded, Stage(settings, web), count(400, 8_000), noisy=True)


@pytest.fixture(scope="module")
def processes() -> Iterator[Sequence[OtherProcess]]:
    with two_processes() as both:
        yield both


def test_r04_calls_heard_by_two_processes_at_once_end_alike(
    recorded: Recorded, settings: Settings, processes: Sequence[OtherProcess]
) -> None:
    for process in processes:
        process.open(settings)
    expect_no_difference(recorded, Stage(settings, None, processes), count(50, 1_000), noisy=False)


def expect_no_difference(recorded: Recorded, stage: Stage, rounds: int, *, noisy: bool) -> None:
    for number, story in enumerate(STORIES):
        script = recorded(story)
        expected = as_it_happened(script, stage)
        for seed in range(number, rounds, len(STORIES)):
            order = shuffled(script, random.Random(seed))
            played = stage.play(script, order, random.Random(seed) if noisy else None)
            assert played.difference(expected) == [], (story, order)
    stage.database.close()


def as_it_happened(script: Script, stage: Stage) -> Played:
    return stage.play(script, range(len(script.steps)))


def _settings(template: Path, directory: Path) -> Settings:
    shutil.copyfile(template, directory / "sami.db")
    return Settings.model_validate(
        {
            "server": {"public_url": "https://calls.example.com", "data_dir": directory},
            "database": {"url": f"sqlite:///{directory / 'sami.db'}"},
            "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
            "fallback": {"numbers": [DESK]},
        }
    )
