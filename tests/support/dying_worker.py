"""A worker process that ends in the middle of what it does: at a chosen commit or outside call, or when it is killed.

Starting Python takes seconds, so one process is started once and forks a worker for each life.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

from cadences.beats import BEATS, make_worker
from sami.settings.loading import Settings
from tests.support.edges import COMMIT, HTTP, Act, Edges, Kind
from tests.support.listening import body_of, http_server, listening, reply
from tests.support.patience import patient
from tests.support.processes import CONTEXT
from webhooks.simulator.network import Network

SPOKEN_BY = frozenset({"legs", "bot_calls", "texts", "cadences", "lost_answers"})
DIED = 7


@dataclass(frozen=True, slots=True)
class Life:
    """What one worker is to do. `dies_at` counts commits and outside calls; None: it lives until nothing is due.

    `crossed` is a file for how many there were.
    """

    settings: Settings
    now: datetime
    kind: Kind = Kind.EXIT_BEFORE
    dies_at: int | None = None
    crossed: Path | None = None


class Exits(Edges):
    """Of all edges only those at which something becomes true: a commit, and a call of the outside."""

    def cross(self, name: str, act: Act, **ways: Any) -> Any:
        return super().cross(name, act, **ways) if name in (COMMIT, HTTP) else act()


class Nursery:
    """Forks workers; each is this process as it was after its imports."""

    def __init__(self) -> None:
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(timeout=10)

    def live(self, life: Life, *, killed_after_s: float | None = None) -> int:
        """How the worker's process ended: 0 by itself, DIED at an edge, negative by a signal."""
        self._pipe.send(life)
        pid = self._pipe.recv()
        if killed_after_s is not None:
            time.sleep(killed_after_s)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return int(self._pipe.recv())


def _serve(pipe: Pipe) -> None:
    with suppress(EOFError):
        while True:
            life: Life = pipe.recv()
            pid = os.fork()
            if pid == 0:
                _live_and_exit(life)
            pipe.send(pid)
            _, status = os.waitpid(pid, 0)
            pipe.send(os.waitstatus_to_exitcode(status))


def _live_and_exit(life: Life) -> None:
    code = 1
    try:
        edges = Exits(life.kind, life.dies_at, die=lambda: os._exit(DIED))
        with edges.installed():
            _live(life, edges)
        if life.crossed is not None:
            life.crossed.write_text(str(len(edges.crossed)))
        code = 0
    finally:
        os._exit(code)


def _live(life: Life, edges: Edges) -> None:
    """The beats that speak outside, again and again, until nothing is left for this instant."""
    database = patient(life.settings.database_url)
    worker = make_worker(life.settings, database)
    beats = [beat for beat in BEATS if beat.name in SPOKEN_BY]
    with edges.watching():
        for second in range(3):
            for beat in beats:
                beat.run(worker, life.now + timedelta(seconds=second))
    database.close()


@contextmanager
def rest_over_http(network: Network) -> Iterator[str]:
    """The phone network's REST where another process can reach it; its address."""
    lock = threading.Lock()

    def answer(request: BaseHTTPRequestHandler) -> None:
        form = parse_qsl(body_of(request).decode(), keep_blank_values=True)
        with lock:
            account = (network.exchange.account_sid, "a-made-up-token")
            status, headers, body = network.rest.handle(request.command, request.path, form, account)
        reply(request, status, body.encode(), **headers)

    server = http_server(answer)
    with listening(server):
        yield f"http://127.0.0.1:{server.server_port}"
