"""Does the server that was just started answer yet?"""

import threading

import requests

from sami import clock

LOOK_EVERY_S = 0.1
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - compared, not bound.


def reachable(host: str) -> str:
    """Where this machine itself reaches a server that listens on `host`."""
    return _EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)


def answers_within(url: str, seconds: float) -> bool:
    give_up_at, pause = clock.monotonic() + seconds, threading.Event()
    while not _answers(url):
        if clock.monotonic() >= give_up_at:
            return False
        pause.wait(LOOK_EVERY_S)
    return True


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=1).ok
    except requests.RequestException:
        return False
