"""Switches move as agents, calls and time say; what ends by itself is said once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sami.domain.agents.availability import (
    Ending,
    due_endings,
    end_what_is_due,
    is_calls_on,
    is_leads_on,
    leads_off,
    leads_on,
    opt_out,
    snooze,
    state_at,
    switch_off,
    switch_on,
)
from sami.domain.agents.misses_and_rests import after_attempt, after_talk, is_resting, ready
from sami.domain.agents.switches import Rest, Switches
from sami.domain.language.hours import Schedule
from sami.domain.language.trace import Reason

NOON = datetime(2026, 6, 1, 17, tzinfo=UTC)
"""Monday noon in Chicago."""
HOUR = timedelta(hours=1)
WEEK = Schedule("America/Chicago", "Mo-Fr 09:00-18:00", None)
ALWAYS = Schedule("America/Chicago", None, None)
ON = Switches()
NEITHER = (
    "declined",
    "snoozed",
    "unreachable",
    "invalid_number",
    "lost_race",
    "caller_left",
    "lost_after_accept",
    "blocked_by_carrier",
    "error",
    "unknown",
    "skipped",
)


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


def test_an_off_with_an_end_ends_by_itself() -> None:
    off = switch_off(ON, NOON + HOUR)
    assert not is_calls_on(off, NOON + HOUR - seconds(1))
    assert is_calls_on(off, NOON + HOUR)


def test_an_off_without_an_end_lasts_until_on() -> None:
    off = switch_off(ON, None)
    assert not is_calls_on(off, NOON + 1000 * HOUR)
    assert is_calls_on(switch_on(off), NOON)


def test_an_end_is_due_until_it_is_stored() -> None:
    off = leads_off(switch_off(ON, NOON), NOON)
    assert due_endings(off, NOON - seconds(1)) == ()
    assert due_endings(off, NOON) == (Ending.CALLS_OFF, Ending.LEADS_OFF)
    assert end_what_is_due(off, NOON) == ON
    assert due_endings(end_what_is_due(off, NOON), NOON) == ()


def test_a_pause_says_so_when_it_ends_and_a_short_rest_does_not() -> None:
    paused = replace(ON, resting_until=NOON, resting_why=Rest.PAUSED.value)
    assert due_endings(paused, NOON) == (Ending.PAUSE,)
    assert due_endings(after_talk(ON, NOON, 15), NOON + HOUR) == ()
    assert end_what_is_due(paused, NOON) == ON
    assert end_what_is_due(paused, NOON - seconds(1)) == paused


def test_on_ends_everything() -> None:
    everything = Switches(False, None, True, None, NOON + HOUR, "paused", 2, True)
    assert switch_on(everything) == ON


def test_ready_ends_rest_and_pause_but_not_an_off() -> None:
    off = replace(switch_off(ON, None), resting_until=NOON + HOUR, resting_why="paused")
    assert ready(off) == switch_off(ON, None)


def test_stop_means_off_until_on() -> None:
    stopped = opt_out(ON)
    assert not is_calls_on(stopped, NOON)
    assert due_endings(stopped, NOON) == ()
    assert switch_on(stopped) == ON


def test_leads_are_a_switch_of_their_own() -> None:
    off = leads_off(ON)
    assert is_calls_on(off, NOON)
    assert not is_leads_on(off, NOON)
    assert leads_on(off) == ON


def test_key_3_is_off_for_an_hour_and_never_shortens_an_off() -> None:
    assert snooze(ON, NOON) == switch_off(ON, NOON + HOUR)
    assert snooze(switch_off(ON, None), NOON) == switch_off(ON, None)
    assert snooze(switch_off(ON, NOON + 2 * HOUR), NOON) == switch_off(ON, NOON + 2 * HOUR)
    assert snooze(switch_off(ON, NOON), NOON) == switch_off(ON, NOON + HOUR)


def test_after_a_talk_there_is_time_to_wrap_up() -> None:
    talked = after_talk(ON, NOON, 15)
    assert is_resting(talked, NOON + seconds(14))
    assert not is_resting(talked, NOON + seconds(15))
    assert after_talk(ON, NOON, 0) == ON


@pytest.mark.parametrize(
    ("ended", "rest_s", "misses"),
    [
        ("accepted", 0, 0),
        ("busy", 60, 1),
        ("rang_out", 10, 2),
        ("no_key", 0, 2),
        *((ended, 0, 1) for ended in NEITHER),
    ],
)
def test_what_an_attempt_leaves_behind(ended: str, rest_s: int, misses: int) -> None:
    after, paused = after_attempt(replace(ON, misses=1), ended, NOON)
    assert (after.misses, paused) == (misses, False)
    assert is_resting(after, NOON) == (rest_s > 0)
    assert after.resting_until == (NOON + seconds(rest_s) if rest_s else None)


@pytest.mark.parametrize("ended", ["rang_out", "no_key"])
def test_three_misses_in_a_row_pause_for_half_an_hour(ended: str) -> None:
    after, paused = after_attempt(replace(ON, misses=2), ended, NOON)
    assert paused
    assert after == replace(ON, resting_until=NOON + 0.5 * HOUR, resting_why="paused")


def test_a_keyword_between_misses_starts_the_count_again() -> None:
    switches, _ = after_attempt(ON, "rang_out", NOON)
    switches, _ = after_attempt(switches, "no_key", NOON)
    switches, paused = after_attempt(ready(switches), "rang_out", NOON)
    assert (switches.misses, paused) == (1, False)


def test_a_short_rest_never_shortens_a_pause() -> None:
    paused = replace(ON, resting_until=NOON + HOUR, resting_why="paused")
    assert after_attempt(paused, "busy", NOON)[0] == paused


@pytest.mark.parametrize(
    ("switches", "at", "reason", "until", "opens_at"),
    [
        pytest.param(ON, NOON, Reason.PASSED, NOON + 6 * HOUR, NOON + 21 * HOUR, id="on duty until the hours end"),
        pytest.param(ON, NOON + 7 * HOUR, Reason.OUTSIDE_HOURS, NOON + 21 * HOUR, NOON + 21 * HOUR, id="outside hours"),
        pytest.param(
            switch_off(ON, NOON + HOUR), NOON, Reason.CALLS_OFF, NOON + HOUR, NOON + HOUR, id="off for an hour"
        ),
        pytest.param(
            switch_off(ON, NOON + 7 * HOUR), NOON, Reason.CALLS_OFF, NOON + 7 * HOUR, NOON + 21 * HOUR, id="off"
        ),
        pytest.param(switch_off(ON, None), NOON, Reason.CALLS_OFF, None, None, id="off until ON"),
        pytest.param(opt_out(ON), NOON, Reason.OPTED_OUT, None, None, id="texted STOP"),
        pytest.param(
            after_talk(ON, NOON, 15), NOON, Reason.RESTING, NOON + seconds(15), NOON + seconds(15), id="wrap-up"
        ),
    ],
)
def test_status_says_why_until_when_and_what_opens_next(
    switches: Switches, at: datetime, reason: Reason, until: datetime | None, opens_at: datetime | None
) -> None:
    state = state_at(switches, WEEK, at)
    assert (state.reason, state.until, state.opens_at) == (reason, until, opens_at)
    assert state.may_ring == (reason is Reason.PASSED)


def test_without_hours_an_on_has_no_end() -> None:
    state = state_at(ON, ALWAYS, NOON)
    assert (state.reason, state.until, state.opens_at) == (Reason.PASSED, None, None)


def test_an_absence_is_told_with_its_end() -> None:
    state = state_at(ON, WEEK, NOON, away_until=NOON + 100 * HOUR)
    assert (state.reason, state.until) == (Reason.OUT_OF_OFFICE, NOON + 100 * HOUR)
