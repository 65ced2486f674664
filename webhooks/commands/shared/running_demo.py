"""The demo that runs already, over its page's own JSON."""

import threading
from pathlib import Path
from typing import Any

import requests

from sami.errors import SamiError
from webhooks.simulator.pages.routes import Asked
from webhooks.simulator.pages.stage import NotPossible

HOST = "127.0.0.1"
CURRENT = "demo-current"
TIMEOUT_S = 20.0
LOOK_EVERY_S = 0.5


class DemoEnded(SamiError):
    """The demo ended meanwhile."""

    code = "demo_ended"


class RunningDemo:
    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy is for elsewhere; this never leaves the machine.

    def act(self, path: str, asked: Asked) -> object:
        headers = {"Origin": self.url}
        answer = self._session.post(f"{self.url}/sim{path}", json=dict(asked), headers=headers, timeout=TIMEOUT_S)
        if answer.status_code == NotPossible.status:
            raise NotPossible(answer.json()["error"])
        answer.raise_for_status()
        return answer.json()["done"]

    def look(self) -> dict[str, Any]:
        try:
            answer = self._session.get(f"{self.url}/sim/state", timeout=TIMEOUT_S)
        except requests.ConnectionError:
            raise DemoEnded from None
        answer.raise_for_status()
        seen: dict[str, Any] = answer.json()
        return seen

    def wait(self) -> None:
        threading.Event().wait(LOOK_EVERY_S)


def keep_current(data_dir: Path, directory: Path) -> None:
    """Which business the demo shows that was started last."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data_dir / CURRENT).write_text(directory.name)


def current_directory(data_dir: Path) -> Path:
    try:
        return data_dir / (data_dir / CURRENT).read_text().strip()
    except OSError:
        return data_dir / "demo"


def find_running_demo(port: int) -> RunningDemo | None:
    """None where nothing answers there, or what answers is no demo."""
    demo = RunningDemo(f"http://{HOST}:{port}")
    try:
        return demo if "business" in demo.look() else None
    except (DemoEnded, requests.RequestException, ValueError):
        return None
