"""Every request from outside passes here: a place, who asks, the clock, and an answer whatever breaks.

Twilio, the API's keys and the visitors of forms each have a door of this kind. What is theirs is how they prove who
they are, and what a failure sounds like to whoever listens; the order in which things happen is the same for all.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from flask import Response
from sqlalchemy import Connection

from sami import clock
from sami.audit.origin import coming_from
from sami.domain.audit.entry import Origin
from webhooks.server.edge import Edge

Who = TypeVar("Who")
Here = TypeVar("Here", bound=Edge)


@dataclass(frozen=True, slots=True)
class RequestContext(Generic[Who, Here]):
    """One request of somebody known. `now` was read once, when it came."""

    who: Who
    now: datetime
    edge: Here

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that changes nothing."""
        return self.edge.database.read()

    def begin(self, deadline_s: float | None = None) -> AbstractContextManager[Connection]:
        """The one transaction of the edge: committed when it is left, and everything or nothing of it."""
        return self.edge.database.begin(deadline_s)


class Door(Protocol[Who, Here]):
    """How one kind of visitor comes in. A new one for each request, so that it may remember who was identified."""

    def edge(self) -> Here: ...

    def place(self) -> AbstractContextManager[None]:
        """Held while the request is worked on. Raises where too many are already."""
        ...

    def identify(self, edge: Here) -> Who:
        """Before the clock is read, so that even a clock that fails finds somebody to answer. Raises refusals."""
        ...

    def origin(self, who: Who, edge: Here) -> Origin:
        """Where visitors of this kind come in, and from which address: the audit names it."""
        ...

    def admit(self, who: Who, edge: Here, now: datetime) -> None:
        """May they, and not too often? Raises the refusal."""
        ...

    def answer_failure(self, failure: Exception) -> Response:
        """What is answered to a refusal, to a fault of ours, and while the database is away."""
        ...


def pass_through(door: Door[Who, Here], view: Callable[[RequestContext[Who, Here]], Response]) -> Response:
    try:
        edge = door.edge()
        with door.place():
            context = RequestContext(door.identify(edge), clock.utc_now(), edge)
            door.admit(context.who, edge, context.now)
            with coming_from(door.origin(context.who, edge)):
                return view(context)
    except Exception as failure:
        return door.answer_failure(failure)
