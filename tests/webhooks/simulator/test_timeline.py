"""Time is jumped through by tests, and lived through by the demo."""

import threading
from datetime import datetime, timedelta

import pytest

from tests.webhooks.simulator.program import START
from webhooks.simulator.timeline import Endless, Timeline


def test_events_happen_in_order_of_time_then_of_planning() -> None:
    timeline = Timeline(START)
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, (timeline.now - START).total_seconds()))

    timeline.after(5, lambda: note("third"))
    timeline.after(2, lambda: note("first"))
    timeline.after(2, lambda: note("second"))
    timeline.run()
    assert seen == [("first", 2), ("second", 2), ("third", 5)]


def test_beats_keep_time_but_keep_nobody_waiting() -> None:
    timeline = Timeline(START)
    beats: list[datetime] = []
    timeline.every(1, lambda: beats.append(timeline.now))
    timeline.after(3.5, lambda: None)
    timeline.run()
    assert len(beats) == 3
    timeline.run_for(10)
    assert len(beats) == 13
    assert timeline.now == START + timedelta(seconds=13.5)


def test_watchers_learn_each_new_instant_before_its_events() -> None:
    timeline = Timeline(START)
    seen: list[datetime] = []
    clock: list[datetime] = []
    timeline.on_advance(clock.append)
    timeline.after(4, lambda: seen.append(clock[-1]))
    timeline.run()
    assert seen == [START + timedelta(seconds=4)]


def test_something_that_spins_is_stopped() -> None:
    timeline = Timeline(START, events_max=50)

    def again() -> None:
        timeline.after(0, again)

    again()
    with pytest.raises(Endless):
        timeline.run()


def test_a_cancelled_event_neither_happens_nor_moves_time() -> None:
    timeline = Timeline(START)
    event = timeline.after(60, lambda: pytest.fail("it was cancelled"))
    event.cancelled = True
    timeline.run()
    assert timeline.now == START


def test_real_time_can_be_skipped_and_takes_work_from_any_thread() -> None:
    timeline = Timeline(START)
    happened = threading.Event()
    timeline.after(3600, happened.set)
    timeline.start()
    try:
        assert not happened.wait(0.05)
        timeline.skip(3600)
        assert happened.wait(5)
    finally:
        timeline.stop()
    assert timeline.now >= START + timedelta(seconds=3600)
