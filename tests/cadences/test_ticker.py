"""A beat comes again and again: never twice at once, and never ended by its own failure."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime

from cadences.beats import Beat
from cadences.ticker import Ticker
from sami import metrics

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON_S = 5


class Seen:
    """A worker that remembers when it was woken."""

    def __init__(self) -> None:
        self.instants: list[datetime] = []
        self.twice = threading.Event()
        self.at_once = 0
        self.at_once_max = 0


def remember(seen: Seen, now: datetime) -> None:
    seen.instants.append(now)
    if len(seen.instants) >= 2:
        seen.twice.set()


def dawdle(seen: Seen, now: datetime) -> None:
    seen.at_once += 1
    seen.at_once_max = max(seen.at_once_max, seen.at_once)
    threading.Event().wait(0.1)
    seen.at_once -= 1
    remember(seen, now)


def fail(seen: Seen, now: datetime) -> None:
    remember(seen, now)
    raise ValueError("the database is gone")


def run_until_twice(beats: Iterable[Beat[Seen]], seen: Seen) -> None:
    ticker = Ticker(beats, seen, lambda: NOON)
    ticker.start()
    try:
        assert seen.twice.wait(SOON_S)
    finally:
        ticker.stop()


def test_a_beat_gets_the_instant_from_our_clock() -> None:
    seen = Seen()
    run_until_twice([Beat("remember", 0.02, remember)], seen)
    assert set(seen.instants) == {NOON}


def test_a_slow_beat_is_never_run_twice_at_once() -> None:
    seen = Seen()
    run_until_twice([Beat("dawdle", 0.02, dawdle)], seen)
    assert seen.at_once_max == 1


def test_r22_a_beat_that_fails_is_counted_and_comes_again() -> None:
    seen, failures = Seen(), metrics.beat_failures.labels("fail")
    before = failures._value.get()
    run_until_twice([Beat("fail", 0.02, fail)], seen)
    assert failures._value.get() - before >= 2


def test_whoever_listens_hears_how_each_run_ended() -> None:
    heard: list[tuple[str, str]] = []
    ticker = Ticker([], Seen(), lambda: NOON, lambda beat, failure: heard.append((beat, type(failure).__name__)))
    assert ticker.run_once(Beat("remember", 1, remember))
    assert not ticker.run_once(Beat("fail", 1, fail))
    assert heard == [("remember", "NoneType"), ("fail", "ValueError")]


def test_stopping_waits_for_the_beat_under_way() -> None:
    seen, begun = Seen(), threading.Event()

    def begin(worker: Seen, now: datetime) -> None:
        begun.set()
        dawdle(worker, now)

    ticker = Ticker([Beat("begin", 0.02, begin)], seen)
    ticker.start()
    assert begun.wait(SOON_S)
    ticker.stop()
    assert seen.at_once == 0
    assert seen.instants
