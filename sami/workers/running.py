"""One step with its tries: in this thread, or in one of its own that is left behind when its time is over."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random_exponential

from sami import clock, logs
from sami.domain.assignment.pipeline_step import StepResult, StepState
from sami.workers.contracts import StepInput, StepOutput, Worker, WorkerFailed
from sami.workers.plan import PlannedStep

TRIES_MAX = 3
BACKOFF_S, BACKOFF_MAX_S = 0.02, 0.2
SHORTEST_S = 0.01
RUNNING_MAX = 16
"""Threads of one version at once: whatever hangs for good holds no more of them than that."""

_log = logs.logger(__name__)
_slots: dict[tuple[str, str], threading.BoundedSemaphore] = {}
_making = threading.Lock()


class Attempt:
    """A step under way. `result` is there in time, whatever the worker does."""

    def __init__(self, step: PlannedStep, asked: StepInput) -> None:
        self.step = step
        self._asked = asked
        self._began = clock.monotonic()
        self._tries = 0
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._result: StepResult | None = None

    def run(self) -> None:
        """Here and once: workers of ours would fail again as they did."""
        self._settle(self._try)

    def start(self) -> None:
        """In a thread that is left behind when nobody waits any more."""
        worker = self.step.worker
        if self._asked.timeout_s < SHORTEST_S:
            self._fail("was not asked: no time was left")
            return
        slots = _slots_of(worker)
        if not slots.acquire(blocking=False):
            self._fail("was not asked: too many earlier requests hang")
            return
        name = f"intake {worker.capability}"
        try:
            threading.Thread(target=self._run_beside, args=(slots,), name=name, daemon=True).start()
        except RuntimeError:
            slots.release()
            self._fail("was not asked: this machine can start no thread")

    def result(self) -> StepResult:
        ends_at = self._began + self._asked.timeout_s
        if not self._done.wait(max(0.0, ends_at - clock.monotonic())) and self._fail("did not answer in time"):
            self.step.worker.abandoned()
        assert self._result is not None, "done, or just given up"
        return self._result

    def _run_beside(self, slots: threading.BoundedSemaphore) -> None:
        retrying = Retrying(
            stop=stop_after_attempt(TRIES_MAX) | stop_before_delay(self._asked.timeout_s),
            wait=wait_random_exponential(multiplier=BACKOFF_S, max=BACKOFF_MAX_S),
            retry=retry_if_exception(lambda error: isinstance(error, WorkerFailed) and error.temporary),
            reraise=True,
        )
        try:
            self._settle(lambda: retrying(self._try))
        finally:
            slots.release()

    def _try(self) -> StepOutput:
        self._tries += 1
        left = self._asked.timeout_s - (clock.monotonic() - self._began)
        return self.step.worker.run(replace(self._asked, timeout_s=max(SHORTEST_S, left)))

    def _settle(self, run: Callable[[], StepOutput]) -> None:
        try:
            found = run()
        except WorkerFailed as failure:
            self._fail(failure.why)
        except Exception:  # In any way a worker may fail: the lead goes on.
            self._fail("crashed; the log says how")
            worker = self.step.worker
            _log.exception("An intake worker crashed.", capability=worker.capability, version=worker.version)
        else:
            self._finish(
                state=StepState.DONE, output=found.output, evidence=found.evidence, confidence=found.confidence
            )

    def _fail(self, why: str) -> bool:
        return self._finish(state=StepState.FAILED, error=why, confidence=0.0)

    def _finish(self, **came_of_it: Any) -> bool:
        """Whether this was the first word: who was given up on is not heard any more."""
        with self._lock:
            if self._result is not None:
                return False
            self._result = StepResult(
                self.step.worker.capability,
                self.step.worker.version,
                self.step.canary,
                tries=max(1, self._tries),
                took_ms=round((clock.monotonic() - self._began) * 1000),
                **came_of_it,
            )
        self._done.set()
        return True


def _slots_of(worker: Worker) -> threading.BoundedSemaphore:
    with _making:
        return _slots.setdefault((worker.capability, worker.version), threading.BoundedSemaphore(RUNNING_MAX))
