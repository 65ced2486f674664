"""A real `sami web` or `sami run` on a free port, met as Twilio meets it: signed requests for its public address."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psutil
import requests

from webhooks.simulator.client import Answer, ConnectionFailed, TooSlow, post_over_http
from webhooks.simulator.signing import Form, sign

PUBLIC_URL = "https://calls.example.com"
ACCOUNT, TOKEN = "AC" + "0" * 32, "a-made-up-token"
STARTS_WITHIN_S = 60.0


class Server:
    """Settings come from the environment alone. Its group of processes ends with the block."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        command: str = "web",
        processes: int = 1,  # The product's own default is two: one answers while the other starts again.
        program: str = "webhooks.cli",
        **settings: str,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = folder / f"server-{self.port}.log"
        self.slowest_s = 0.0
        self._command = command
        self._program = program
        self._processes = processes
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": str(folder.parent.parent / "pycache"),  # One for all servers of a test session.
            "SAMI_SERVER__PUBLIC_URL": PUBLIC_URL,
            "SAMI_SERVER__PORT": str(self.port),
            "SAMI_SERVER__PROCESSES": str(processes),
            "SAMI_SERVER__DATA_DIR": str(folder),
            "SAMI_DATABASE__URL": url,
            "SAMI_TWILIO__ACCOUNT_SID": ACCOUNT,
            "SAMI_TWILIO__AUTH_TOKENS": json.dumps([TOKEN]),
            "SAMI_TWILIO__API_URL": "http://127.0.0.1:9",
            **settings,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._program, self._command],
                env=self._environment,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        self.until(self.answers, within_s=STARTS_WITHIN_S)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """SIGKILL ends all of its processes in the same instant."""
        if number == signal.SIGKILL:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.send_signal(number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def post(self, url: str, form: Form, headers: dict[str, str] | None = None) -> Answer:
        """As the phone network would, whatever host stands in the URL."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        signed = headers or {"X-Twilio-Signature": sign(TOKEN, PUBLIC_URL + target, form)}
        began_at = time.monotonic()
        try:
            return post_over_http(f"http://127.0.0.1:{self.port}{target}", form, signed)
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - began_at)

    def until(self, is_so: Callable[[], object], *, within_s: float = 20.0) -> None:
        give_up_at = time.monotonic() + within_s
        while not is_so():
            assert self._process.poll() is None, self.told()
            assert time.monotonic() < give_up_at, f"{is_so} stayed untrue; {self.told()}"
            time.sleep(0.05)

    def answers(self) -> bool:
        """All of its processes do, as far as anybody can tell from outside."""
        try:
            return self.get("/healthz").ok and self._listening() >= self._processes
        except requests.RequestException:
            return False

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def told(self) -> str:
        return self.log.read_text()[-4000:]

    def _listening(self) -> int:
        """Those that serve; the process that made them holds the socket too."""
        found = psutil.Process(self._process.pid).children(recursive=True)
        with suppress(psutil.NoSuchProcess):
            serving = [each for each in found if not each.children()]
            return sum(any(c.laddr.port == self.port for c in each.net_connections("tcp")) for each in serving)
        return 0


__all__ = ["ACCOUNT", "PUBLIC_URL", "TOKEN", "Answer", "ConnectionFailed", "Server", "TooSlow"]
