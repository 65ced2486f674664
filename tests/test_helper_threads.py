"""A helper thread that dies is started again, and seen."""

import time
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from sami import helper_threads
from sami.database.deadline import Watchdog
from sami.helper_threads import start_helper


def deaths(thread: str) -> float:
    return REGISTRY.get_sample_value("sami_helper_deaths_total", {"thread": thread}) or 0.0


def until(is_true: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < give_up_at, "it never became true"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_threads, "AGAIN_AFTER_S", 0.0)


def test_r22_a_helper_that_dies_is_begun_again_until_it_returns_and_each_death_is_counted() -> None:
    before, runs = deaths("mason"), []

    def work() -> None:
        runs.append(1)
        if len(runs) < 4:
            raise MemoryError

    start_helper("mason", work).join(10)
    assert (len(runs), deaths("mason") - before) == (4, 3)


def test_r02_a_deadline_is_kept_after_its_thread_has_died() -> None:
    before, cut = deaths("database-deadline"), []
    watchdog = Watchdog()
    watchdog._leashes = _Poisoned()
    watchdog.watch(lambda: cut.append(1), at=time.monotonic())
    until(lambda: cut)
    assert deaths("database-deadline") > before


class _Poisoned(set):  # type: ignore[type-arg]
    """Fails the first look."""

    looks = 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        self.looks += 1
        if self.looks == 1:
            raise MemoryError
        return super().__iter__()
