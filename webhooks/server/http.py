"""One process that serves: a loop that accepts, reads and writes, and threads that answer what was read."""

import logging
import select
import signal
import socket
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from sami import clock
from webhooks.server.reading import Channel, Parser, Screen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONNECTIONS_MAX = 500
"""Open at once in one process. One more ends the one that has kept us waiting longest, so strangers cannot fill it."""

BACKLOG = 1024
LOOK_EVERY_S = 1.0


class HttpServer(TcpWSGIServer):  # type: ignore[misc]
    """Serves on a listening socket that other processes may share. `run` returns once it was asked to stop."""

    def __init__(
        self, application: "WSGIApplication", listening: socket.socket, *, threads: int, screen: Screen, body_max: int
    ) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # It tells of every request that waits at all.
        self.channel_class = _channel_for(screen)
        self._is_stopping = False
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        adjustments = Adjustments(
            sockets=[listening],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=2 * CONNECTIONS_MAX,
            cleanup_interval=1,
            max_request_body_size=body_max + 1,  # The first size that waitress refuses.
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # The application knows whom it trusts.
            ident="",
        )
        address = (listening.family, listening.type, listening.proto, listening.getsockname())
        super().__init__(
            application, _sock=listening, dispatcher=dispatcher, adj=adjustments, sockinfo=address, bind_socket=False
        )

    def run(self, *, drain_s: float) -> None:
        """Until SIGTERM or SIGINT; what was begun by then is answered, for `drain_s` at most."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._is_stopping:
            self.turn()
        self.drain(clock.monotonic() + drain_s)
        self.task_dispatcher.shutdown()

    def maintenance(self, now: float) -> None:
        """Called by waitress once a second."""
        self.end_slow(clock.monotonic())

    def end_slow(self, now: float) -> None:
        """`now` in seconds of the monotonic clock."""
        for channel in list(self.active_channels.values()):
            channel.end_if_slow(now)

    def handle_accept(self) -> None:
        if len(self.active_channels) >= CONNECTIONS_MAX:
            self._end_the_slowest()
        super().handle_accept()

    def _end_the_slowest(self) -> None:
        waiting = [channel for channel in self.active_channels.values() if not channel.is_at_work]
        if waiting:
            min(waiting, key=lambda channel: channel.waits_since).handle_close()

    def turn(self) -> None:
        """Accept, read and write what can be, or wait a second for something that can."""
        wasyncore.loop(timeout=LOOK_EVERY_S, map=self._map, use_poll=True, count=1)

    def _stop(self, *_: Any) -> None:
        self._is_stopping = True
        self.pull_trigger()

    def drain(self, give_up_at: float) -> None:
        """Answer what was begun, also by whoever is connected and was not accepted or not read yet."""
        for _ in range(BACKLOG):
            if not self._somebody_waits():
                break
            self.turn()
        self.accepting = False
        self.del_channel()
        self.socket.close()
        while self._has_begun() and clock.monotonic() < give_up_at:
            self.turn()

    def _somebody_waits(self) -> bool:
        """A connection is in the kernel's queue."""
        look = select.poll()
        look.register(self.socket, select.POLLIN)
        return bool(look.poll(0))

    def _has_begun(self) -> bool:
        now = clock.monotonic()
        return any(channel.has_begun(now) for channel in self.active_channels.values())


def _channel_for(screen: Screen) -> type[Channel]:
    """waitress makes channels and parsers by itself, from classes."""
    parser = type("ScreenedParser", (Parser,), {"screen": staticmethod(screen)})
    return type("ScreenedChannel", (Channel,), {"parser_class": parser})
