"""Which worker runs for this lead, and who stands in for it? The policy's choices, and the canary's share of leads."""

from collections.abc import Iterator
from dataclasses import dataclass

from sami.domain.assignment.policy import Policy, WorkerChoice
from sami.domain.language.shares import is_in_share
from sami.settings.sections import WorkersSettings
from sami.workers.contracts import StepInput, StepOutput, Worker, WorkerFailed
from sami.workers.http import http_worker
from sami.workers.registry import Registry

FIRST = ("validate_contact", "check_compliance")
"""The first steps, always our own workers: every later step relies on them."""

LAST = "score"
"""The last step, because points may depend on what the other steps found."""

TIMEOUT_S = 0.5
UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """`stand_in` is our own worker, which answers where the chosen one does not."""

    worker: Worker
    canary: bool = False
    stand_in: Worker | None = None
    timeout_s: float = TIMEOUT_S
    required: bool = False


def plan_steps(
    policy: Policy, key: str, registry: Registry, settings: WorkersSettings
) -> tuple[tuple[PlannedStep, ...], ...]:
    """One group after the other, the steps of a group side by side; always alike for one lead and one policy."""
    choices = {choice.capability: choice for choice in policy.workers}
    steps = {
        capability: _step(choices.get(capability) or WorkerChoice(capability), key, registry, settings)
        for capability in dict.fromkeys((*registry.capabilities(), *choices))
    }
    first = tuple((steps.pop(capability),) for capability in FIRST if capability in steps)
    last = tuple(steps.pop(capability) for capability in (LAST,) if capability in steps)
    return (*first, tuple(steps.values()), last)


def find_worker(
    policy: Policy, capability: str, version: str, registry: Registry, settings: WorkersSettings
) -> Worker | None:
    """A version by its name: one of ours, deprecated or not, or one that the policy says where to find."""
    for choice in policy.workers:
        if choice.capability == capability and capability not in FIRST:
            for named, url in ((choice.version or UNNAMED, choice.url), (choice.canary, choice.canary_url)):
                if named == version and url:
                    return http_worker(capability, version, url=url, secret=choice.secret, settings=settings)
    return registry.find(capability, version)


def _step(choice: WorkerChoice, key: str, registry: Registry, settings: WorkersSettings) -> PlannedStep:
    canary = choice.canary
    is_canary = canary is not None and is_in_share(f"canary/{choice.capability}/{canary}/{key}", choice.share)
    version, url = (canary, choice.canary_url) if is_canary else (choice.version, choice.url)
    worker = _worker(choice, version, url, registry, settings)
    stand_in = _stand_in(choice, registry)
    return PlannedStep(
        worker,
        is_canary,
        None if stand_in is worker else stand_in,
        TIMEOUT_S if choice.timeout is None else choice.timeout,
        choice.required,
    )


def _worker(
    choice: WorkerChoice, version: str | None, url: str | None, registry: Registry, settings: WorkersSettings
) -> Worker:
    if url and choice.capability not in FIRST:
        return http_worker(choice.capability, version or UNNAMED, url=url, secret=choice.secret, settings=settings)
    named = registry.newest(choice.capability) if version is None else registry.find(choice.capability, version)
    return named or _unknown(choice.capability, version or UNNAMED)


def _stand_in(choice: WorkerChoice, registry: Registry) -> Worker | None:
    """The version of ours that the policy chose, else the newest; None for a capability that we have no worker for."""
    ours = [worker for worker in registry.versions(choice.capability) if worker.inline]
    chosen = [worker for worker in ours if worker.version == choice.version]
    current = [worker for worker in ours if not worker.deprecated]
    return next(reversed(chosen or current), None)


def _unknown(capability: str, version: str) -> Worker:
    def refuse(_: StepInput) -> StepOutput:
        raise WorkerFailed("is not a version that there is")

    return Worker(capability, version, refuse, inline=True)


def versions_named(policy: Policy) -> Iterator[tuple[str, str]]:
    """Capability and version of every worker of the customer's own that the policy names."""
    for choice in policy.workers:
        if choice.url:
            yield choice.capability, choice.version or UNNAMED
        if choice.canary and choice.canary_url:
            yield choice.capability, choice.canary
