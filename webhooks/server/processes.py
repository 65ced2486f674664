"""The processes of `sami web`: made from one that has imported everything, sharing one listening socket.

A process that dies is replaced, and callers notice nothing: the socket stays open, so whoever connects meanwhile is
answered by another process or by the new one.
"""

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from prometheus_client.multiprocess import mark_process_dead

from sami import clock, logs

AGAIN_AFTER_S = 1.0
LOOK_EVERY_S = 0.2
KILL_AFTER_S = 2.0
"""Past the time to drain."""

log = logs.logger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to this address. Raises OSError where something else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen()
    listening.set_inheritable(True)
    return listening


class Processes:
    """`count` processes that each run `work`, until this one is told to stop or its parent is gone."""

    def __init__(self, count: int, work: Callable[[], None], *, drain_s: float, parent: int | None) -> None:
        self._count = count
        self._work = work
        self._drain_s = drain_s
        self._parent = parent
        self._running: set[int] = set()
        self._again_at = 0.0
        self._stop = threading.Event()

    def run(self) -> None:
        """Returns when all of them have ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        gc.freeze()  # Pages that the collector never touches stay shared.
        while not self._stop.is_set() and not self._is_orphan():
            self._reap()
            self._fill_up()
            self._stop.wait(LOOK_EVERY_S)
        self._end()

    def _is_orphan(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def _fill_up(self) -> None:
        while len(self._running) < self._count and clock.monotonic() >= self._again_at:
            self._running.add(self._start())

    def _start(self) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._be_a_child()
        return pid

    def _be_a_child(self) -> NoReturn:
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            self._work()
            status = 0
        except Exception as failure:
            log.error("A web process failed.", exc_info=failure)
        finally:
            sys.stderr.flush()
            os._exit(status)  # Nothing of the parent's is to be tidied up twice.

    def _reap(self) -> None:
        for pid in list(self._running):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                self._running.discard(pid)
                self._again_at = clock.monotonic() + AGAIN_AFTER_S
                log.error("A web process died and is started again.", status=os.waitstatus_to_exitcode(status))
                _forget_gauges(pid)

    def _end(self) -> None:
        give_up_at = clock.monotonic() + self._drain_s + KILL_AFTER_S
        self._tell(signal.SIGTERM)
        while self._running and clock.monotonic() < give_up_at:
            for pid in list(self._running):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    self._running.discard(pid)
            threading.Event().wait(LOOK_EVERY_S / 4)
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._running:
            os.kill(pid, number)


def _forget_gauges(pid: int) -> None:
    """What the dead process last measured is no longer so."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
