"""Two lanes through one web process, so that programs that ask much never keep a call waiting (R20).

The server has threads for calls, and more for requests of the API that stand in line: see `webhooks.api.gate`. The
latter are not for calls, because more threads at work at once make the slowest answer slower.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def in_lanes(app: Flask, threads: int) -> Flask:
    """For an application whose server has more threads than `threads`."""
    app.wsgi_app = Lanes(app.wsgi_app, threads)  # type: ignore[method-assign]
    return app


class Lanes:
    """`threads` requests at once, beside those of the API, which has a gate of its own."""

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._lane = threading.BoundedSemaphore(threads)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/api/"):
            return self._application(environ, start_response)
        with self._lane:
            return self._application(environ, start_response)
