"""`make bench`: SAMI beside what its server, any answer and its statements cost alone, on both databases.

Measured is the answer to an arriving call of a lead that is known and whose owner is rung: signature, ten statements in
one transaction, TwiML. The clients ask as fast as they are answered, on twelve connections, from two processes of the
same machine. Rounds are interleaved, and ratios taken within a round, so that other work on the machine hits all alike.
"""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from bench.clients import Clients, Heard
from bench.freeing import freeing
from bench.ground import AGENTS, LEADS, databases, environment, seed
from bench.servers import Server, serving
from sami.settings.sections import ServerSettings

ROUNDS = 3
ROUND_S = 2.0
WARM_S = 0.7
STEADY_S, STEADY_PER_S, STEADY_P99_MS = 8.0, 50, 250
FLOOR_SHARE = {"SQLite": 0.25, "PostgreSQL": 0.18}
BARE_SHARE = 0.50
NAMES = {"sami": "SAMI", "server": "the server alone", "floor": "signature only", "bare": "bare SQL"}
MS = 1000


@dataclass(slots=True)
class Measured:
    """What one application did in all its rounds."""

    per_s: list[float] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    rung: int = 0
    failed: int = 0

    def add(self, message: Heard, cpu_s: float) -> None:
        self.per_s.append(len(message.latencies_s) / message.lasted_s)
        self.latencies_s += message.latencies_s
        self.cpu_s += cpu_s
        self.rung += message.rung
        self.failed += message.failed


def main() -> None:
    begun, default = time.monotonic(), ServerSettings()
    print(f"{LEADS} leads of {AGENTS} agents; {default.processes} processes of {default.threads} threads.\n")
    clients, misses = Clients(), []
    try:
        for database, url, directory in databases():
            seed(url)
            with serving(directory, url) as servers:
                with freeing(url):
                    measured = _rounds(clients, servers)
                misses += _tell(database, measured)
                with freeing(url):
                    _tell_steady(clients.by_the_clock(servers["sami"].port, STEADY_S, STEADY_PER_S))
            if database == "SQLite":
                _profile(directory, url, why=misses)
    finally:
        clients.close()
    print(f"Targets {'missed: ' + '; '.join(misses) if misses else 'met'}. {time.monotonic() - begun:.0f} s.")


def _rounds(clients: Clients, servers: dict[str, Server]) -> dict[str, Measured]:
    measured = {name: Measured() for name in servers}
    for server in servers.values():
        clients.as_fast_as_answered(server.port, WARM_S)
    for _ in range(ROUNDS):
        for name, server in servers.items():
            before = server.cpu_s()
            heard = clients.as_fast_as_answered(server.port, ROUND_S)
            measured[name].add(heard, server.cpu_s() - before)
    return measured


def _tell(database: str, measured: dict[str, Measured]) -> list[str]:
    print(f"{database:<22}  a second    p50      p95      p99 ms   CPU ms each")
    for name, seen in measured.items():
        cuts = quantiles(seen.latencies_s, n=100)
        shown = "".join(f"{cuts[at - 1] * MS:9.1f}" for at in (50, 95, 99))
        cpu_ms = seen.cpu_s / len(seen.latencies_s) * MS
        print(f"  {NAMES[name]:<20}{median(seen.per_s):11.0f}{shown}{cpu_ms:14.2f}")
    sami = measured["sami"]
    print(f"  SAMI rang the owner in {sami.rung / len(sami.latencies_s):.1%}; {sami.failed} failed.")
    targets = {"floor": FLOOR_SHARE[database], "bare": BARE_SHARE}
    return [missed for name, wanted in targets.items() if (missed := _compare(database, measured, name, wanted))]


def _compare(database: str, measured: dict[str, Measured], name: str, wanted: float) -> str | None:
    pairs = zip(measured["sami"].per_s, measured[name].per_s, strict=True)
    share = median(ours / theirs for ours, theirs in pairs)
    verdict = "met" if share >= wanted else "MISSED"
    print(f"  SAMI answers {share:.0%} of {NAMES[name]} (wanted {wanted:.0%}: {verdict})")
    return None if share >= wanted else f"{share:.0%} of {NAMES[name]} on {database}"


def _tell_steady(message: Heard) -> None:
    p50, p99 = (quantiles(message.latencies_s, n=100)[at] * MS for at in (49, 98))
    print(
        f"  At {STEADY_PER_S} a second, from the planned start: p50 {p50:.1f}, p99 {p99:.1f}, "
        f"max {max(message.latencies_s) * MS:.1f} ms (wanted p99 {STEADY_P99_MS}); {message.failed} failed.\n"
    )


def _profile(directory: Path, url: str, why: list[str]) -> None:
    asked = [sys.executable, "-m", "bench.profiling", *(["--profile"] if why else [])]
    subprocess.run(asked, env=environment(directory, url), check=True)
    print()


if __name__ == "__main__":
    main()
