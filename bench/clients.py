"""Callers in processes of their own, on connections that stay open: either as fast as answered, or by the clock."""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice

from bench.asking import Asked, arrivals

PROCESSES = 2
CONNECTIONS = 6  # Of each process.
PREPARED_PER_S = 1_500
GIVES_UP_AFTER_S = 20


@dataclass(slots=True)
class Heard:
    """`rung` counts the answers that ring the caller's own agent, `failed` those that are no 200."""

    latencies_s: list[float] = field(default_factory=list)
    rung: int = 0
    failed: int = 0
    lasted_s: float = 0.0


@dataclass(slots=True)
class _Line:
    """One connection, and what is under way on it."""

    socket: socket.socket
    asked: Asked | None = None
    since: float = 0.0
    got: bytes = b""


class Clients:
    def __init__(self) -> None:
        spawned = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(PROCESSES, mp_context=spawned)
        list(self._pool.map(time.sleep, [0.5] * PROCESSES))  # Both are there before anything is timed.

    def as_fast_as_answered(self, port: int, seconds: float) -> Heard:
        begins_at = time.time() + 0.3 + seconds * PREPARED_PER_S * 0.0001  # noqa: TID251 - shared by processes.
        parts = [self._pool.submit(_closed, port, seconds, mine, begins_at) for mine in range(PROCESSES)]
        return _together([part.result() for part in parts])

    def by_the_clock(self, port: int, seconds: float, per_s: int) -> Heard:
        """Latency counts from the planned start, so an answer that is late makes the next ones late too."""
        return self._pool.submit(_open, port, seconds, per_s).result()

    def close(self) -> None:
        self._pool.shutdown()


def _closed(port: int, seconds: float, mine: int, begins_at: float) -> Heard:
    asking = _prepared(arrivals(mine, PROCESSES), int(seconds * PREPARED_PER_S))
    heard = Heard()
    with _connected(port, CONNECTIONS) as (lines, ready):
        time.sleep(max(0.0, begins_at - time.time()))  # noqa: TID251
        begun = time.perf_counter()
        for line in lines:
            _ask(line, next(asking), time.perf_counter())
        busy = len(lines)
        while busy:
            for line in _answered(ready, GIVES_UP_AFTER_S):
                now = _note(line, heard)
                if now - begun < seconds:
                    _ask(line, next(asking), now)
                else:
                    busy -= 1
    heard.lasted_s = time.perf_counter() - begun
    return heard


def _open(port: int, seconds: float, per_s: int) -> Heard:
    count = int(seconds * per_s)
    asking = _prepared(arrivals(0, 1), count)
    heard = Heard()
    with _connected(port, CONNECTIONS * PROCESSES) as (lines, ready):
        begun, begin_next = time.perf_counter(), 0
        while begin_next < count or len(heard.latencies_s) < count:
            due = begun + begin_next / per_s
            if begin_next < count and lines and due <= time.perf_counter():
                _ask(lines.pop(), next(asking), due)
                begin_next += 1
                continue
            wait = max(0.0, due - time.perf_counter()) if begin_next < count and lines else GIVES_UP_AFTER_S
            for line in _answered(ready, wait):
                _note(line, heard)
                lines.append(line)
    heard.lasted_s = time.perf_counter() - begun
    return heard


def _prepared(asking: Iterator[Asked], count: int) -> Iterator[Asked]:
    """Signed before the clock runs; whoever needs more signs them on the way."""
    return chain(list(islice(asking, count)), asking)


@contextmanager
def _connected(port: int, count: int) -> Iterator[tuple[list[_Line], selectors.BaseSelector]]:
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        lines = []
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), GIVES_UP_AFTER_S))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lines.append(_Line(connection))
            ready.register(connection, selectors.EVENT_READ, lines[-1])
        yield lines, ready


def _ask(line: _Line, asked: Asked, since: float) -> None:
    line.asked, line.since, line.got = asked, since, b""
    line.socket.sendall(asked.wire)


def _answered(ready: selectors.BaseSelector, wait_s: float) -> list[_Line]:
    """The lines whose answer is there in full."""
    found = ready.select(wait_s)
    if not found and wait_s >= GIVES_UP_AFTER_S:
        raise TimeoutError("a server did not answer")
    return [key.data for key, _ in found if _has_all(key.data)]


def _has_all(line: _Line) -> bool:
    more = line.socket.recv(65536)
    if not more:
        raise ConnectionError("a server hung up")
    line.got += more
    head, parted, body = line.got.partition(b"\r\n\r\n")
    if not parted:
        return False
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)


def _note(line: _Line, message: Heard) -> float:
    now = time.perf_counter()
    message.latencies_s.append(now - line.since)
    assert line.asked is not None, "only who asked is answered"
    message.failed += not line.got.startswith(b"HTTP/1.1 200")
    message.rung += line.asked.rings in line.got
    return now


def _together(parts: list[Heard]) -> Heard:
    return Heard(
        [latency for part in parts for latency in part.latencies_s],
        sum(part.rung for part in parts),
        sum(part.failed for part in parts),
        max(part.lasted_s for part in parts),
    )
