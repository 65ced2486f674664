"""R1: whatever breaks, and at whatever instant, a caller is rung through to somebody or leaves a message."""

import itertools
import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sami import logs, metrics
from sami.settings.loading import Settings
from tests.promises.test_r01_calls_of_ours import ENDPOINTS as OF_CALLS_OF_OURS
from tests.promises.test_r01_test_rings import ENDPOINTS as OF_TEST_RINGS
from tests.support.broken_world import BrokenWorld
from tests.support.cast import ANA, BEN, DESK, desk, organisation
from tests.support.counts import NIGHTLY, count
from tests.support.edges import BEGIN, COMMIT, EXECUTE, HTTP, Edges, Kind
from webhooks.app import create_app
from webhooks.simulator.behaviours import Answers, Behaviour, Ignores, passes, says_nothing
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript

pytestmark = pytest.mark.timeout(count(120, 1_800))

TWIML_PREFIX = "/webhooks/voice"
OWNER_ALONE: dict[str, Any] = {"pattern": "assigned_only", "fallback": [desk()]}
TOGETHER: dict[str, Any] = {"pattern": "simultaneous_group", "fallback": [desk()]}
MENU = [{"digits": "1", "words": ["buy"], "say": "To buy a home", "then": "transfer"}]
QUESTIONS = [{"attribute": "timeframe", "ask": "When do you plan to move?", "choices": ["now", "later"]}]
TALKS = says_nothing(talks_s=20)
TAKES = Answers(talks_s=20)
NOBODY = Ignores()
ENDS_MESSAGE = CallerScript(ends_voicemail_with="#")


@dataclass(frozen=True)
class Scenario:
    """A call in which one route is asked: who answers their phone, what the caller does."""

    endpoint: str
    bot: dict[str, Any] = field(default_factory=lambda: OWNER_ALONE)
    agents: Behaviour = NOBODY
    front_desk: Behaviour = TALKS
    caller: CallerScript = ENDS_MESSAGE
    unanswered: tuple[str, ...] = ()


REPORTS = Answers(performs=CallerScript(keys=[(2, "1")], reactions=[("What came of it", "3")]))
MESSAGE = {"pattern": "assigned_only"}
UNANSWERED = ("voice.incoming",)
CONFIRMED = OWNER_ALONE | {"fallback": [desk(confirm=True)]}

SCENARIOS = [
    Scenario("voice.incoming"),
    Scenario("voice.menu", OWNER_ALONE | {"menu": MENU}, caller=CallerScript(reactions=[("to buy", "1")])),
    Scenario("voice.menu_silence", OWNER_ALONE | {"menu": MENU}),
    Scenario("voice.question", OWNER_ALONE | {"questions": QUESTIONS}, caller=CallerScript(speech=["now"])),
    Scenario("voice.question_silence", OWNER_ALONE | {"questions": QUESTIONS}),
    Scenario("voice.dialled"),
    Scenario("voice.wait", TOGETHER),
    Scenario("voice.queue_key", TOGETHER, caller=CallerScript(keys=[(12, "2")], ends_voicemail_with="#")),
    Scenario("voice.queue_ended", TOGETHER),
    Scenario("voice.resume", TOGETHER | {"hold_music": "https://static.example.com/hold.mp3"}, agents=passes()),
    Scenario("voice.message", MESSAGE),
    Scenario("voice.message_key", MESSAGE, caller=CallerScript(reactions=[("stay on", "5")], ends_voicemail_with="#")),
    Scenario("legs.picked_up", agents=TAKES),
    Scenario("legs.pressed", agents=TAKES),
    Scenario("legs.pressed_again", agents=Answers(performs=CallerScript(keys=[(2, "9"), (5, "1")]))),
    Scenario("legs.parted", TOGETHER, agents=TAKES),
    Scenario("legs.result", TOGETHER, agents=REPORTS, caller=CallerScript(talks_s=10)),
    Scenario("safety.fallback", unanswered=UNANSWERED),
    Scenario("safety.dialled", front_desk=NOBODY, unanswered=UNANSWERED),
    Scenario("safety.confirm", CONFIRMED, front_desk=TAKES, unanswered=UNANSWERED),
    Scenario("safety.confirmed", CONFIRMED, front_desk=TAKES, unanswered=UNANSWERED),
    Scenario("safety.recorded", front_desk=NOBODY, unanswered=UNANSWERED),
]
STATUS_SCENARIOS = [
    Scenario("voice.status"),
    Scenario("legs.status"),
    Scenario("recordings.message", MESSAGE),
    Scenario("recordings.talk", OWNER_ALONE | {"record": True}, agents=TAKES),
]
BY_NAME = {scenario.endpoint: scenario for scenario in (*SCENARIOS, *STATUS_SCENARIOS)}
THOROUGH = ("voice.incoming", "voice.dialled", "legs.pressed", "safety.fallback", "safety.dialled")
ON_POSTGRES = ("voice.incoming", "legs.picked_up", "legs.pressed", "voice.dialled")

FAILURES = ("answered_without_database", "webhook_failed")

Play = Callable[..., tuple[BrokenWorld, SimulatedCall]]


@pytest.fixture
def play(sqlite_template: Path, tmp_path: Path) -> Play:
    """Lives through a scenario; each organisation is published once, each call gets a copy."""
    numbers = itertools.count()
    published: dict[str, Path] = {}

    def publish(file: str) -> Path:
        if file not in published:
            path = tmp_path / f"published-{len(published)}" / "sami.db"
            path.parent.mkdir()
            shutil.copyfile(sqlite_template, path)
            with BrokenWorld(_settings(f"sqlite:///{path}", path.parent), file, endpoint=""):
                pass
            published[file] = path
        return published[file]

    def lived(scenario: Scenario, edges: Edges | None = None, *, away: bool = False) -> Any:
        template = publish(organisation(bot=scenario.bot))
        path = tmp_path / str(next(numbers)) / "sami.db"
        path.parent.mkdir()
        shutil.copyfile(template, path)
        return _live(_settings(f"sqlite:///{path}", path.parent), "", scenario, edges, away=away)

    return lived


def _live(
    settings: Settings, file: str, scenario: Scenario, edges: Edges | None, *, away: bool = False
) -> tuple[BrokenWorld, SimulatedCall]:
    world = BrokenWorld(
        settings, file, endpoint=scenario.endpoint, edges=edges, unanswered=scenario.unanswered, away=away
    )
    with world:
        for agent in (ANA, BEN):
            world.phone(agent, scenario.agents)
        world.phone(DESK, scenario.front_desk)
        call = world.call(script=scenario.caller)
        world.settle()
    return world, call


def _settings(url: str, folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "server": {"public_url": "https://calls.example.com", "data_dir": folder},
            "database": {"url": url},
            "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
        }
    )


def test_r01_every_voice_route_has_a_scenario(tmp_path: Path) -> None:
    app = create_app(_settings(f"sqlite:///{tmp_path}/none.db", tmp_path), background=False)
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(TWIML_PREFIX)}
    assert routes == {*BY_NAME, *OF_CALLS_OF_OURS, *OF_TEST_RINGS}


@pytest.mark.parametrize("endpoint", [scenario.endpoint for scenario in SCENARIOS])
def test_r01_a_fault_at_any_edge_still_reaches_somebody(endpoint: str, play: Play) -> None:
    scenario = BY_NAME[endpoint]
    for kind, nth in faults_for(scenario, play):
        world, call = play(scenario, Edges(kind, nth))
        expect_never_silent(world, call, scenario)


@pytest.mark.parametrize("endpoint", [scenario.endpoint for scenario in SCENARIOS])
def test_r01_with_the_database_gone_a_fault_at_any_other_edge_still_reaches_somebody(endpoint: str, play: Play) -> None:
    scenario = BY_NAME[endpoint]
    for kind, nth in faults_for(scenario, play, away=True):
        world, call = play(scenario, Edges(kind, nth), away=True)
        expect_never_silent(world, call, scenario)


@pytest.mark.parametrize("endpoint", [scenario.endpoint for scenario in STATUS_SCENARIOS])
def test_r01_a_status_that_could_not_be_stored_is_not_acknowledged(endpoint: str, play: Play) -> None:
    scenario = BY_NAME[endpoint]
    for kind, nth in faults_for(scenario, play):
        world, call = play(scenario, Edges(kind, nth))
        assert world.reached_somebody(call), _told(world, call)
        expect_answered(world, scenario)
        told_of_failure = world.edges.kind in (Kind.EXCEPTION, Kind.TIMEOUT, Kind.GARBAGE)
        if told_of_failure and world.edges.hit in (EXECUTE, COMMIT, BEGIN) and endpoint != "recordings.message":
            assert world.watched is not None
            # Of a database that is busy for a moment the second try tells nobody, and has stored it.
            healed = kind is Kind.TIMEOUT and world.watched.status == 204
            assert healed or world.watched.status == 503, _told(world, call)


@pytest.mark.parametrize("endpoint", ["recordings.message", "voice.status", "legs.status", "recordings.talk"])
def test_r03_a_callback_that_is_neither_stored_nor_spooled_is_not_acknowledged(endpoint: str, play: Play) -> None:
    scenario = BY_NAME[endpoint]
    for kind, nth in faults_for(scenario, play, away=True):
        world, call = play(scenario, Edges(kind, nth), away=True)
        assert world.reached_somebody(call), _told(world, call)
        if kind.is_exit or world.watched is None:
            continue
        is_kept = any(task.recording_url for task in world.tasks)
        assert world.watched.status == 503 or is_kept, _told(world, call)


@pytest.mark.postgres
@pytest.mark.parametrize("endpoint", ON_POSTGRES)
def test_r01_on_postgresql_too_a_fault_at_any_edge_still_reaches_somebody(
    endpoint: str, postgres: Any, tmp_path: Path
) -> None:
    scenario = BY_NAME[endpoint]

    def lived(scenario: Scenario, edges: Edges | None = None, *, away: bool = False) -> Any:
        with postgres.copy() as url:
            return _live(_settings(url, tmp_path), organisation(bot=scenario.bot), scenario, edges)

    for kind, nth in faults_for(scenario, lived, every=2):
        world, call = lived(scenario, Edges(kind, nth))
        expect_never_silent(world, call, scenario)


def faults_for(scenario: Scenario, play: Play, *, away: bool = False, every: int = 1) -> list[tuple[Kind, int]]:
    """Each edge in each way at night. On every change each edge in one way, all ways in turn; where many routes take
    the same way through the code, every third edge of each.
    """
    unharmed, call = play(scenario, Edges(), away=away)
    assert unharmed.was_asked, "the scenario does not ask its route"
    assert HTTP not in unharmed.edges.crossed, "a voice handler asks nothing outside"
    expect_never_silent(unharmed, call, scenario)
    kinds, offset = list(Kind), len(scenario.endpoint)
    crossed = range(1, len(unharmed.edges.crossed) + 1)
    assert away or len(crossed) > 0 or scenario.endpoint in ("safety.confirm", "safety.confirmed", "safety.recorded")
    if NIGHTLY:
        return [(kind, nth) for nth in crossed for kind in kinds]
    if scenario.endpoint not in THOROUGH:
        every = 2 if away else 3
    return [(kinds[(nth + offset) % len(kinds)], nth) for nth in crossed[offset % every :: every]]


def expect_never_silent(world: BrokenWorld, call: SimulatedCall, scenario: Scenario) -> None:
    assert world.reached_somebody(call), _told(world, call)
    expect_answered(world, scenario)
    assert world.left_in_spool == [], _told(world, call)
    wanted = 0 if call.joined else 1
    # Of what a database claims to have kept and has not, nobody can tell: then a task too many is the safe side.
    allowed = {wanted, 1} if world.edges.kind is Kind.LIE and world.edges.hit == COMMIT else {wanted}
    assert len(world.tasks) in allowed, _told(world, call)


def expect_answered(world: BrokenWorld, scenario: Scenario) -> None:
    """Genuine requests to routes that answer TwiML: all 200, none empty. Statuses: 204, or 5xx when not stored."""
    statuses = {scenario.endpoint for scenario in STATUS_SCENARIOS}
    for endpoint, status in world.statuses:
        if endpoint in statuses:
            assert status in (204, 500, 502, 503), (endpoint, status, world.edges.hit)
        elif not (world.edges.kind.is_exit and endpoint == world.endpoint and status == 502):
            assert status == 200, (endpoint, status, world.edges.hit, world.edges.kind)
    if world.watched is not None and world.watched.status == 200:
        assert len(ElementTree.fromstring(world.watched.body)) > 0, world.watched.body  # noqa: S314 - we wrote it.


def _told(world: BrokenWorld, call: SimulatedCall) -> str:
    where = f"{world.edges.kind} at {world.edges.hit}, number {world.edges.fail_at}, in {world.endpoint}"
    return "\n".join([where, *call.story, *(str(fault) for fault in world.network.faults), str(world.statuses)])


@pytest.mark.parametrize("kind", [Kind.EXCEPTION, Kind.TIMEOUT, Kind.GARBAGE])
@pytest.mark.parametrize("endpoint", ["voice.incoming", "voice.dialled", "voice.wait", "legs.pressed", "voice.status"])
def test_r22_a_failure_is_one_line_with_the_call_in_it_and_counted(
    endpoint: str, kind: Kind, play: Play, capfd: pytest.CaptureFixture[str]
) -> None:
    scenario = BY_NAME[endpoint]
    unharmed, _ = play(scenario)
    first_statement = unharmed.edges.crossed.index(EXECUTE) + 1
    before = answers_of_the_safety_net()
    with json_logs():
        play(scenario, Edges(kind, first_statement))
    lines = log_lines(capfd)
    healed = kind is Kind.TIMEOUT and endpoint in ("legs.pressed", "voice.status")
    events, level = (("tried_once_more",), "warning") if healed else (FAILURES, "error")
    told = [line for line in lines if line["event"] in events]
    assert told, lines
    assert all(line["level"] == level and re.fullmatch("CA[0-9a-f]{32}", line["call_sid"]) for line in told)
    assert healed or answers_of_the_safety_net() - before >= len(told)
    assert not re.search(r"\+1512555\d{4}", json.dumps(lines))


def test_r22_a_call_that_only_the_fallback_url_answered_is_told_and_counted(
    play: Play, capfd: pytest.CaptureFixture[str]
) -> None:
    before = answers_of_the_safety_net()
    with json_logs():
        _, call = play(BY_NAME["safety.fallback"])
    lines = log_lines(capfd)
    [told] = [line for line in lines if line["event"] == "asked_at_the_fallback_url"]
    assert told["call_sid"] == call.sid
    assert answers_of_the_safety_net() == before + 1


def log_lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]


def answers_of_the_safety_net() -> float:
    return sum(
        sample.value
        for metric in metrics.safety_net_answers.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


@contextmanager
def json_logs() -> Iterator[None]:
    """As a process of ours writes them."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure_logs("INFO", "json")
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
