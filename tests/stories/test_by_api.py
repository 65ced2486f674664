"""From an empty database by the API alone, as docs/api.md shows it: each of its blocks is run as it stands."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sami.database.engine import Database
from sami.store.people import stored_agents
from tests.support.newcomer import LINE, Newcomer
from webhooks.simulator.behaviours import Answers, Busy, says_nothing
from webhooks.simulator.network import SimulatedCall

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text()
ANA, BEN, DESK, SERVICE, NIGHT = "+15125550101", "+15125550102", "+15125550104", "+15125550105", "+15125550106"
LEE, STRANGER = "+15125550142", "+15125550177"
KNOWN_WITHIN_S = 5.0
LOOKS = 10
"""So many answers in a row come from each of two processes."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    with ExitStack() as stack:
        yield Newcomer(tmp_path, stack)


class Shell:
    """One shell for the whole page; `curl` is told to name its status, and is else the real one."""

    def __init__(self, newcomer: Newcomer) -> None:
        self._process = subprocess.Popen(
            ["bash"],
            env={**newcomer.server._environment, "SAMI": f"http://127.0.0.1:{newcomer.server.port}"},
            cwd=newcomer.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.run(f'sami() {{ {sys.executable} -m webhooks.cli "$@"; }}')
        self.run("curl() { command curl -w '%{stderr}HTTP %{http_code}\\n' \"$@\"; }")

    def run(self, block: str) -> str:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{block}\necho; echo ---- $?\n")
        process.stdin.flush()
        told: list[str] = []
        while not (line := process.stdout.readline()).startswith("---- "):
            assert line, f"the shell ended: {told}"
            told.append(line)
        return "".join(told)

    def close(self) -> None:
        self._process.communicate("exit\n", timeout=10)


def rang(call: SimulatedCall) -> list[str]:
    return [ring.phone for ring in call.rang]


def ring(newcomer: Newcomer, caller: str) -> SimulatedCall:
    call = newcomer.network.call(caller, LINE)
    newcomer.server.until(lambda: not call.is_live, within_s=90)
    return call


def blocks() -> Iterator[tuple[str, str]]:
    """Each block with the heading that it stands under."""
    for heading, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S):
        yield from ((heading, block) for block in re.findall(r"```sh\n(.*?)```", text, re.S))


def test_the_pages_blocks_do_what_it_says(newcomer: Newcomer) -> None:
    network = newcomer.network
    network.add_phone(ANA, Answers(after_s=0.5, press_after_s=4, talks_s=2))
    for phone in (DESK, SERVICE, NIGHT):
        network.add_phone(phone, says_nothing(talks_s=2))
    network.add_phone(BEN, Busy())
    with closing(Shell(newcomer)) as shell:
        shell.run(PAGE.partition("```sh\n")[2].partition("```")[0])
        before: dict[str, Callable[[], None]] = {
            "Who gets which lead": lambda: newcomer.server.until(lambda: is_verified(newcomer, "ana"), within_s=60),
            "A call, and what it came to": lambda: expect_rung(newcomer, LEE, ANA),
            "Agents' switches": lambda: expect_rung_without_database_too(newcomer, STRANGER, NIGHT),
        }
        for heading, block in blocks():
            before.pop(heading, lambda: None)()
            told = shell.run(block)
            statuses = re.findall(r"HTTP (\d+)", told)
            refused = re.match(r"# (\d+):", block)
            expected = rf"{refused[1]}" if refused else r"20[012]"
            assert len(statuses) == len(re.findall(r"\bcurl ", block)), told
            assert [status for status in statuses if not re.fullmatch(expected, status)] == [], f"{block}\n{told}"
    assert before == {}
    # The same at the shell; and the number is known where no database is.
    network.add_phone(ANA, Busy())
    assert newcomer.sami("set", "bots.main.fallback[1].phone", SERVICE).returncode == 0
    expect_rung_without_database_too(newcomer, STRANGER, SERVICE)


def is_verified(newcomer: Newcomer, key: str) -> bool:
    database = Database(f"sqlite:///{newcomer.folder / 'sami.db'}")
    with database.read() as db:
        verified = stored_agents(db)[key].verified
    database.close()
    return verified


def expect_rung(newcomer: Newcomer, caller: str, phone: str) -> None:
    call = ring(newcomer, caller)
    assert phone in rang(call), f"{rang(call)}\n{call.story}\n{newcomer.server.told()}"


def expect_rung_without_database_too(newcomer: Newcomer, caller: str, phone: str) -> None:
    """Each web process knows a change within five seconds, and needs no database to ring by it."""
    expect_rung(newcomer, caller, phone)
    time.sleep(KNOWN_WITHIN_S)
    file, away = newcomer.folder / "sami.db", newcomer.folder / "kept.db"
    file.rename(away)
    expect_rung(newcomer, caller, phone)
    away.rename(file)
    newcomer.server.until(lambda: all(newcomer.server.get("/readyz").ok for _ in range(LOOKS)), within_s=30)
