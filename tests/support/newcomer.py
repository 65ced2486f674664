"""Whoever has just installed SAMI: a terminal beside a `sami run` whose Twilio is the phone network, in real time."""

import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from tests.support.server import ACCOUNT, TOKEN, Server
from webhooks.simulator.network import Network
from webhooks.simulator.rest.blueprint import rest_blueprint

LINE = "+15125550103"


class Newcomer:
    """A terminal beside a `sami run` whose Twilio is the phone network, in real time."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        rest = Flask("rest")
        listening = make_server("127.0.0.1", 0, rest, threaded=True)
        self.server = Server(
            f"sqlite:///{folder / 'sami.db'}",
            folder,
            command="run",
            SAMI_TWILIO__API_URL=f"http://127.0.0.1:{listening.port}",
            SAMI_FALLBACK__NUMBERS='["+15125550100"]',
        )
        self.network = Network(self.server.post, start=datetime.now(UTC), account_sid=ACCOUNT, auth_token=TOKEN)  # noqa: TID251
        self.network.add_line(LINE)
        rest.register_blueprint(rest_blueprint(self.network.rest))
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        stack.callback(listening.shutdown)
        stack.enter_context(self.server)
        self.network.timeline.start()
        stack.callback(self.network.timeline.stop)

    def sami(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "webhooks.cli", *arguments],
            env=self.server._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
