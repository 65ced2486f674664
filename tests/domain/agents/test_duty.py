"""When is nobody left, and who comes back first?"""

from datetime import UTC, date, datetime, timedelta

import pytest

from sami.domain.agents.duty import is_left_alone, is_on_duty, next_return
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.hours import Schedule
from sami.domain.language.phone import E164

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
ALWAYS = Schedule("America/Chicago", None, None)
OFF = {"calls_on": False, "off_until": NOON + timedelta(hours=1)}
PAUSED = {"resting_why": "paused", "resting_until": NOON + timedelta(minutes=30)}
NIGHT = {"open_now": False}


def agent(key: str = "ana", **facts: object) -> AgentFacts:
    return AgentFacts(id=1, key=key, name=key, phone=E164("+15125550101"), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "on_duty"),
    [
        pytest.param({}, True, id="on"),
        pytest.param({"resting_why": "wrap_up", "resting_until": NOON + timedelta(seconds=15)}, True, id="in wrap-up"),
        pytest.param({"bridged": True, "reserved_until": NOON + timedelta(hours=1)}, True, id="on a call"),
        pytest.param({**PAUSED, "resting_until": NOON}, True, id="a pause that is over"),
        pytest.param(PAUSED, False, id="paused"),
        pytest.param(OFF, False, id="off"),
        pytest.param(NIGHT, False, id="outside hours"),
        pytest.param({"away_through": date(2026, 3, 2)}, False, id="away"),
        pytest.param({"opted_out": True}, False, id="texted STOP"),
    ],
)
def test_who_is_on_duty(facts: dict[str, object], on_duty: bool) -> None:
    assert is_on_duty(agent(**facts), NOON) is on_duty


@pytest.mark.parametrize(
    ("team", "is_alone"),
    [
        pytest.param(({}, OFF), False, id="one is left"),
        pytest.param((OFF, PAUSED), True, id="one off, one paused"),
        pytest.param((OFF, NIGHT), True, id="one off, the other's shift is over"),
        pytest.param((NIGHT, NIGHT), False, id="night"),
        pytest.param(({**OFF, **NIGHT}, NIGHT), False, id="off at night"),
        pytest.param(({"calls_on": False},), False, id="an agent who never rings"),
        pytest.param(({**OFF, "verified": False},), False, id="an agent who could not ring"),
        pytest.param((), False, id="an empty team"),
    ],
)
def test_a_team_is_left_alone_by_switches_not_by_the_clock(team: tuple[dict[str, object], ...], is_alone: bool) -> None:
    assert is_left_alone([agent(**facts) for facts in team], NOON) is is_alone


def test_the_first_to_come_back_is_named() -> None:
    team = [(agent(**OFF), ALWAYS), (agent(**PAUSED), ALWAYS), (agent(opted_out=True), ALWAYS)]
    assert next_return(team, NOON) == NOON + timedelta(minutes=30)
    assert next_return([(agent(calls_on=False), ALWAYS)], NOON) is None


def test_who_is_away_comes_back_after_the_last_day() -> None:
    team = [(agent(away_through=date(2026, 3, 4)), ALWAYS)]
    assert next_return(team, NOON) == datetime(2026, 3, 5, 6, tzinfo=UTC)
