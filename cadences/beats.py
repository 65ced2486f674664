"""What is looked after, and how often? One line each."""

from typing import Protocol

from cadences.ticker import Beat


class Worker(Protocol):
    """What a beat may use."""


BEATS: tuple[Beat[Worker], ...] = ()
