"""`sami run` starts its children again when they die, and leaves none behind."""

import subprocess
import sys
import time

import pytest

from webhooks.commands.servers import run


@pytest.fixture(autouse=True)
def _quick_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BACKOFF_S", (0.0, 60.0))


class Sleeper(run.Child):
    """A child whose command is to wait."""

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        self.started_at = time.monotonic()


def test_a_child_that_died_is_started_again() -> None:
    child = Sleeper("web")
    child.look_after()
    first = kill(child)
    child.look_after()
    child.look_after()
    assert child.process is not None
    assert child.process.pid != first
    run._end([child])
    assert child.process.returncode is not None


def test_a_child_that_dies_at_once_again_and_again_is_started_later_and_later() -> None:
    child = Sleeper("web")
    for _ in range(2):
        child.look_after()
        kill(child)
        child.look_after()
    child.look_after()
    assert child.process is None
    assert child.start_again_at > time.monotonic() + 50


def kill(child: run.Child) -> int:
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    return child.process.pid
