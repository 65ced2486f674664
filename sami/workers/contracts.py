"""What a step of the pipeline gets and gives; the same for our own workers and for a customer's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sami.domain.assignment.pipeline_step import IntakeFacts, StepResult
from sami.domain.assignment.policy import Policy
from sami.domain.leads.inquiry import Inquiry


class WorkerFailed(Exception):
    """Why a worker has no answer, to be read after its name. `temporary`: another try may have one."""

    def __init__(self, why: str, *, temporary: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.temporary = temporary


@dataclass(frozen=True, slots=True)
class StepInput:
    """`key` identifies the lead before it has an id. `timeout_s` is what is left for an answer."""

    key: str
    inquiry: Inquiry
    facts: IntakeFacts
    policy: Policy
    timeout_s: float


@dataclass(frozen=True, slots=True)
class StepOutput:
    """`output` holds fields of the inquiry, attributes under `attributes`. What a lead said itself is not replaced.

    Only our own workers have `findings`.
    """

    output: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Worker:
    """One version of one capability.

    `inline`: arithmetic of ours that cannot hang, so it needs no thread. `abandoned` hears that nobody waits any more.
    """

    capability: str
    version: str
    run: Callable[[StepInput], StepOutput]
    deprecated: bool = False
    inline: bool = False
    abandoned: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Examined:
    """The lead after all steps. `flags` are failures that a person should look at, as sentences.

    `missing` are the capabilities that the policy requires and that nobody stood in for.
    """

    inquiry: Inquiry
    results: tuple[StepResult, ...]
    flags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
