"""The line before the API: first come, first served; nobody waits for ever, and calls do not wait at all (R20)."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from webhooks.api import gate as gates
from webhooks.api.gate import Gate
from webhooks.api.refusals import Overloaded
from webhooks.server.lanes import Lanes

WITHIN_S = 10.0


def until(is_so: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)


def in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_who_waits_gets_the_place_in_the_order_of_the_line() -> None:
    gate, served = Gate(1, in_line=3), list[int]()

    def wait(number: int) -> None:
        with gate.place():
            served.append(number)

    with gate.place():
        threads = []
        for number in range(3):
            threads.append(in_thread(partial(wait, number)))
            until(lambda: len(gate._line) == len(threads))
        with pytest.raises(Overloaded), gate.place():
            pass
        assert served == []
    for thread in threads:
        thread.join(WITHIN_S)
    assert served == [0, 1, 2]
    with gate.place():
        pass


def test_who_waits_too_long_is_refused_and_leaves_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "WAITS_S", 0.01)
    gate = Gate(1, in_line=1)
    for _ in range(2):
        with gate.place(), pytest.raises(Overloaded), gate.place():
            pass
    with gate.place():
        pass


def test_never_more_than_so_many_at_once_and_everybody_is_served() -> None:
    gate, lock, inside, most, served = Gate(2, in_line=50), threading.Lock(), [0], [0], [0]

    def work() -> None:
        for _ in range(20):
            with gate.place():
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0)
                with lock:
                    inside[0] -= 1
                    served[0] += 1

    threads = [in_thread(work) for _ in range(16)]
    for thread in threads:
        thread.join(WITHIN_S)
    assert (most[0], served[0], inside[0]) == (2, 320, 0)


def test_who_waits_for_somebody_elsewhere_keeps_nobody_waiting_and_is_first_when_back() -> None:
    gate, order = Gate(1, in_line=2), list[str]()
    gone, return_ = threading.Event(), threading.Event()

    def travel() -> None:
        with gate.place():
            with gate.away():
                gone.set()
                return_.wait(WITHIN_S)
            order.append("back")

    def work(name: str) -> None:
        with gate.place():
            order.append(name)

    threads = [in_thread(travel)]
    assert gone.wait(WITHIN_S)
    with gate.place():
        threads.append(in_thread(partial(work, "later")))
        until(lambda: len(gate._line) == 1)
        with pytest.raises(Overloaded), gate.place():
            pass  # Who is away counts: there is a thread for each.
        return_.set()
        until(lambda: len(gate._line) == 2)
    for thread in threads:
        thread.join(WITHIN_S)
    assert order == ["back", "later"]


def test_a_failure_gives_the_place_back() -> None:
    gate = Gate(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), gate.place(), gate.away():
            1 / 0  # noqa: B018 - it is to fail.


def test_r20_calls_have_threads_that_the_api_cannot_take() -> None:
    """However many requests of the API stand about, a call is let in; and calls only as many at once as may be."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def application(environ: dict[str, Any], _: Any) -> list[bytes]:
        entered.release()
        leave.wait(WITHIN_S)
        return []

    lanes = Lanes(application, 1)

    def come(path: str) -> threading.Thread:
        return in_thread(lambda: [*lanes({"PATH_INFO": path}, None)] and None)

    threads = [come("/api/v1/leads") for _ in range(5)]
    threads += [come("/webhooks/voice")]
    for _ in range(6):
        assert entered.acquire(timeout=WITHIN_S)
    threads += [come("/webhooks/sms")]
    assert not entered.acquire(timeout=0.05)
    leave.set()
    for thread in threads:
        thread.join(WITHIN_S)
    assert entered.acquire(timeout=WITHIN_S)
