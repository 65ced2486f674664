"""A real `sami demo` in a directory of its own, for tests to place calls in."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import requests
from click.testing import CliRunner

from webhooks.cli import commands

STARTS_WITHIN_S = 90.0
HAPPENS_WITHIN_S = 40.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def sami(command: str, directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webhooks.cli", command, *arguments],
        env=_environment(directory) | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _environment(directory: Path) -> dict[str, str]:
    return os.environ | {"SAMI_SERVER__DATA_DIR": str(directory / "var"), "SAMI_CONFIG": os.devnull}


class DemoProcess:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        environment = _environment(self.directory) | {"SAMI_SERVER__PORT": str(self.port)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "webhooks.cli", "demo"], env=environment, stdout=subprocess.DEVNULL
        )
        self.until(self._answers, STARTS_WITHIN_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=40)

    def until(self, happened: Callable[[], bool], within_s: float = HAPPENS_WITHIN_S) -> None:
        give_up_at = time.monotonic() + within_s
        while not happened():
            assert time.monotonic() < give_up_at, "it did not happen"
            time.sleep(0.25)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the demo ended"
        try:
            return requests.get(f"{self.url}/sim/state", timeout=10).ok
        except requests.ConnectionError:
            return False

    # What hands do and eyes see.

    def act(self, path: str, **asked: str) -> Any:
        answer = requests.post(f"{self.url}/sim{path}", json=asked, headers={"Origin": self.url}, timeout=20)
        assert answer.ok, answer.text
        return answer.json()["done"]

    def look(self) -> dict[str, Any]:
        seen: dict[str, Any] = requests.get(f"{self.url}/sim/state", timeout=10).json()
        return seen

    def call(self, habits: Mapping[str, str], *, lead: str = "Maria Ortiz", line: str = "Website") -> dict[str, Any]:
        """What `sami why --json` prints of a call, the next morning, in which these phones do this and others ring."""
        return self.why(self.place(habits, lead=lead, line=line))

    def place(self, habits: Mapping[str, str], *, lead: str, line: str) -> str:
        self.next_morning()
        for key in self.phones():
            self.act("/phones", phone=key, do="behave", habit=habits.get(key, "ignores"))
        return str(self.act("/calls", caller=self.lead(lead), line=self.line(line), by_itself="yes"))

    def why(self, sid: str) -> dict[str, Any]:
        """Once two people were joined, or nobody was found, the caller hangs up."""
        self.until(lambda: self.look()["call"]["is_talking"] or self.look()["call"]["has_outcome"])
        if self.look()["call"]["is_live"]:
            self.act("/caller", do="hang_up")
        self.until(lambda: not self.look()["call"]["is_live"] and self.look()["call"]["has_outcome"])
        told = CliRunner().invoke(commands, ["why", sid, "--json"], env={"SAMI_SERVER__DATA_DIR": str(self.data)})
        assert told.exit_code == 0, told.output
        document: dict[str, Any] = json.loads(told.stdout)
        return document

    def next_morning(self) -> None:
        """Whoever still calls or talks hangs up first: who does so after it would rest on the new morning."""
        call = self.look()["call"]
        if call is not None and call["is_live"]:
            self.act("/caller", do="hang_up")
            self.until(lambda: not self.look()["call"]["is_live"])
        for phone in self.look()["phones"]:
            if phone["state"] == "talking":
                self.act("/phones", phone=phone["key"], do="hang_up")
        self.until(lambda: all(phone["state"] == "idle" for phone in self.look()["phones"]))
        self.act("/clock", to="morning")

    @property
    def data(self) -> Path:
        return self.directory / "var" / "demo"

    def phones(self) -> list[str]:
        return [phone["key"] for phone in self.look()["phones"]]

    def phone(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = next(phone for phone in self.look()["phones"] if phone["key"] == key)
        return found

    def lead(self, name: str) -> str:
        return str(next(caller["phone"] for caller in self.look()["callers"] if caller["name"] == name))

    def line(self, name: str) -> str:
        return str(next(line["phone"] for line in self.look()["lines"] if line["name"] == name))
