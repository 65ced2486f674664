"""A lead is examined, step by step and within a budget of time, before somebody is given it."""

from collections.abc import Container, Sequence
from dataclasses import replace

from sami import clock, logs, metrics
from sami.domain.assignment.pipeline_step import IntakeFacts, StepResult, StepState
from sami.domain.assignment.policy import Policy
from sami.domain.assignment.worker_findings import taken_from, with_findings
from sami.domain.leads.inquiry import Inquiry
from sami.settings.sections import WorkersSettings
from sami.workers.contracts import Examined, StepInput
from sami.workers.plan import PlannedStep, plan_steps
from sami.workers.registry import BUILT_IN, Registry
from sami.workers.running import Attempt

BUDGET_S = 0.8
NOT_NOW = "was not asked: a caller is waiting"
DEFAULT_SETTINGS = WorkersSettings()

_log = logs.logger(__name__)


def examine(
    inquiry: Inquiry,
    facts: IntakeFacts,
    policy: Policy,
    *,
    key: str,
    remote: bool = True,
    budget_s: float = BUDGET_S,
    settings: WorkersSettings = DEFAULT_SETTINGS,
    registry: Registry = BUILT_IN,
    only: Container[str] | None = None,
) -> Examined:
    """Never raises for what a worker does, and never takes longer than the budget for one that is not ours.

    `key` identifies the lead, for the canary's share. `remote` false: only our own workers, in this thread and without
    the network. To be called with no transaction open where it is true. `only`: no capabilities but these.
    """
    run = _Examination(inquiry, facts, policy, key, remote, clock.monotonic() + budget_s)
    for together in plan_steps(policy, key, registry, settings):
        run.side_by_side([step for step in together if only is None or step.worker.capability in only])
    return run.examined()


class _Examination:
    """What is known of the lead so far, and what came of each step."""

    def __init__(
        self, inquiry: Inquiry, facts: IntakeFacts, policy: Policy, key: str, remote: bool, ends_at: float
    ) -> None:
        self._inquiry = inquiry
        self._facts, self._policy, self._key = facts, policy, key
        self._remote, self._ends_at = remote, ends_at
        self._results: list[StepResult] = []
        self._missing: list[str] = []

    def side_by_side(self, steps: Sequence[PlannedStep]) -> None:
        """All are told the same of the lead; what they found is put together in the order of the plan."""
        attempts = [self._begin(step if self._remote else _own(step)) for step in steps]
        for attempt in attempts:
            if isinstance(attempt, Attempt) and attempt.step.worker.inline:
                attempt.run()
        for step, attempt in zip(steps, attempts, strict=True):
            self._take(step, attempt.result() if isinstance(attempt, Attempt) else attempt)

    def examined(self) -> Examined:
        flags = tuple(
            f"{result.capability} {result.version} {result.error}"
            for result in self._results
            if result.state in (StepState.FAILED, StepState.FALLBACK)
        )
        return Examined(self._inquiry, tuple(self._results), flags, tuple(self._missing))

    def _begin(self, step: PlannedStep) -> Attempt | StepResult:
        worker = step.worker
        if not worker.inline and not self._remote:
            return StepResult(worker.capability, worker.version, step.canary, StepState.SKIPPED, error=NOT_NOW, tries=0)
        timeout_s = min(step.timeout_s, self._ends_at - clock.monotonic())
        attempt = Attempt(step, StepInput(self._key, self._inquiry, self._facts, self._policy, timeout_s))
        if not worker.inline:
            attempt.start()
        return attempt

    def _take(self, step: PlannedStep, result: StepResult) -> None:
        if result.state is StepState.FAILED:
            result = self._stand_in(step, result)
        if result.state in (StepState.FAILED, StepState.SKIPPED) and step.required:
            self._missing.append(result.capability)
        taken = taken_from(self._inquiry, result.capability, result.output)
        self._inquiry = with_findings(self._inquiry, taken) if taken else self._inquiry
        self._results.append(replace(result, output=taken))
        metrics.worker_steps.labels(result.capability, result.state.value).inc()

    def _stand_in(self, step: PlannedStep, failed: StepResult) -> StepResult:
        _log.warning(
            "An intake worker failed.", capability=failed.capability, version=failed.version, error=failed.error
        )
        if step.stand_in is None:
            return failed
        attempt = Attempt(
            replace(step, worker=step.stand_in),
            StepInput(self._key, self._inquiry, self._facts, self._policy, step.timeout_s),
        )
        attempt.run()
        instead = attempt.result()
        if instead.state is not StepState.DONE:
            return failed
        said = f"Version {step.stand_in.version}, which is ours, answered instead."
        return replace(
            failed,
            state=StepState.FALLBACK,
            output=instead.output,
            evidence=(said, *instead.evidence),
            confidence=instead.confidence,
        )


def _own(step: PlannedStep) -> PlannedStep:
    """Our own worker under its own version, where no other may be asked."""
    if step.worker.inline or step.stand_in is None:
        return step
    return replace(step, worker=step.stand_in, canary=False, stand_in=None)
