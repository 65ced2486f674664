"""Reading one request: what its head says decides how much of a body is read at all, and nobody may take their time.

waitress (https://docs.pylonsproject.org/projects/waitress/) reads in its own loop and hands a request to a thread when
it has all of it. What is missing there is a deadline for a request as a whole: its `channel_timeout` begins anew with
every byte.
"""

from collections.abc import Callable, Mapping
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import Error

from sami import clock

READ_WITHIN_S = 10.0
"""From a request's first byte to its last, and from a connection to its first request. Twilio gives up at 15 s."""

FIRST_BYTE_WITHIN_S = 1.0
"""Seconds from a connection to its first byte while we are about to stop: who connected so shortly before is asking."""

ANSWER_READ_WITHIN_S = 30.0
"""Seconds from the finished answer to its last byte sent: who reads slower holds a connection for nothing."""

IDLE_S = 75.0
"""Between two requests on one connection: longer than a proxy keeps its end, or it would reuse one we just closed."""

Head = Mapping[str, str]
"""Header names in capitals with underscores, as in CGI but without HTTP_."""

Screen = Callable[[str, Head], int]
"""How many bytes of a body are read, by path and head; 0 is for a request that is refused whatever its body says."""


class RequestTimeout(Error):  # type: ignore[misc]
    """The request did not arrive in time (RFC 9110, 15.5.9)."""

    code = 408
    reason = "Request Timeout"


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A body that will not be read is left on the wire: the application answers the head, and the connection ends."""

    screen: Screen

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.began_at = clock.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.body_rcv is None:
            return
        readable = type(self).screen(self.path, self.headers)
        if self.chunked and readable:
            return  # Its length is not known; the greatest that is read of any request bounds it.
        if not readable or self.content_length > readable:
            self._leave_body(says_its_length=readable > 0)

    def _leave_body(self, *, says_its_length: bool) -> None:
        """The application sees no body, and the length only where that is what it should object to."""
        self.body_rcv, self.content_length = None, 0
        self.expect_continue, self.chunked = False, False
        self.headers["CONNECTION"] = "close"
        self.connection_close = True
        if not says_its_length:
            self.headers["CONTENT_LENGTH"] = "0"


class Refusal(ErrorTask):  # type: ignore[misc]
    """What the server answers by itself, as inert as every answer of the application (S19)."""

    def execute(self) -> None:
        self.response_headers.extend(
            [
                ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
                ("Referrer-Policy", "no-referrer"),
                ("X-Content-Type-Options", "nosniff"),
                ("X-Frame-Options", "DENY"),
            ]
        )
        super().execute()


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. `waits_since` tells how long it has kept us waiting."""

    error_task_class = Refusal
    request: Parser | None
    idle_since: float | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.opened_at = clock.monotonic()
        super().__init__(*arguments, **named)

    @property
    def is_at_work(self) -> bool:
        """A request of it is being answered."""
        return bool(self.requests)

    def has_begun(self, now: float) -> bool:
        """A request is being read or answered, its answer is on the way out, or its first byte is to be expected."""
        is_new = self.idle_since is None and now - self.opened_at < FIRST_BYTE_WITHIN_S
        return is_new or self.is_at_work or self.request is not None or self.total_outbufs_len > 0

    @property
    def waits_since(self) -> float:
        """Since when it could have sent or read what it has not: a request's rest, an answer, a request."""
        reading = self.request
        if reading is not None:
            return float(reading.began_at)
        return self.opened_at if self.idle_since is None else self.idle_since

    def service(self) -> None:
        super().service()
        self.idle_since = clock.monotonic()

    def end_if_slow(self, now: float) -> None:
        """Called from the loop that reads, so nothing else changes `request` meanwhile."""
        if not self.is_at_work and now - self.waits_since >= self._patience_s:
            self._end()

    @property
    def _patience_s(self) -> float:
        if self.total_outbufs_len > 0:
            return ANSWER_READ_WITHIN_S
        return IDLE_S if self.request is None and self.idle_since is not None else READ_WITHIN_S

    def _end(self) -> None:
        """Whoever sent a part of a request is told; a connection that says nothing just ends."""
        if self.request is None or not self.request.headers_finished:
            self.handle_close()  # At once: a socket that nobody reads from never becomes writable.
            return
        with self.requests_lock:
            late = self.request
            late.error = RequestTimeout(f"It did not arrive within {READ_WITHIN_S:.0f} seconds.")
            late.completed = True
            self.request = None
            self.requests.append(late)
        self.server.add_task(self)
