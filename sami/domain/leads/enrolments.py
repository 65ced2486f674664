"""How one lead stands in one cadence."""

from enum import StrEnum


class EnrolmentState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset({EnrolmentState.ACTIVE, EnrolmentState.PAUSED})
"""The states in which a lead is in the cadence and cannot be enrolled again."""


REPLIED = "they replied"
"""Why a cadence is paused whose lead wrote to us; RESUME goes on with it."""


class StepState(StrEnum):
    """What became of one step."""

    DONE = "done"
    LEFT_OUT = "left_out"
    FAILED = "failed"
