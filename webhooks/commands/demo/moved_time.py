"""A demo of one call's length in moved time: nobody waits for a phone to ring out, so two minutes take seconds."""

import secrets
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cadences.beats import BEATS, Beat, Worker, make_worker
from migrations import upgrade
from sami import clock
from sami.database.engine import Database
from sami.settings.loading import Settings
from webhooks.app import create_app
from webhooks.commands.demo.start import seed
from webhooks.commands.demo.world import network_around, stage_around
from webhooks.commands.shared.running_demo import HOST
from webhooks.simulator.client import Answer
from webhooks.simulator.pages import business
from webhooks.simulator.pages.routes import Asked, acts_of
from webhooks.simulator.pages.viewer import Viewer
from webhooks.simulator.rest.blueprint import rest_blueprint
from webhooks.simulator.signing import Form

PUBLIC_URL = "https://demo.invalid"  # Signed, never looked up: webhooks stay in this process.
NUDGED_WITHIN_S = 0.05
STEP_S = 0.5


class VirtualDemo:
    """`with VirtualDemo() as demo:` then `act` and `look` as at the page, and `wait` for half a second to pass."""

    def __init__(self, own: str | None = None) -> None:
        """`own`: the text of somebody's own file, instead of the made-up business."""
        with ExitStack() as stack:  # A file that is refused leaves neither its clock nor its folder behind.
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sami-call-")))
            self._now = business.first_morning(clock.utc_now().astimezone(UTC))
            stack.enter_context(clock.use(lambda: self.now))
            self._nudged = False
            rest = Flask("rest")
            server = _serve(rest, stack)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            settings = _settings(directory, api_url=f"http://{HOST}:{server.port}")
            upgrade(settings.database_url)
            seed(settings.database_url, own)
            self._stack = stack
            self._begin(settings, rest)
            self._stack = stack.pop_all()

    @property
    def now(self) -> datetime:
        return self._network.now if hasattr(self, "_network") else self._now

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def act(self, path: str, asked: Asked) -> object:
        return self._acts[path](asked)

    def look(self) -> dict[str, Any]:
        return asdict(self._viewer.look())

    def wait(self) -> None:
        self._network.run_for(STEP_S)

    def nudge(self) -> None:
        """What the web process's own thread does at once happens right after the webhook."""
        if not self._nudged:
            self._nudged = True
            self._network.timeline.after(NUDGED_WITHIN_S, self._send_legs)

    def _begin(self, settings: Settings, rest: Flask) -> None:
        database = Database(settings.database_url)
        self._stack.callback(database.close)
        self._worker = make_worker(settings, database)
        self._network = network_around(settings, database, self._post)
        rest.register_blueprint(rest_blueprint(self._network.rest))
        self._client = create_app(settings, legs_sender=self, background=False).test_client()
        stage = stage_around(settings, database, self._network, self._network.run_for)
        self._acts, self._viewer = acts_of(stage), Viewer(stage)
        for beat in BEATS:
            self._network.timeline.every(beat.every_s, self._beaten(beat))

    def _beaten(self, beat: Beat[Worker]) -> Any:
        return lambda: beat.run(self._worker, self.now)

    def _send_legs(self) -> None:
        self._nudged = False
        next(beat for beat in BEATS if beat.name == "legs").run(self._worker, self.now)

    def _post(self, url: str, form: Form, headers: dict[str, str]) -> Answer:
        parts = urlsplit(url)
        response = self._client.post(
            parts.path,
            query_string=parts.query,
            data=urlencode(list(form)),
            headers=headers,
            content_type="application/x-www-form-urlencoded",
        )
        return Answer(response.status_code, response.headers.get("Content-Type", ""), response.get_data())


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """A terminal that tells a story needs no access log."""


def _serve(app: Flask, stack: ExitStack) -> BaseWSGIServer:
    """Twilio's client speaks HTTP and nothing else, so the stand-in's API listens, to this machine alone."""
    server = make_server(HOST, 0, app, threaded=True, request_handler=_Silent)
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return server


def _settings(directory: Path, api_url: str) -> Settings:
    account, token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
    return Settings.model_validate(
        {
            "server": {"public_url": PUBLIC_URL, "data_dir": directory},
            "twilio": {"account_sid": account, "auth_tokens": [token], "api_url": api_url},
            "fallback": {"numbers": [business.FRONT_DESK]},
        }
    )
