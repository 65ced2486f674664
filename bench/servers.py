"""The four applications, each under the Procfile's server with the same settings, all up at the same time."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground import environment, free_port

COMMANDS = {
    "sami": ["-m", "webhooks.cli", "web"],
    "server": ["-m", "bench.serve", "server"],
    "floor": ["-m", "bench.serve", "floor"],
    "bare": ["-m", "bench.serve", "bare"],
}
STARTS_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int

    def cpu_s(self) -> float:
        """What this server and its workers have used of the processors; 0 where no /proc tells."""
        return sum(_cpu_s(pid) for pid in _family(self.pid))


@contextmanager
def serving(directory: Path, url: str, **settings: object) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        started = {}
        for name, command in COMMANDS.items():
            port = free_port()
            asked = environment(directory, url, port=port, **settings)
            process = subprocess.Popen([sys.executable, *command, "--parent", str(os.getpid())], env=asked)
            stack.callback(_stop, process)
            _wait_until_open(port, process)
            started[name] = Server(port, process.pid)
        yield started


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _family(pid: int) -> set[int]:
    family, parents = {pid}, dict(_parents())
    while found := {child for child, parent in parents.items() if parent in family} - family:
        family |= found
    return family


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It ended while we looked.


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
