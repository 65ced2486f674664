"""The other server: gunicorn's threads, kept beside granian so that the bench can compare them."""

from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

from sami.settings_sections import ServerSettings


class Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, application: str, server: ServerSettings, drain_s: int) -> None:
        self._application = application
        self._options = {
            "bind": f"{server.host}:{server.port}",
            "workers": server.processes,
            "worker_class": "gthread",
            "threads": server.all_threads,
            "graceful_timeout": drain_s,
            "keepalive": 75,  # Longer than a proxy keeps its end, or it would reuse a connection we just closed.
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app(f"{self._application}()")
