"""What is looked after, and how often? One line each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sami.settings import Settings
from sami.store.db import Database

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Beat(Generic[W]):
    """Something to look after every so many seconds; `run` gets the worker and this instant."""

    name: str
    every_s: float
    run: Callable[[W, datetime], None]


@dataclass(frozen=True, slots=True)
class Worker:
    """What a beat may use."""

    settings: Settings
    database: Database


BEATS: tuple[Beat[Worker], ...] = ()
