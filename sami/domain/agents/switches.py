"""An agent's two switches, and what else may keep calls away for a while, as they stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Rest(StrEnum):
    WRAP_UP = "wrap_up"
    BUSY = "busy"
    RANG_OUT = "rang_out"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Switches:
    """`..._off_until` None while off: until switched on by hand. `opted_out`: texted STOP, so nothing rings until ON.

    `resting_why` holds a `Rest`; `misses` counts those in a row.
    """

    calls_on: bool = True
    calls_off_until: datetime | None = None
    leads_on: bool = True
    leads_off_until: datetime | None = None
    resting_until: datetime | None = None
    resting_why: str | None = None
    misses: int = 0
    opted_out: bool = False
