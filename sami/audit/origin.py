"""Where does whoever asks come from? Said once by the door they come through, and read where a change is recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sami.domain.audit.entry import Door, Origin

NOBODY_CAME = Origin(Door.CLOCK)

_ORIGIN: ContextVar[Origin] = ContextVar("origin", default=NOBODY_CAME)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Services do not pass it on: they would have to say at fifty places what only a door knows."""
    before = _ORIGIN.set(origin)
    try:
        yield
    finally:
        _ORIGIN.reset(before)


def origin() -> Origin:
    return _ORIGIN.get()
