"""What one step of the intake was told beside the lead, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What is known apart from what the lead says, read before the first step.

    `country` is the organisation's, how local numbers are read. `consent` is what the lead's phone said: opted_in,
    opted_out, or nothing. `licensed_states` are those that any active agent holds a licence for.
    """

    at: datetime
    country: str
    time_zone: str
    consent: str | None = None
    do_not_contact_until: datetime | None = None
    bad_number: bool = False
    licensed_states: frozenset[str] = frozenset()


class StepState(StrEnum):
    """Done; done by our own worker in place of the one that failed; failed; or not begun."""

    DONE = "done"
    FALLBACK = "fallback"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepResult:
    """`version` is the one that was meant to run, whatever its `state`.

    `output` is what the step changed: fields of the inquiry, attributes under `attributes`, and what only ours find out
    under `findings`. `evidence` are sentences.
    """

    capability: str
    version: str
    canary: bool = False
    state: StepState = StepState.DONE
    output: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0
    error: str = ""
    tries: int = 1
    took_ms: int = 0
